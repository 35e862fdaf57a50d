using System.Diagnostics.CodeAnalysis;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Requests;
using StreamSched.Core.Rollouts;
using StreamSched.Core.Serving;

namespace StreamSched.Core.Scheduling;

/// <summary>
/// Makes the placement decisions, and keeps the view's account of what is under way. The same class serves Kafka and the simulator; the requests themselves are
/// rows of the caller's (<see cref="RequestEntry"/>). One thread at a time; a decision allocates nothing.
/// </summary>
public sealed class Scheduler
{
    // Overruns are looked for in every eighth decision: a policy that is too slow is too slow again.
    private const int BudgetSample = 8;

    // What is in the shadow is asked about one request in so many.
    private const int ShadowSample = 16;
    private readonly SchedulerSettings _settings;
    private readonly TimeProvider _time;
    private readonly Predictor _predictor;
    private readonly ISchedulingPolicy _fallback;
    private readonly long _budgetTicks;
    private readonly RuleConstants _ownConstants;
    private ServingPlan _plan;
    private ISchedulingPolicy _policy, _chose; // what is in force, and what chose last
    private ILearningPolicy? _learner;
    private ArmWindow _window;
    private long _windowEnds;
    private RandomStream _random;
    private int _failures;
    private int _fallbackLeft;
    private uint _decisions, _shadowed;

    /// <summary>Makes a scheduler that knows no worker yet.</summary>
    /// <param name="settings">Valid settings.</param>
    /// <param name="network">Sites and links.</param>
    /// <param name="time">Only measures how long a choice takes; instants come with each call.</param>
    /// <param name="now">µs since 1970.</param>
    /// <exception cref="ArgumentException">The settings are not valid.</exception>
    public Scheduler(SchedulerSettings settings, NetworkMap network, TimeProvider time, long now)
    {
        if (settings.Validate() is { Count: > 0 } errors) throw new ArgumentException(string.Join("; ", errors));
        (_settings, _time) = (settings, time);
        View = new ClusterView(settings.View, network, now);
        _predictor = new Predictor(View, settings.Prediction);
        _ownConstants = settings.Constants;
        _chose = _fallback = PolicyCatalogue.Create(settings.Fallback, settings.Price);
        Use(settings.Prepare?.Invoke() ?? new PreparedPolicy(PolicyCatalogue.Create(settings.Policy, settings.Price)), settings.PolicyVersion);
        _budgetTicks = (long)(settings.TimeBudget.TotalSeconds * time.TimestampFrequency);
        _random = RandomStream.For(settings.Seed, "decisions");
    }

    /// <summary>What is known of the cluster.</summary>
    public ClusterView View { get; }

    /// <summary>Candidates and predictions of the last decision.</summary>
    internal Candidates Candidates { get; } = new();

    /// <summary>The processor of the last decision before that was counted in.</summary>
    internal ProcessorMoment Before { get; private set; }

    /// <summary>How it decides.</summary>
    internal SchedulerSettings Settings => _settings;

    /// <summary>What serves where no window is another one's.</summary>
    internal ServingPolicy Champion => _plan.Champion;

    /// <summary>Name of the policy in force.</summary>
    public string Policy => _policy.Name;

    /// <summary>Version of the policy in force.</summary>
    public int PolicyVersion { get; private set; }

    /// <summary>Whose turn it is.</summary>
    public Arm Arm => _window.Arm;

    /// <summary>SHA-256 that names it, see <see cref="PolicyDigest"/>.</summary>
    public ReadOnlyMemory<byte> PolicyDigest { get; private set; }

    /// <summary>Requests under way.</summary>
    public int InFlightCount { get; private set; }

    /// <summary>How often a policy failed: an exception, a bad index, a score that is no number, or too slow.</summary>
    public long PolicyFailures { get; private set; }

    /// <summary>Whether the fallback has taken over.</summary>
    public bool OnFallback => _fallbackLeft > 0;

    /// <summary>The curve from slack to probability.</summary>
    public OnTimeModel OnTime => _predictor.OnTime;

    /// <summary>Takes another policy into force, whole.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="version">Its version.</param>
    public void Use(ISchedulingPolicy policy, int version) => Use(new PreparedPolicy(policy), version);

