using System.Diagnostics.CodeAnalysis;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Learning.Joins;
using StreamSched.Learning.Online;
using StreamSched.Learning.Rollouts;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Live;

/// <summary>
/// The live loop inside a world: joins decisions with results and labels, learns, and tells the schedulers, by the same classes as on Kafka and in virtual
/// time.
/// </summary>
public sealed class LiveLoop : WorldObserver, IJoinSink<int>, ILiveSink
{
    private const long Turn = 100_000;
    private const int Features = FeatureEncoder.RatioFields, MostFeatures = 256; // as the schema has it
    private readonly LiveSettings _settings;
    private readonly string[] _sites;
    private readonly ExperienceJoin<int> _join;
    private readonly LiveLearner _learner;
    private readonly List<RolloutStep> _steps = [];
    private readonly Dictionary<string, LoadedPolicy> _files = new(StringComparer.Ordinal);
    private readonly Queue<(long At, Action Act)> _told = new();
    private readonly Kept[] _kept = new Kept[1 << 17];
    private readonly Stack<int> _free = new();
    private Body[] _bodies = [];
    private float[] _rows = [], _seen = [];
    private string[] _names = [];
    private IReadOnlyList<Scheduler> _schedulers = [];
    private ServingPlan[] _serving = [];
    private bool _oracleServes;
    private long _offset, _keptCount, _turnAt, _now;

    /// <summary>A learner for one world.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="settings">What it learns.</param>
    public LiveLoop(Scenario scenario, LiveSettings settings)
    {
        _settings = settings;
        _sites = [.. scenario.Sites.Select(s => s.Name)];
        Series = new ValueSeries(settings.Learner.Value, [.. scenario.Applications.Select(a => a.Weight)], 1);
        PolicyVersion champion = new(
            settings.Policy?.Metadata.Name ?? settings.BuiltIn, 1, settings.Policy?.Digest ?? PolicyDigest.Of(settings.BuiltIn));
        if (settings.Policy is { } policy) _files[Key(champion)] = policy;
        _join = new ExperienceJoin<int>(settings.Join, this);
        _learner = new LiveLearner(settings.Learner, this, champion, settings.Policy);
        settings.Simulated?.TellTo(_learner);
    }

    /// <summary>The steps of the roll-out.</summary>
    public IReadOnlyList<RolloutStep> Steps => _steps;

    /// <summary>What answers were worth.</summary>
    public ValueSeries Series { get; }

    /// <summary>The learner.</summary>
    public LiveLearner Learner => _learner;

    /// <summary>The join.</summary>
    public JoinCounters Joined => _join.Counters;

