using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.LoadGeneration;

namespace StreamSched.Demo;

/// <summary>Counts the answers of one run. From several threads.</summary>
internal sealed class DemoStatistics(DemoSettings settings, string policy, ulong seed)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Worker, string Variant), Placement> _placements = [];
    private readonly Dictionary<string, Tally> _devices = settings.World.Devices.ToDictionary(d => d.Id, _ => new Tally(), StringComparer.Ordinal);
    private readonly Dictionary<string, long> _rejects = new(StringComparer.Ordinal);
    private readonly Tally _all = new();
    private readonly LatencyHistogram _latency = new();
    private readonly LatencyHistogram _cloudDelay = new();
    private readonly Queue<double> _recent = new();
    private readonly DemoArms _arms = new(settings.World);
    private long _expired;
    private long _late;
    private long _failed;
    private long _noAnswer;
    private double _joules;
    private double _cost;
    private double _utility;
    private string _energySource = "none";

    /// <summary>Counts a request.</summary>
    public void Sent(string device)
    {
        lock (_lock)
        {
            _all.Sent++;
            _devices[device].Sent++;
        }
    }

    /// <summary>Counts an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="label">The true class.</param>
    /// <param name="seconds">Since the run began.</param>
    /// <param name="learning">How the learner stands; null: there is none.</param>
    public void Answered(Answer answer, int? label, double seconds, DemoLearning.Snapshot? learning)
    {
        lock (_lock)
        {
            if (learning is not null) _arms.Answered(answer, label, seconds - answer.Latency.TotalSeconds, learning);
            _recent.Enqueue(seconds);
            while (_recent.Count > 0 && _recent.Peek() < seconds - 2) _recent.Dequeue();
            Tally device = _devices[answer.Request.Device];
            bool right = answer.OnTime && label is not null && answer.Label == label;
            if (answer.OnTime) _utility += settings.Weights.Answer(right ? 1 : 0, 1);
            foreach (Tally tally in (ReadOnlySpan<Tally>)[_all, device]) tally.Add(answer, right);
            switch (answer.Status)
            {
                case AnswerStatus.Ok when !answer.OnTime: _late++; break;
                case AnswerStatus.Rejected: _rejects[answer.Reason ?? ""] = _rejects.GetValueOrDefault(answer.Reason ?? "") + 1; break;
                case AnswerStatus.Expired: _expired++; break;
                case AnswerStatus.Failed: _failed++; break;
                case AnswerStatus.NoAnswer or AnswerStatus.NotSent: _noAnswer++; break;
            }

            if (answer.Status != AnswerStatus.Ok || answer.Result is not { } result) return;
            _latency.Add(answer.Latency);
            double cost = (result.Money ?? 0) + LinkCost(answer.Request, result);
            _joules += result.EnergyJoules ?? 0;
            _cost += cost;
            double ratio = answer.Latency / TimeSpan.FromMicroseconds(answer.Request.DeadlineMicros ?? 0);
            _utility -= settings.Weights.Costs((float)(result.EnergyJoules ?? 0), (float)ratio, (float)cost);
            if (IsCloud(result)) _cloudDelay.Add(TimeSpan.FromMicroseconds(result.NetworkMicros));
            if (result.EnergySource != EnergySource.None) _energySource = result.EnergySource.ToString().ToLowerInvariant();
            (string, string) key = (result.Worker ?? "?", result.Variant ?? "?");
            if (!_placements.TryGetValue(key, out Placement? placement)) _placements.Add(key, placement = new Placement());
            placement.Add(answer, result, label, cost);
        }
    }

    /// <summary>How it stands.</summary>
    /// <param name="seconds">Since the run began.</param>
    /// <param name="duplicates">Later answers, which were ignored.</param>
    /// <param name="learning">How the learner stands; null: there is none.</param>
    public DemoReport Report(double seconds, long duplicates, DemoLearning.Snapshot? learning)
    {
        lock (_lock)
        {
            while (_recent.Count > 0 && _recent.Peek() < seconds - 2) _recent.Dequeue();
            long answers = _placements.Values.Sum(p => p.Count);
            return new DemoReport
            {
                Policy = policy, Seconds = seconds, Sent = _all.Sent, Success = _all.Ratio(_all.OnTime), Reject = _all.Ratio(_all.Rejected),
                Failure = _all.Ratio(_all.Missed), Rejects = new SortedDictionary<string, long>(_rejects, StringComparer.Ordinal), Expired = _expired,
                Late = _late, Failed = _failed, NoAnswer = _noAnswer, Duplicates = duplicates, Throughput = _recent.Count / Math.Min(2, Math.Max(seconds, 0.1)),
                Accuracy = _all.OnTime == 0 ? double.NaN : (double)_all.Right / _all.OnTime, AccuracyCountingMisses = _all.Ratio(_all.Right),
                LatencyP50Ms = Milliseconds(_latency, 0.5), LatencyP95Ms = Milliseconds(_latency, 0.95), LatencyP99Ms = Milliseconds(_latency, 0.99),
                EnergyJoules = _joules, EnergySource = _energySource, Cost = _cost, CloudDelayMs = Milliseconds(_cloudDelay, 0.5),
                Seed = seed, Value = settings.Preset, Utility = _all.Sent == 0 ? 0 : _utility / _all.Sent, Timetable = settings.World.Timetable,
                Learning = learning is null ? null : _arms.Report(learning),
                Placements = [.. _placements.OrderBy(p => p.Key.Worker, StringComparer.Ordinal).ThenBy(p => p.Key.Variant, StringComparer.Ordinal)
                    .Select(p => p.Value.Report(p.Key, answers))],
                Devices = [.. settings.World.Devices.Select(d => _devices[d.Id].Report(d))],
            };
        }
    }

    // The link between a plant and the cloud costs by the byte: the frame there, the answer back (about 300 bytes).
    private double LinkCost(InferenceRequest request, InferenceResult result) =>
        IsCloud(result) ? (request.Payload.Length + 300) / 1e9 * settings.World.CloudCostPerGigabyte : 0;

    private static bool IsCloud(InferenceResult result) => result.Worker == "cloud-1";

    private static double Milliseconds(LatencyHistogram latency, double quantile) => latency.Percentile(quantile)?.TotalMilliseconds ?? double.NaN;

    private sealed class Tally
    {
        public long Sent { get; set; }

        public long OnTime { get; private set; }

        public long Rejected { get; private set; }

        public long Missed { get; private set; }

        public long Right { get; private set; }

        public void Add(Answer answer, bool right)
        {
            if (answer.OnTime) OnTime++;
            else if (answer.Status == AnswerStatus.Rejected) Rejected++;
            else Missed++;
            if (right) Right++;
        }

        public double Ratio(long part) => Sent == 0 ? 0 : (double)part / Sent;

        public DemoDeviceReport Report(DemoDevice device) => new(
            device.Id, device.Task, device.DeadlineMs, device.MinAccuracy, Sent, Ratio(OnTime), Ratio(Rejected), Ratio(Missed),
            OnTime == 0 ? double.NaN : (double)Right / OnTime);
    }

    private sealed class Placement
    {
        private readonly LatencyHistogram _delay = new();
        private long _right;
        private long _labelled;
        private double _joules;
        private double _cost;
        private bool _emulated;
        private EnergySource _source;

        public long Count => _delay.Count;

        public void Add(Answer answer, InferenceResult result, int? label, double cost)
        {
            _delay.Add(answer.Latency);
            if (label is not null) _labelled++;
            if (label is not null && answer.Label == label) _right++;
            _joules += result.EnergyJoules ?? 0;
            _cost += cost;
            _emulated |= result.Slowdown > 1;
            _source = result.EnergySource;
        }

        public DemoPlacement Report((string Worker, string Variant) key, long all) => new(
            key.Worker, key.Variant, _emulated, Count, all == 0 ? 0 : (double)Count / all, Milliseconds(_delay, 0.5),
            _labelled == 0 ? double.NaN : (double)_right / _labelled, 1000 * _joules / Math.Max(1, Count), _source.ToString().ToLowerInvariant(),
            1000 * _cost / Math.Max(1, Count));
    }
}