    /// <summary>Takes another policy into force, whole, with the constants that it brings along.</summary>
    /// <param name="prepared">The policy.</param>
    /// <param name="version">Its version.</param>
    [MemberNotNull(nameof(_policy), nameof(_plan))]
    public void Use(PreparedPolicy prepared, int version) => Use(new ServingPlan(new ServingPolicy(prepared, version)));

    /// <summary>Takes a plan into force: which policy serves, and which windows are another one's.</summary>
    /// <param name="plan">The plan. A policy that it shares with the plan before goes on with what answers have shown of it.</param>
    [MemberNotNull(nameof(_policy), nameof(_plan))]
    public void Use(ServingPlan plan)
    {
        ServingPlan? before = _plan;
        if (before?.Other is { } tried && plan.Champion.IsSame(tried) && !plan.Champion.IsSame(before.Champion)) View.AdoptOtherTrust();
        if (plan.Other is { } other && !(before?.Other?.IsSame(other) ?? false)) View.ResetOtherTrust(former: before?.Champion.IsSame(other) ?? false);
        (_plan, _window) = (plan, new ArmWindow(Arm.Champion, -1));
        _windowEnds = plan.Windows is null ? long.MaxValue : long.MinValue;
        Serve(plan.Champion);
    }

    // Another window has begun. Clocks that go back do not open an earlier one again.
    private void Turn(long now)
    {
        WindowPlan windows = _plan.Windows!;
        ArmWindow next = windows.At(now);
        _windowEnds = next.Window >= 0 ? windows.Start + ((next.Window + 1L) * windows.Length) : now < windows.Start ? windows.Start : long.MaxValue;
        Turn(next);
    }

    private void Turn(ArmWindow next)
    {
        bool changes = next.Arm != _window.Arm;
        _window = next;
        if (changes) Serve(next.Arm == Arm.Champion ? _plan.Champion : _plan.Other!);
    }

    /// <summary>Says whose the next decisions are, in a plan with two policies and without windows.</summary>
    /// <param name="arm">Whose.</param>
    internal void Turn(Arm arm) => Turn(new ArmWindow(arm, -1));

    [MemberNotNull(nameof(_policy))]
    private void Serve(ServingPolicy policy)
    {
        (PreparedPolicy prepared, int version, bool asRegistered) = policy;
        RuleConstants constants = prepared.Constants ?? _ownConstants;
        _predictor.OnTime = constants.OnTime;
        _predictor.Waiting = _settings.Prediction.Waiting ?? prepared.Policy.Waiting;
        View.SetConstants(constants.CapacityWeight, constants.TargetUtilisation);
        (_policy, PolicyVersion) = (prepared.Policy, version);
        PolicyDigest = prepared.Digest ?? Policies.PolicyDigest.Of(prepared.Policy.Name);
        _learner = _policy as ILearningPolicy;
        _failures = _fallbackLeft = 0;
        View.Serve(other: _window.Arm != Arm.Champion, asRegistered);
    }

    /// <summary>Decides for one request; a placed one counts as under way from then on.</summary>
    /// <param name="entry">The request; of one that is placed it receives where it goes and what was predicted.</param>
    /// <param name="now">µs since 1970.</param>
    public Decision Decide(ref RequestEntry entry, long now)
    {
        Decision decision = Place(ref entry, now);
        if (_learner is not null)
        {
            if (decision.IsPlaced) Remember(ref entry, decision.Candidate);
            _learner.Decided(entry.Request, Candidates, View, decision);
        }

        return decision;
    }

