using System.Text;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Kafka.Identity;

namespace StreamSched.Schedulers;

/// <summary>Writes a dispatcher's records into buffers of its own; each span is valid until the next record of its kind.</summary>
internal sealed class RecordWriter(DispatchSettings settings, Scheduler scheduler)
{
    private const int MaxNext = 3;
    private const int MostFeatures = 256; // as the schema has it
    private readonly byte[] _schedulerId = Encoding.UTF8.GetBytes(settings.SchedulerId);
    private readonly Utf8Names _utf8 = new();
    private readonly byte[] _parts = new byte[4096];
    private PlacementNames?[] _names = new PlacementNames?[64];
    private byte[] _work = new byte[4096];
    private byte[] _record = new byte[4096];
    private byte[] _full = [];
    private float[] _features = [];
    private readonly byte[] _chosen = new byte[16 + (sizeof(float) * MostFeatures)];
    private byte[] _mask = [];
    private readonly string[] _coRunnerNames = new string[16];
    private readonly float[] _coRunnerCounts = new float[16];

    /// <summary>The work item of a request that was just placed.</summary>
    public ReadOnlySpan<byte> WorkItem(in RequestEntry entry, in Envelope envelope, long now, out string worker)
    {
        PlacementNames names = Names(entry.Placement);
        worker = names.WorkerId;
        long deadline = entry.Request.DeadlineAt;
        WorkItemView item = new()
        {
            Attempt = entry.Attempt, Incarnation = names.Incarnation, Partition = entry.Partition, Scheduler = _schedulerId,
            Processor = names.Processor, Variant = names.Variant, Deadline = deadline, AnswerBy = deadline - (long)(entry.NetworkBack * 1e6f), Dispatched = now,
            CreatedImplausible = envelope.Implausible, TelemetryDelayMicros = names.State.TelemetryDelayMicros, Request = envelope.Message,
        };
        return item.ToFramed(ref _work);
    }

    /// <summary>A terminal answer of the scheduler's own.</summary>
    public ReadOnlySpan<byte> Result(in RequestEntry entry, in Envelope envelope, in InferenceRequestView request, long now)
    {
        InferenceResultView result = new()
        {
            Id = request.Id, Device = request.Device, Task = request.Task.Length <= RequestCheck.MaxNameBytes ? request.Task : default,
            Site = request.Site.Length <= RequestCheck.MaxNameBytes ? request.Site : default,
            Status = entry.Answer switch
            {
                SchedulerAnswer.Expired => ResultStatus.Expired,
                SchedulerAnswer.TooLarge => ResultStatus.Failed,
                _ => ResultStatus.Rejected,
            },
            Reason = entry.Answer switch
            {
                SchedulerAnswer.TooLarge => Utf8(AnswerReason.TooLarge),
                SchedulerAnswer.Expired => Utf8(AnswerReason.Grace),
                SchedulerAnswer.Invalid => Utf8(AnswerReason.Invalid + RequestCheck.InvalidField(request, settings)),
                _ => Utf8(entry.Reason.Text()),
            },
            Late = now > entry.Request.DeadlineAt, CreatedImplausible = envelope.Implausible, Scheduler = _schedulerId, Attempt = entry.Attempt,
            Created = request.Created, Deadline = entry.Request.DeadlineAt, Finished = now, Slowdown = 1,
        };
        return result.ToFramed(ref _record);
    }

