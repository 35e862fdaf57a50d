using StreamSched.Analysis.Replays;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;

namespace StreamSched.Analysis.Twins;

/// <summary>What a part of the topics shows of a cluster, request by request. Holds some hundred bytes of each.</summary>
internal sealed class ObservedLog
{
    private readonly Dictionary<(Guid Id, string Device), ObservedRequest> _requests = [];
    private readonly Dictionary<string, WorkerDescription> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<long>> _telemetry = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Last, List<long> Gaps)> _reports = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, (string Name, byte[] Digest, long Count)> _policies = [];
    private readonly float[] _context = new float[RecordLayout.ContextFields];
    private readonly TextCache _texts = new(), _devices = new();

    /// <summary>Requests in the order of their making, those that can be placed in time: with a result that tells when they were made.</summary>
    /// <remarks>Where records of requests were read, those without one were made outside of what was read, and are left out.</remarks>
    public IReadOnlyList<ObservedRequest> Requests
    {
        get
        {
            bool isAsked = _requests.Values.Any(r => r.IsAsked);
            return [.. _requests.Values.Where(r => r.Created > 0 && r.Status is not null && (r.IsAsked || !isAsked)).OrderBy(r => r.Created)];
        }
    }

    /// <summary>Requests whose end was not read.</summary>
    public int Unanswered => _requests.Values.Count(r => r.IsAsked && r.Status is null);

    /// <summary>Workers as they last registered, by id.</summary>
    public IReadOnlyDictionary<string, WorkerDescription> Workers => _workers;

    /// <summary>When each worker sent telemetry, µs since 1970, by id.</summary>
    public IReadOnlyDictionary<string, List<long>> Telemetry => _telemetry;

    /// <summary>How often schedulers tell each other what they sent, in seconds; null: nobody did.</summary>
    public double? ReportPeriod
    {
        get
        {
            long[] gaps = [.. _reports.Values.SelectMany(r => r.Gaps).Order()];
            return gaps.Length == 0 ? null : gaps[gaps.Length / 2] * 1e-6;
        }
    }

    /// <summary>ε of the last full decision; null: none was recorded in full.</summary>
    public float? Exploration { get; private set; }

    /// <summary>What outcomes were worth in the last full decision; null: none was recorded in full.</summary>
    public ValueWeights? Value { get; private set; }

    /// <summary>The policies that decided, the most frequent one first.</summary>
    public IReadOnlyList<(string Name, byte[] Digest, long Count)> Policies => [.. _policies.Values.OrderByDescending(p => p.Count)];

    /// <summary>Takes a registration.</summary>
    /// <param name="worker">The worker.</param>
    public void Take(WorkerDescription worker)
    {
        if (!_workers.TryGetValue(worker.Id, out WorkerDescription? known) || worker.Incarnation >= known.Incarnation) _workers[worker.Id] = worker;
    }

    /// <summary>Takes telemetry: a worker was there.</summary>
    /// <param name="view">Its record.</param>
    public void Take(in WorkerTelemetryView view)
    {
        string worker = _texts.Of(view.Worker);
        if (!_telemetry.TryGetValue(worker, out List<long>? instants)) _telemetry.Add(worker, instants = []);
        instants.Add(view.At);
    }

    /// <summary>Takes a request.</summary>
    /// <param name="view">Its record.</param>
    public void Take(in InferenceRequestView view)
    {
        ObservedRequest request = Of(view.Id, view.Device);
        request.IsAsked = true;
        (request.Task, request.Site, request.Created) = (_texts.Of(view.Task), _texts.Of(view.Site), view.Created);
        (request.MinAccuracy, request.Weight, request.Bytes) = (view.MinAccuracy ?? 0, view.Weight, view.Payload.Length);
        if (view.DeadlineMicros is { } deadline) request.Deadline = deadline;
    }

    /// <summary>Takes a decision.</summary>
    /// <param name="view">Its record.</param>
    public void Take(in SchedulingDecisionView view)
    {
        ObservedRequest request = Of(view.Id, view.Device);
        request.Attempts++;
        if (request.Decided == 0 || view.At < request.Decided) request.Decided = view.At;
        (request.Scheduler, request.Weight) = (_texts.Of(view.Scheduler), view.Weight);
        if (view.HasPrediction && PredictionView.TryDecode(view.Prediction, out PredictionView prediction, out _))
            (request.PredictedOut, request.PredictedBack) = (prediction.NetworkOut * 1e6, prediction.NetworkBack * 1e6);
        if (view.HasDigest && view.Digest.Length >= PolicyDigest.ShortLength)
        {
            ulong digest = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(view.Digest);
            (string Name, byte[] Digest, long Count) known = _policies.GetValueOrDefault(digest, (_texts.Of(view.Policy), view.Digest.ToArray(), 0));
            _policies[digest] = known with { Count = known.Count + 1 };
        }

        if (!view.HasFull || !FullDecisionView.TryDecode(view.Full, out FullDecisionView full, out _) || full.Layout != RecordLayout.Version) return;
        if (new AvroReader(full.Context).ReadFloats(_context) != _context.Length) return;
        (float exploration, ValueWeights value) = RecordLayout.SettingsOf(_context);
        if (!float.IsFinite(exploration + value.Accuracy + value.Energy + value.Latency + value.Cost)) return;
        (Exploration, Value) = (Math.Clamp(exploration, 0, 1), value);
    }

    /// <summary>Takes a result. The first one of a request counts.</summary>
    /// <param name="view">Its record.</param>
    public void Take(in InferenceResultView view)
    {
        if (view.CreatedImplausible) return; // when it was made is not known
        ObservedRequest request = Of(view.Id, view.Device);
        if (request.Status is not null) return;
        (request.Status, request.Late, request.Finished) = (view.Status, view.Late, view.Finished);
        (request.Task, request.Site, request.Created) = (_texts.Of(view.Task), _texts.Of(view.Site), view.Created);
        if (view.Deadline > view.Created) request.Deadline = view.Deadline - view.Created;
        (request.Out, request.Queue, request.Service, request.Batch) = (view.NetworkMicros, view.QueueMicros, view.ServiceMicros, view.Batch);
        (request.Joules, request.Accuracy) = (view.EnergyJoules ?? 0, view.Accuracy ?? 0);
        if (view.HasReason) request.Reason = _texts.Of(view.Reason);
        if (view.HasWorker) request.Worker = _texts.Of(view.Worker);
        if (view.HasProcessor) request.Processor = _texts.Of(view.Processor);
        if (view.HasVariant) request.Variant = _texts.Of(view.Variant);
        if (view.Company.Length > 0) request.Company = view.ToRecord().Company.Values.Sum();
        if (view.HasOutput && InferenceOutputView.TryDecode(view.Output, out InferenceOutputView output, out _)) request.Output = output.Label;
    }

    /// <summary>Takes what a device said.</summary>
    /// <param name="view">Its record.</param>
    public void Take(in FeedbackView view)
    {
        ObservedRequest request = Of(view.Id, view.Device);
        request.Label = view.Label ?? request.Label;
        request.Received = view.Received ?? request.Received;
        request.OnTime = view.OnTime ?? request.OnTime;
    }

    /// <summary>Takes what a scheduler told the others.</summary>
    /// <param name="view">Its record.</param>
    public void Take(in SchedulerLoadView view)
    {
        string scheduler = _texts.Of(view.Scheduler);
        (long last, List<long> gaps) = _reports.GetValueOrDefault(scheduler, (0, []));
        if (last > 0 && view.At > last) gaps.Add(view.At - last);
        _reports[scheduler] = (view.At, gaps);
    }

    /// <summary>Takes all that is known of a request whose records nobody wrote.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="request">The request.</param>
    public void Take(long number, ObservedRequest request) => _requests[(new Guid((int)(number >> 32), 0, 0, BitConverter.GetBytes(number)), "")] = request;

    private ObservedRequest Of(Guid id, ReadOnlySpan<byte> device)
    {
        (Guid, string) key = (id, _devices.Of(device));
        if (!_requests.TryGetValue(key, out ObservedRequest? request)) _requests.Add(key, request = new ObservedRequest());
        return request;
    }
}