    private Decision Place(ref RequestEntry entry, long now)
    {
        Request request = entry.Request;
        if (now >= _windowEnds) Turn(now);
        View.Advance(now);
        View.ObserveDeadline(request.Deadline);
        ulong seed = _random.State;
        Before = ProcessorMoment.None;
        if (request.Task < 0) return Rejected(RejectReason.NoWorker, seed, 1);
        _predictor.Predict(request, Candidates, FirstPassOf(request));
        if (Candidates.Feasible == 0) return Rejected(_predictor.WhyNone(request, Candidates), seed, 1);

        DecisionContext context = new()
        {
            Request = request, Candidates = Candidates, View = View, Value = _settings.Value, OnTime = _predictor.OnTime,
            Random = _random, RejectScore = float.NegativeInfinity,
        };
        ShadowChoice shadow = AskShadow(context, out int otherwise);
        Choice choice = Choose(ref context, out string policy);
        if (shadow == ShadowChoice.Same && otherwise != choice.Index) shadow = ShadowChoice.Other;
        _random = context.Random;
        Candidates.HasOnTime = context.PredictsOnTime;
        if (_settings.RecordsFeatures && !Candidates.HasRatios) FeatureEncoder.EncodeRatios(Candidates, View);
        int index = Exploration.Draw(context, choice, _settings.Exploration, ref _random, out float propensity, out bool explored);
        if (index < 0) return Rejected(RejectReason.NotWorth, seed, propensity) with { Policy = policy, Explored = explored, Shadow = shadow };

        // Where a network was worse than the rule that it corrects, the rule decided, and that is what records say.
        int processor = Candidates.Processor[index];
        if (Candidates.HasCorrection && View.Trust[processor] == 0) policy = PolicyNames.Price;
        Before = ProcessorMoment.Of(View, processor);
        Send(ref entry, index);
        return new Decision
        {
            Placement = entry.Placement, Candidate = index, Handle = entry.Handle, Reason = RejectReason.None,
            Propensity = propensity, Explored = explored, Policy = policy, PolicyVersion = PolicyVersion, Seed = seed, Arm = _window.Arm,
            Window = _window.Window, Shadow = shadow, IsStandIn = !ReferenceEquals(_chose, _policy),
        };
    }

    /// <summary>What the policy that just chose saw of its choice, by features of its own; empty: it has none.</summary>
    /// <param name="decision">The last decision.</param>
    /// <param name="layout">Their layout, as the policy numbers its own; 0: there are none.</param>
    internal ReadOnlySpan<float> SeenOf(in Decision decision, out int layout)
    {
        layout = 0;
        if (!decision.IsPlaced || _chose is not IFeaturePolicy policy) return [];
        layout = policy.FeatureLayout;
        return policy.SeenOf(decision.Candidate);
    }

    // What a placement costs in money is known of the candidates alone.
    private NetValue? FirstPassOf(in Request request) => _policy.FirstPass is { } rule && _settings.Value.Cost == 0
        ? PriceRule.NetValueOf(request, _settings.Value, rule.Price, rule.IsCorrected) : null;

    /// <summary>Takes note of an answer.</summary>
    /// <param name="entry">A request under way; it is not any more.</param>
    /// <param name="kind">What came. One that was not served is not in time, and what it did not take of the processor is credited back.</param>
    /// <param name="measured">What the answer tells about times.</param>
    /// <param name="now">µs.</param>
    /// <param name="arrivedAt">When the device had it, µs; null: not known, so the worker's finish and the predicted network delay back count.</param>
    public void Answered(ref RequestEntry entry, AnswerKind kind, in Measurement measured, long now, long? arrivedAt = null)
    {
        bool ran = kind == AnswerKind.Served || measured.Batch > 0;
        View.Ended(entry.Placement, entry.Generation, entry.ProcessorTime, entry.Capacity, entry.Band, credit: !ran);

        // How long it took to fail says nothing about how long it takes to answer.
        View.Measured(entry.Placement, entry.Generation, kind == AnswerKind.Served ? measured : measured with { Batch = 0 }, now);
        View.Responded(entry.Placement, entry.Generation, kind);
        long arrived = arrivedAt ?? (measured.ResultDelay >= 0 ? now + (long)((entry.NetworkBack - measured.ResultDelay) * 1e6f) : now);
        bool onTime = kind == AnswerKind.Served && arrived <= entry.Request.DeadlineAt;
        if (kind != AnswerKind.Refused) RecordOutcome(entry, onTime, arrived);
        Notify(ref entry, kind, measured.Batch > 0 ? measured.Service / measured.Batch : 0, ran, onTime, now);
        Free(ref entry);
    }

    /// <summary>Writes a request off: its worker died, or it belongs to another scheduler. What it cost is credited back.</summary>
    /// <param name="entry">A request under way; it is not any more.</param>
    /// <param name="now">µs.</param>
    public void WriteOff(ref RequestEntry entry, long now)
    {
        View.Advance(now);
        View.Ended(entry.Placement, entry.Generation, entry.ProcessorTime, entry.Capacity, entry.Band, credit: true);
        RecordOutcome(entry, onTime: false, now);
        Notify(ref entry, AnswerKind.Expired, 0, ran: false, onTime: false, now);
        Free(ref entry);
    }