    /// <summary>The record of the decision that was just made: in short, or in full for the sampled share.</summary>
    public ReadOnlySpan<byte> Decision(in RequestEntry entry, in Envelope envelope, in Decision decision, Candidates candidates, long now)
    {
        bool known = entry.Request.Task >= 0;
        AvroWriter parts = new(_parts);
        int predictionLength = 0;

        // Field by field: an initialiser fills a second one and copies it, references and all.
        SchedulingDecisionView record = default;
        record.Id = envelope.Key.Id;
        record.Device = envelope.Device;
        record.At = now;
        record.Task = known ? Utf8(scheduler.View.TaskName(entry.Request.Task)) : default;
        record.Deadline = entry.Request.DeadlineAt;
        record.Weight = entry.Request.Weight;
        record.Attempt = entry.Attempt;
        record.Scheduler = _schedulerId;
        record.Policy = Utf8(decision.Policy);
        record.PolicyVersion = decision.PolicyVersion;
        record.Digest = scheduler.PolicyDigest.Span[..PolicyDigest.ShortLength];
        record.Arm = (PolicyArm)decision.Arm;
        record.Window = decision.Window;
        if (decision.Shadow != ShadowChoice.None) record.Shadow = (PolicyShadow)(decision.Shadow - ShadowChoice.Same);
        record.Propensity = decision.Propensity;
        record.Explored = decision.Explored;
        record.Candidates = known ? candidates.Count : 0;
        record.Feasible = known ? candidates.Feasible : 0;
        if (decision.IsPlaced)
        {
            PlacementNames names = Names(decision.Placement);
            record.Worker = names.Worker;
            record.Processor = names.Processor;
            record.Variant = names.Variant;
            Predicted(candidates, decision.Candidate).Write(ref parts);
            predictionLength = parts.Written.Length;
            record.Prediction = _parts.AsSpan(0, predictionLength);
            ReadOnlySpan<float> own = scheduler.SeenOf(decision, out int layout);
            if (layout > 0)
            {
                record.FeatureLayout = layout;
                record.Features = Floats(own);
            }
            else if (candidates.HasRatios)
            {
                record.FeatureLayout = FeatureEncoder.RatioLayout;
                record.Features = Ratios(candidates, decision.Candidate);
            }
        }
        else
        {
            record.Reason = Utf8(decision.Reason.Text());
        }

        if (known && candidates.Feasible > 0) record.Next = Next(candidates, decision.Candidate, ref parts, predictionLength);
        if (known && settings.FullRecordShare > 0)
        {
            // What was explored, and what a challenger chose or would have chosen, is what estimates live on: always in full.
            bool always = decision.Explored || decision.Arm == Arm.Challenger || decision.Shadow == ShadowChoice.Other;
            record.SampleRate = always ? 1 : settings.FullRecordShare;
            if (always || Sampled(envelope.Key.Id)) record.Full = Full(entry.Request, candidates, decision);
        }

        return record.ToFramed(ref _record);
    }

    /// <summary>The factor that a worker's matrices give for the co-runners that a result reports.</summary>
    public float Interference(int placement, ReadOnlySpan<byte> coRunners)
    {
        int n = 0;
        AvroReader reader = new(coRunners);
        AvroBlock block = default;
        StreamSched.Core.Cluster.WorkerState? worker = scheduler.View.WorkerOf(scheduler.View.ProcessorOf(placement));
        while (n < _coRunnerNames.Length && worker is not null && reader.NextItem(ref block, 2))
        {
            ReadOnlySpan<byte> name = reader.ReadString();
            int count = reader.ReadInt();
            foreach (int other in worker.Placements)
            {
                if (!Names(other).Variant.AsSpan().SequenceEqual(name)) continue;
                (_coRunnerNames[n], _coRunnerCounts[n]) = (scheduler.View.VariantOf(other).Name, count);
                n++;
                break;
            }
        }

        return scheduler.View.InterferenceOf(placement, _coRunnerNames.AsSpan(0, n), _coRunnerCounts.AsSpan(0, n));
    }

    /// <summary>Whether a placement is that of a processor and a variant.</summary>
    /// <param name="placement">The placement.</param>
    /// <param name="processor">UTF-8.</param>
    /// <param name="variant">UTF-8.</param>
    public bool IsNamed(int placement, ReadOnlySpan<byte> processor, ReadOnlySpan<byte> variant) =>
        Names(placement) is { } names && names.Variant.AsSpan().SequenceEqual(variant) && names.Processor.AsSpan().SequenceEqual(processor);

    /// <summary>The probability that a candidate's answer is in time: the policy's own where it has one, else by the curve.</summary>
    /// <param name="c">The candidates of a decision.</param>
    /// <param name="i">Index of the candidate.</param>
    public static float OnTimeOf(Candidates c, int i) => c.HasOnTime ? c.OnTime[i] : OnTimeModel.Probability(c.Slack[i], c.Deviation[i]);

