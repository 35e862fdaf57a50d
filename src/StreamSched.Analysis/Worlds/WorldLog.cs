using StreamSched.Analysis.Training;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Analysis.Worlds;

/// <summary>Experiences of a simulated world, as a learner would write them: a log of which the truth can be had.</summary>
internal sealed class WorldLog : WorldObserver
{
    private readonly Scenario _scenario;
    private readonly SchedulerSettings _settings;
    private readonly double _fullShare;
    private readonly ObservedWorld? _observed;
    private readonly Dictionary<long, Experience> _open = [];
    private readonly List<Experience> _records = [];
    private IReadOnlyList<Scheduler> _schedulers = [];
    private RandomStream _sampling;

    private WorldLog(Scenario scenario, SchedulerSettings settings, double fullShare, ulong seed, ObservedWorld? observed) =>
        (_scenario, _settings, _fullShare, _sampling, _observed) = (scenario, settings, fullShare, RandomStream.For(seed, "records"), observed);

    /// <summary>Runs a world to its end.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="scheduler">How its schedulers decide.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="fullShare">Share of the decisions in full, besides those that were explored.</param>
    /// <param name="observed">Takes what a twin is made of, too; may be null.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The experiences, in the order in which requests ended.</returns>
    public static IReadOnlyList<Experience> Of(
        Scenario scenario, SchedulerSettings scheduler, ulong seed, double fullShare = 1, ObservedWorld? observed = null,
        CancellationToken cancellation = default)
    {
        SchedulerSettings settings = scenario.Valued(scheduler with { RecordsFeatures = true });
        WorldLog log = new(scenario, settings, fullShare, seed, observed);
        World world = new(scenario, new WorldSettings { Seed = seed, Scheduler = settings, Observer = log, TimeEvery = 0 });
        log._schedulers = world.Schedulers;
        observed?.Register(world.Schedulers[0]);
        world.Run(cancellation);
        return log._records;
    }

    /// <summary>Gives records to somebody as they lie in a log.</summary>
    /// <param name="log">The records.</param>
    /// <param name="handler">Takes each.</param>
    public static void Read(IEnumerable<Experience> log, ExperienceHandler handler)
    {
        byte[] body = [];
        foreach (Experience record in log)
        {
            int length = record.GetEncodedLength();
            if (body.Length < length) body = new byte[2 * length];
            record.Encode(body);
            if (!ExperienceView.TryDecode(body.AsSpan(0, length), out ExperienceView view, out AvroFault fault))
                throw new InvalidOperationException(fault.ToString());
            handler(view);
        }
    }

    /// <inheritdoc/>
    public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates candidates, long now)
    {
        Scheduler by = _schedulers[scheduler];
        string name = $"scheduler-{scheduler + 1}";
        _observed?.Decided(id, by, name, request, decision, candidates, now);
        Experience record = new()
        {
            Id = new Guid((int)id, (short)scheduler, 7, new byte[8]), Device = "simulated", Task = by.View.TaskName(request.Task), At = now,
            Created = request.Started, DeadlineMicros = (long)(request.Deadline * 1e6), Scheduler = name, Policy = decision.Policy,
            PolicyVersion = decision.PolicyVersion, Digest = by.PolicyDigest[..PolicyDigest.ShortLength].ToArray(), Propensity = decision.Propensity,
            Explored = decision.Explored, Candidates = candidates.Count, Feasible = candidates.Feasible, Weight = request.Weight,
            SampleRate = decision.Explored ? 1 : _fullShare, Price = decision.IsPlaced ? candidates.Price(decision.Candidate) : 0,
            Reason = decision.IsPlaced ? null : decision.Reason.Text(),
        };
        if (decision.IsPlaced)
        {
            string[] placement = NameOf(by, candidates.Placement[decision.Candidate]).Split('/');
            (record.Worker, record.Processor, record.Variant) = (placement[0], placement[1], placement[2]);
            record.Features = by.SeenOf(decision, out int layout).ToArray();
            record.FeatureLayout = layout;
        }

        if (_sampling.NextDouble() < record.SampleRate) record.Full = FullOf(by, request, decision, candidates);
        _open[id] = record;
    }

    /// <inheritdoc/>
    public override void Ended(in Outcome outcome, long now)
    {
        _observed?.Ended(outcome, now);
        if (!_open.Remove(outcome.Id, out Experience? record) || !outcome.Counted) return;
        record.OnTime = outcome.Status == OutcomeStatus.Success;
        record.Status = outcome.Status switch
        {
            OutcomeStatus.Success or OutcomeStatus.Late => ResultStatus.Ok,
            OutcomeStatus.Rejected => ResultStatus.Rejected,
            _ => ResultStatus.Expired,
        };
        record.LatencyMicros = Math.Clamp((long)(outcome.LatencySeconds * 1e6), 0, 86_400_000_000);
        record.Utility = outcome.Worth(_settings.Value, _scenario.Applications[outcome.Application].Weight);
        record.NetUtility = record.Utility - record.Price;
        _records.Add(record);
    }

    private static string NameOf(Scheduler by, int placement)
    {
        int processor = by.View.ProcessorOf(placement);
        return $"{by.View.WorkerOf(processor)!.Description.Id}/{by.View.ProcessorId(processor)}/{by.View.VariantOf(placement).Name}";
    }

    private static FullDecision FullOf(Scheduler by, in Request request, in Decision decision, Candidates c)
    {
        int fields = RecordLayout.FieldsOf(c);
        float[] features = new float[c.Count * fields], context = new float[RecordLayout.ContextFields];
        string[] placements = new string[c.Count];
        for (int i = 0; i < c.Count; i++)
        {
            RecordLayout.Encode(by, c, i, features.AsSpan(i * fields, fields));
            placements[i] = NameOf(by, c.Placement[i]);
        }

        RecordLayout.EncodeContext(request, c, by.Settings, context);
        return new FullDecision
        {
            Layout = RecordLayout.Version, Seed = (long)decision.Seed, Fields = fields, Features = features, Context = context, Chosen = decision.Candidate,
            Placements = placements, Mask = new byte[c.Count],
        };
    }
}