    /// <summary>Writes a request off that nobody answered until its time was over. Where its worker is alive, that is the worker's failure.</summary>
    /// <param name="entry">A request under way; it is not any more.</param>
    /// <param name="now">µs.</param>
    public void Unanswered(ref RequestEntry entry, long now)
    {
        View.Advance(now);
        bool failed = entry.Worker is { Liveness: Liveness.Fresh };
        View.Ended(entry.Placement, entry.Generation, entry.ProcessorTime, entry.Capacity, entry.Band, credit: true);
        if (failed) View.Unanswered(entry.Placement, entry.Generation, entry.SentAt);
        RecordOutcome(entry, onTime: false, now);
        Notify(ref entry, AnswerKind.Failed, 0, ran: false, onTime: false, now);
        Free(ref entry);
    }

    // An unanswered request counts as arriving now, since its real arrival would be later.
    private void RecordOutcome(in RequestEntry entry, bool onTime, long arrived)
    {
        if (!float.IsNaN(entry.RuleLogit)) View.RecordCorrection(entry.Placement, entry.Generation, entry.RuleLogit, entry.Correction, onTime, entry.IsOthers);
        float slack = (entry.Request.DeadlineAt - arrived) * 1e-6f;
        View.RecordOutcome(
            entry.Placement, entry.Generation, onTime, OnTimeModel.Probability(entry.Slack, entry.Deviation), (slack - entry.Slack) / entry.Deviation);
    }

    /// <summary>Whether the worker of a request under way is gone: withdrawn, in another incarnation, or dead by its telemetry.</summary>
    /// <param name="entry">A request under way.</param>
    public bool IsLost(in RequestEntry entry)
    {
        WorkerDescription sentTo = entry.Worker!.Description;
        return !View.Workers.TryGetValue(sentTo.Id, out WorkerState? worker) || worker.Description.Incarnation != sentTo.Incarnation
            || worker.Liveness == Liveness.Dead;
    }

    /// <summary>The first thing that rules out a candidate; for records, off the hot path.</summary>
    /// <param name="request">The request that was decided on.</param>
    /// <param name="candidates">What it was chosen from.</param>
    /// <param name="candidate">Index of the candidate.</param>
    public RejectReason WhyNot(in Request request, Candidates candidates, int candidate) => _predictor.WhyNot(request, candidates, candidate);

    private Decision Rejected(RejectReason reason, ulong seed, float propensity) => new()
    {
        Placement = -1, Candidate = -1, Handle = -1, Reason = reason, Propensity = propensity, Explored = false, Policy = _policy.Name,
        PolicyVersion = PolicyVersion, Seed = seed, Arm = _window.Arm, Window = _window.Window,
    };

    private Choice Choose(ref DecisionContext context, out string policy)
    {
        if (_fallbackLeft > 0)
        {
            _fallbackLeft--;
        }
        else
        {
            bool timed = _budgetTicks > 0 && _decisions++ % BudgetSample == 0;
            long start = timed ? _time.GetTimestamp() : 0;
            if (TryChoose(ref context, _policy, out Choice choice))
            {
                if (timed && _time.GetTimestamp() - start > _budgetTicks) Failed();
                else if (timed || _budgetTicks == 0) _failures = 0;
                _chose = _policy;
                policy = _policy.Name;
                return choice;
            }

            Failed();
        }

        // What a challenger cannot do the champion does; what neither can, the rule.
        context.RejectScore = float.NegativeInfinity;
        context.PredictsOnTime = false;
        ISchedulingPolicy champion = _plan.Champion.Prepared.Policy;
        if (!ReferenceEquals(champion, _policy) && TryChoose(ref context, champion, out Choice steppedIn))
        {
            _chose = champion;
            policy = champion.Name;
            return steppedIn;
        }

        _chose = _fallback;
        policy = _fallback.Name;
        context.RejectScore = float.NegativeInfinity;
        context.PredictsOnTime = false;
        return _fallback.Choose(ref context);
    }

    // What a policy with a state would do depends on what it did, so it is not asked. Others are, before the policy in force, whose scores are to remain, and
    // with the same draws. Prices are those of the policy in force.
    private ShadowChoice AskShadow(DecisionContext context, out int index)
    {
        index = -1;
        if (_plan.Shadow is not { Prepared: { } shadow } || shadow.Policy is ILearningPolicy || _shadowed++ % ShadowSample != 0) return ShadowChoice.None;
        long start = _time.GetTimestamp();
        bool isValid = TryChoose(ref context, shadow.Policy, out Choice choice);
        bool isSlow = _budgetTicks > 0 && _time.GetTimestamp() - start > _budgetTicks;
        Candidates.HasCorrection = Candidates.HasOnTime = false;
        index = choice.Index;
        return !isValid ? ShadowChoice.Invalid : isSlow ? ShadowChoice.Slow : ShadowChoice.Same;
    }