    /// <summary>Says whose schedulers are to be told; before the world runs.</summary>
    /// <param name="world">The world that this observes.</param>
    public void Attach(World world)
    {
        _schedulers = world.Schedulers;
        _names = [.. _schedulers.Select((_, s) => s.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        if (!_learner.Learns) return;
        _serving = [.. _schedulers.Select((_, s) => new ServingPlan(new ServingPolicy(First((ulong)s), 1)))];
        for (int s = 0; s < _serving.Length; s++) _schedulers[s].Use(_serving[s]);
    }

    /// <inheritdoc/>
    public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates candidates, long now)
    {
        Advance(now);
        int b = Take();
        ref Body body = ref _bodies[b];
        body = new Body
        {
            Weight = request.Weight, Arm = decision.Arm, Window = decision.Window, Shadow = decision.Shadow, Policy = decision.Policy,
            Scheduler = scheduler, Decided = now, Propensity = decision.Propensity, Explored = decision.Explored, Waiting = float.NaN,
        };
        if (decision.IsPlaced)
        {
            ClusterView view = _schedulers[scheduler].View;
            VariantDescription variant = view.VariantOf(decision.Placement);
            body.IsPlaced = true;
            string site = view.WorkerOf(view.ProcessorOf(decision.Placement))!.Description.Site;
            (body.Of, body.Registered) = (new AccuracyKey(variant.Task, variant.Name, site, _sites[request.Site - 1]), variant.Accuracy);
            body.Waiting = candidates.Waiting[decision.Candidate];
            ReadOnlySpan<float> own = _schedulers[scheduler].SeenOf(decision, out int layout);
            if (layout > 0)
            {
                body.Seen = own.Length;
                own.CopyTo(_seen.AsSpan(b * MostFeatures));
            }
            else if (candidates.HasRatios)
            {
                body.HasFeatures = true;
                FeatureEncoder.RatiosOf(candidates, decision.Candidate, _rows.AsSpan(b * Features, Features));
            }
        }

        _join.Decision(new DecisionHead { Key = KeyOf(id), Offset = _offset++, At = now, Deadline = request.DeadlineAt, Attempt = 1, Scheduler = 0 }, b);
    }

    /// <inheritdoc/>
    public override void Ended(in Outcome outcome, long now)
    {
        Series.Add(outcome, now);
        Advance(now);
        bool answered = outcome.Status is OutcomeStatus.Success or OutcomeStatus.Late;
        ResultFacts facts = new()
        {
            Outcome = answered ? ResultOutcome.Ok : outcome.Status == OutcomeStatus.Rejected ? ResultOutcome.Rejected : ResultOutcome.Expired,
            OnTime = outcome.Status == OutcomeStatus.Success, DeadlineMicros = (long)(outcome.Deadline * 1e6),
            LatencyMicros = (long)(outcome.LatencySeconds * 1e6), Created = now - (long)(outcome.LatencySeconds * 1e6),
            ServiceMicros = (long)(outcome.ServiceSeconds * 1e6), Batch = outcome.Batch, EnergyJoules = outcome.EnergyJoules, Money = outcome.Cost,
            Output = answered ? 0 : null,
        };
        _join.Result(new ResultHead { Key = KeyOf(outcome.Id), Offset = _offset++, At = now, Attempt = 1, Scheduler = 0 }, facts);
    }

    /// <inheritdoc/>
    public override void Labelled(long id, bool correct, long now)
    {
        Advance(now);
        FeedbackFacts facts = new(correct ? 0 : 1, null, null, null);
        _join.Feedback(new FeedbackHead { Key = KeyOf(id), Offset = _offset++, At = now, Facts = facts });
    }

    /// <inheritdoc/>
    long IJoinSink<int>.Joined(in DecisionHead decision, int body, in ResultHead result, in ResultFacts facts, string? skipLearn)
    {
        ref readonly Body chosen = ref _bodies[body];
        if (skipLearn is null)
        {
            ResultFacts known = facts with { Accuracy = chosen.Registered };
            _learner.Outcome(
                new LiveOutcome
                {
                    Created = facts.Created, Arm = chosen.Arm, Window = chosen.Window, Weight = chosen.Weight, Shadow = chosen.Shadow,
                    OnTime = facts.OnTime,
                    Utility = known.Utility(_settings.Learner.Value, chosen.Weight, default), Rejected = facts.Outcome == ResultOutcome.Rejected,
                    DeadlineSeconds = facts.DeadlineMicros * 1e-6f,
                    IsPlaced = chosen.IsPlaced, Of = chosen.Of, RegisteredAccuracy = chosen.Registered,
                    Features = chosen.HasFeatures ? _rows.AsSpan(body * Features, Features) : [], Policy = chosen.Policy,
                    Seen = _seen.AsSpan(body * MostFeatures, chosen.Seen), Scheduler = _names[chosen.Scheduler], Decided = chosen.Decided,
                    Propensity = chosen.Propensity, Explored = chosen.Explored, WaitingSeconds = chosen.Waiting,
                    LatencySeconds = facts.LatencyMicros * 1e-6f, EnergyJoules = (float)facts.EnergyJoules,
                },
                _now);
        }

        return Keep(chosen);
    }

    /// <inheritdoc/>
    long IJoinSink<int>.Defaulted(in DecisionHead decision, int body, string skipLearn) => Keep(_bodies[body]);

    /// <inheritdoc/>
    long IJoinSink<int>.Revised(long kept, int revision, FeedbackFacts feedback, long offset)
    {
        if (_keptCount - kept > _kept.Length) return -1;
        ref readonly Kept at = ref _kept[kept % _kept.Length];
        if (at.Of is { } of && feedback.Label is { } label) _learner.Label(new LabelledAnswer(of, at.Registered, label == 0, (ulong)kept), _now);
        return kept;
    }

    /// <inheritdoc/>
    void IJoinSink<int>.Release(int body) => _free.Push(body);

    /// <inheritdoc/>
    void ILiveSink.Version(PolicyVersion version, ReadOnlyMemory<byte> file, PolicyVersion parent, long now)
    {
        try
        {
            _files[Key(version)] = LoadedPolicy.Parse(file.ToArray());
        }
        catch (Core.PolicyFiles.PolicyFileException)
        {
            // Its step rejects it; nobody serves with it.
        }
    }

    /// <inheritdoc/>
    void ILiveSink.Accuracies(IReadOnlyList<AccuracyEstimate> estimates, long now)
    {
        Later(() =>
        {
            foreach (Scheduler scheduler in _schedulers) scheduler.View.SetAccuracies(estimates);
        });
    }

    /// <inheritdoc/>
    void IRolloutSink.Stepped(RolloutStep step)
    {
        _steps.Add(step);
        Later(() => Follow(step));
    }

    private PreparedPolicy First(ulong seed) => _settings.Policy?.Prepare()
        ?? new PreparedPolicy(
            PolicyCatalogue.Create(_settings.BuiltIn, new PriceParameters(), seed + 1), Digest: PolicyDigest.Of(_settings.BuiltIn));

    private static string Key(PolicyVersion version) => Convert.ToHexString(version.Digest.Span);

    private static JoinKey KeyOf(long id) => new(new Guid((int)(id >> 32), 0, 0, BitConverter.GetBytes(id)), 0);

    private void Later(Action act) => _told.Enqueue((_now + (long)_settings.Delay.TotalMicroseconds, act));

    private void Follow(RolloutStep step)
    {
        PolicyVersion? named = step.Windows is { IsBaseline: true } ? step.Baseline
            : step.State == Learning.Rollouts.RolloutState.Trial ? step.Challenger : step.Former;
        for (int s = 0; s < _serving.Length; s++)
        {
            ServingPolicy? other = step.Windows is { } windows && named is not null ? Serving(s, named, windows.IsBaseline) : null;
            ServingPolicy? shadow = step is { State: Learning.Rollouts.RolloutState.Shadow, Challenger: { } challenger }
                ? Serving(s, challenger, asRegistered: false) : null;
            _serving[s] = new ServingPlan(Serving(s, step.Champion, asRegistered: false), other, other is null ? null : step.Windows, shadow);
            _schedulers[s].Use(_serving[s]);
        }
    }

    // One that has a part in the plan before goes on with what it knows.
    private ServingPolicy Serving(int s, PolicyVersion version, bool asRegistered)
    {
        foreach (ServingPolicy? known in (ServingPolicy?[])[_serving[s].Champion, _serving[s].Other, _serving[s].Shadow])
            if (known?.Prepared.Digest is { } digest && digest.Span.SequenceEqual(version.Digest.Span)) return known with { AsRegistered = asRegistered };
        PreparedPolicy prepared = _files.TryGetValue(Key(version), out LoadedPolicy? file) ? file.Prepare() : First((ulong)s);
        return new ServingPolicy(prepared, version.Version, asRegistered);
    }

    private void Advance(long now)
    {
        _now = now;
        if (now < _turnAt) return;
        _turnAt = now + Turn;
        while (_told.TryPeek(out (long At, Action Act) next) && next.At <= now) _told.Dequeue().Act();
        if (_settings.Oracle is { } oracle && !_oracleServes && now >= oracle.At * 1e6)
        {
            _oracleServes = true;
            foreach (Scheduler scheduler in _schedulers)
            {
                scheduler.Use(oracle.Policy.Prepare(), 2);
                scheduler.View.SetAccuracies(oracle.Accuracies);
            }
        }

        _join.Advance(now);
        _learner.Advance(now);
    }

    private long Keep(in Body body)
    {
        _kept[_keptCount % _kept.Length] = new Kept(body.Of, body.Registered);
        return _keptCount++;
    }

    private int Take()
    {
        if (_free.TryPop(out int free)) return free;
        int length = _bodies.Length;
        Array.Resize(ref _bodies, Math.Max(256, 2 * length));
        Array.Resize(ref _rows, _bodies.Length * Features);
        Array.Resize(ref _seen, _bodies.Length * MostFeatures);
        for (int b = _bodies.Length - 1; b > length; b--) _free.Push(b);
        return length;
    }

    private readonly record struct Kept(AccuracyKey? Of, float Registered);

    [SuppressMessage("Performance", "CA1815", Justification = "never compared")]
    private struct Body
    {
        public float Weight, Registered, Propensity, Waiting;
        public long Decided;
        public int Seen, Scheduler;
        public bool Explored;
        public string? Policy;
        public Arm Arm;
        public ShadowChoice Shadow;
        public int Window;
        public bool IsPlaced, HasFeatures;
        public AccuracyKey? Of;
    }
}