    private PlacementNames Names(int placement)
    {
        if (placement >= _names.Length) Array.Resize(ref _names, Math.Max(placement + 1, 2 * _names.Length));
        PlacementNames? names = _names[placement];
        if (names is null || names.Generation != scheduler.View.GenerationOf(placement))
            _names[placement] = names = new PlacementNames(scheduler.View, placement);
        return names;
    }

    private static PredictionView Predicted(Candidates c, int i) => new()
    {
        Waiting = c.Waiting[i], Service = c.ProcessorTime[i], NetworkOut = c.NetworkOut[i],
        NetworkBack = c.NetworkBack[i], EnergyJoules = c.ProcessorTime[i] * c.Watts[i], Money = c.Cost(i), Accuracy = c.Accuracy[i],
        OnTime = OnTimeOf(c, i), Price = c.Price(i),
    };

    private ReadOnlySpan<byte> Ratios(Candidates candidates, int chosen)
    {
        Span<float> features = stackalloc float[FeatureEncoder.RatioFields];
        FeatureEncoder.RatiosOf(candidates, chosen, features);
        return Floats(features);
    }

    private ReadOnlySpan<byte> Floats(scoped ReadOnlySpan<float> features)
    {
        AvroWriter writer = new(_chosen);
        writer.WriteFloats(features);
        return writer.Written;
    }

    private ReadOnlySpan<byte> Next(Candidates candidates, int chosen, scoped ref AvroWriter parts, int start)
    {
        Span<int> next = stackalloc int[MaxNext];
        int n = Ranking.NextBest(candidates, chosen, next);
        parts.WriteBlock(n);
        foreach (int i in next[..n])
        {
            PlacementNames names = Names(candidates.Placement[i]);
            new AlternativeView { Worker = names.Worker, Processor = names.Processor, Variant = names.Variant, Score = candidates.Score[i] }.Write(ref parts);
        }

        parts.WriteEnd();
        return parts.Overflowed ? default : _parts.AsSpan(start, parts.Written.Length - start);
    }

    private ReadOnlySpan<byte> Full(scoped in Request request, Candidates candidates, scoped in Decision decision)
    {
        int n = candidates.Count, fields = RecordLayout.FieldsOf(candidates);
        if (_mask.Length < n) _mask = new byte[n];
        if (_features.Length < n * fields) _features = new float[n * fields];

        Span<float> context = stackalloc float[RecordLayout.ContextFields];
        RecordLayout.EncodeContext(request, candidates, scheduler.Settings, context);
        for (int i = 0; i < n; i++)
        {
            _mask[i] = (byte)scheduler.WhyNot(request, candidates, i);
            RecordLayout.Encode(scheduler, candidates, i, _features.AsSpan(i * fields, fields));
        }

        int names = 0;
        for (int i = 0; i < n; i++) names += 5 + Names(candidates.Placement[i]).Full.Length;
        int needed = names + n + (n * fields * sizeof(float)) + 256;
        if (_full.Length < needed) _full = new byte[2 * needed];
        AvroWriter writer = new(_full);
        writer.WriteInt(RecordLayout.Version);
        writer.WriteLong((long)decision.Seed);
        writer.WriteInt(fields);
        writer.WriteBlock(n);
        for (int i = 0; i < n; i++) writer.WriteBytes(Names(candidates.Placement[i]).Full);
        writer.WriteEnd();
        writer.WriteBytes(_mask.AsSpan(0, n));
        writer.WriteFloats(_features.AsSpan(0, n * fields));
        writer.WriteFloats(context);
        writer.WriteInt(decision.Candidate);
        return _full.AsSpan(0, writer.Written.Length);
    }

    // By the id, so that every scheduler and every attempt samples the same requests.
    private bool Sampled(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        return new NameHash(0).Of(bytes) < settings.FullRecordShare * ulong.MaxValue;
    }

    private byte[] Utf8(string text) => _utf8.Of(text);
}