    private bool TryChoose(ref DecisionContext context, ISchedulingPolicy policy, out Choice choice)
    {
        try
        {
            choice = policy.Choose(ref context);
        }
#pragma warning disable CA1031 // Whatever a policy throws, the request is placed by the fallback; the failure is counted and reported.
        catch (Exception)
#pragma warning restore CA1031
        {
            choice = Choice.Reject;
            return false;
        }

        if (choice.IsReject) return choice.Propensity is > 0 and <= 1;
        return choice.Index < Candidates.Count && Candidates.Mask[choice.Index] != 0 && !float.IsNaN(Candidates.Score[choice.Index])
            && choice.Propensity is > 0 and <= 1.0001f;
    }

    private void Failed()
    {
        PolicyFailures++;
        if (++_failures < _settings.FailuresUntilFallback) return;
        _failures = 0;
        _fallbackLeft = _settings.FallbackDecisions;
    }

    // Field by field: assigning a struct with references as a whole goes through a slow copy of the run time.
    private void Send(ref RequestEntry entry, int index)
    {
        Candidates c = Candidates;
        float onTime = c.HasOnTime ? c.OnTime[index] : OnTimeModel.Probability(c.Slack[index], c.Deviation[index]);
        float slope = OnTimeModel.Slope(onTime, c.Deviation[index]) * _settings.Value.Answer(c.Accuracy[index], entry.Request.Weight);
        int placement = c.Placement[index];
        entry.Placement = placement;
        entry.Generation = View.GenerationOf(placement);
        entry.Worker = View.WorkerOf(View.ProcessorOf(placement));
        entry.ProcessorTime = c.ProcessorTime[index];
        entry.Capacity = c.Capacity[index];
        entry.NetworkOut = c.NetworkOut[index];
        entry.NetworkBack = c.NetworkBack[index];
        entry.Slack = c.Slack[index];
        entry.Deviation = c.Deviation[index];
        entry.RuleLogit = c.HasCorrection ? OnTimeModel.Logit(c.Slack[index], c.Width[index]) : float.NaN;
        entry.Correction = c.HasCorrection ? c.Correction[index] : 0;
        entry.Band = View.Sent(placement, c.ProcessorTime[index], c.Capacity[index], c.NetworkOut[index], slope, entry.Request.DeadlineAt);
        entry.SentAt = View.Now;
        entry.IsOthers = _window.Arm != Arm.Champion;
        InFlightCount++;
    }

    private void Remember(ref RequestEntry entry, int candidate)
    {
        Candidates c = Candidates;
        entry.Learner = _learner;
        entry.Context = new LearnerContext(c.Accuracy[candidate], c.Watts[candidate], c.TariffPerSecond[candidate], c.NetworkCost(candidate));
    }

    // The policy that was in force when the request was sent is told, whichever is now.
    private void Notify(ref RequestEntry entry, AnswerKind kind, float seconds, bool ran, bool onTime, long now)
    {
        if (entry.Learner is not { } learner) return;
        entry.Learner = null;
        Request request = entry.Request;
        LearnerContext context = entry.Context;
        float latency = (now - request.Started) * 1e-6f, joules = seconds * context.Watts, cost = (seconds * context.TariffPerSecond) + context.NetworkCost;
        ValueWeights value = _settings.Value;
        learner.Ended(entry.Handle, new DecisionOutcome
        {
            Ran = ran, OnTime = onTime, IsVoid = kind == AnswerKind.Refused, Latency = latency, Deadline = request.Deadline, Weight = request.Weight,
            Accuracy = kind == AnswerKind.Failed ? 0 : context.Accuracy, EnergyJoules = joules, Cost = cost,
            Value = (onTime ? value.Answer(context.Accuracy, request.Weight) : 0) - value.Costs(joules, latency / request.Deadline, cost),
        });
    }

    private void Free(ref RequestEntry entry)
    {
        entry.Worker = null;
        InFlightCount--;
    }
}
