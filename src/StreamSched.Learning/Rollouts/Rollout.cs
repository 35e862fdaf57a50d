using System.Globalization;
using StreamSched.Core.Policies;
using StreamSched.Core.Rollouts;

namespace StreamSched.Learning.Rollouts;

/// <summary>
/// Takes one candidate at a time through its checks, a shadow and a trial into force, and back if it disappoints. Holds no client and no clock: the host
/// tells outcomes and the time, and stores the steps. A learner that is silent changes nothing. One thread at a time.
/// </summary>
public sealed class Rollout
{
    // The largest share: one window of each pair.
    private const double EveryOther = 0.5;

    // Windows tell where they stand after so many pairs, and then whenever there are twice as many.
    private const long FirstOfTrial = 16, FirstOfLearning = 8;
    private readonly RolloutSettings _settings;
    private readonly IRolloutSink _sink;
    private readonly Switchback _switchback;
    private readonly RolloutBudget _budget;
    private ShadowJudge _shadow;
    private long _sequence, _now, _ran, _shadowSince, _tellTrialAt, _tellLearningAt;
    private double _share;

    // Whether windows are held back, now or after a pause; whether the plan is a predecessor's; whether evidence has to begin anew.
    private bool _holdsBack, _inherited, _unjudged;

    // Windows of the baseline have the same length for so long, µs.
    private const long Settled = 300_000_000;

    /// <summary>Makes one in which a policy serves and nothing is proposed.</summary>
    /// <param name="settings">When it takes which step; valid.</param>
    /// <param name="sink">Takes the steps.</param>
    /// <param name="champion">The policy that serves.</param>
    public Rollout(RolloutSettings settings, IRolloutSink sink, PolicyVersion champion)
    {
        (_settings, _sink, Champion) = (settings, sink, champion);
        _switchback = new Switchback(settings.LeastPairs);
        _budget = new RolloutBudget(settings);
        _shadow = new ShadowJudge(settings);
        if (settings.BaselineShare > 0) CompareWith(champion);
    }

    /// <summary>Where the challenger stands; active: it serves.</summary>
    public RolloutState State { get; private set; } = RolloutState.Active;

    /// <summary>The policy that serves.</summary>
    public PolicyVersion Champion { get; private set; }

    /// <summary>The policy that the latest step is about, where it does not serve.</summary>
    public PolicyVersion? Challenger { get; private set; }

    /// <summary>The policy that served before.</summary>
    public PolicyVersion? Former { get; private set; }

    /// <summary>The policy that served before anything was learned; null: no windows show what learning is worth.</summary>
    public PolicyVersion? Baseline { get; private set; }

    /// <summary>What learning is worth, in points.</summary>
    public Evidence Learning => _switchback.Learning;

    /// <summary>Which windows belong to whom; null: all are the champion's.</summary>
    public WindowPlan? Windows { get; private set; }

    /// <summary>Whether a person has stopped roll-outs.</summary>
    public bool Frozen { get; private set; }

    /// <summary>What the lengths of the next plan follow from.</summary>
    public RolloutConditions Conditions { get; set; }

    /// <summary>Whether a candidate can be proposed.</summary>
    public bool IsIdle => State is RolloutState.Rejected or RolloutState.RolledBack || (State == RolloutState.Active && !_holdsBack);

    /// <summary>What its state rests on now.</summary>
    internal IReadOnlyList<Evidence> Evidence => Judged();

    /// <summary>Outcomes that came too late to count.</summary>
    public long LateOutcomes => _switchback.Late;

    /// <summary>Outcomes that another arm decided than the plan says.</summary>
    public long StrayedOutcomes => _switchback.Strayed;

    /// <summary>Why no candidate is taken now, beginning with the name of the reason; null: one may be proposed.</summary>
    /// <param name="now">µs since 1970.</param>
    public string? Refusal(long now)
    {
        Tick(now);
        if (Frozen) return "frozen: a person has stopped roll-outs";
        if (!IsIdle) return $"busy: {Challenger ?? Champion} is {Name(State)}";
        if (_budget.Loss(0) >= _settings.LossPerHour) return $"budget: trials have cost {Text(_budget.Loss(0))} points of this hour's value";
        if (TimeToVerdict(_settings.VerdictPoints, now) is not { } time) return $"traffic: {_switchback.NoisePairs} pairs of windows do not tell the noise";
        return time > _settings.TrialLimit ? $"traffic: a verdict on {Text(_settings.VerdictPoints)} points would take {Minutes(time)} minutes" : null;
    }

    /// <summary>Proposes a candidate whose file was checked.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="gates">What the checks have found.</param>
    /// <param name="now">µs since 1970.</param>
    /// <returns>Why no candidate is taken now (<see cref="Refusal"/>); null: it was taken, and may have been rejected.</returns>
    public string? Propose(PolicyVersion candidate, IReadOnlyList<GateResult> gates, long now)
    {
        if (Refusal(now) is { } refusal) return refusal;
        (State, Challenger) = (RolloutState.Proposed, candidate);
        Emit(_settings.Learner, $"PROPOSED: {candidate}");
        foreach (GateResult gate in gates)
        {
            if (gate.Passed) continue;
            Reject(_settings.Learner, $"{gate.Gate}: {gate.Detail}");
            return null;
        }

        BeginShadow();
        Emit(_settings.Learner, $"PROPOSED: {gates.Count} gates; passed");
        return null;
    }

    /// <summary>Takes in what came of a request.</summary>
    /// <param name="outcome">The outcome.</param>
    public void Observe(in RolloutOutcome outcome)
    {
        _switchback.Observe(outcome);
        if (State == RolloutState.Shadow && outcome.Created >= _shadowSince) _shadow.Observe(outcome);
    }

    /// <summary>Tells the time and takes the steps that are due.</summary>
    /// <param name="now">µs since 1970; a value below the last one changes nothing.</param>
    public void Advance(long now)
    {
        Tick(now);
        if (Frozen) return;
        if (State == RolloutState.Shadow) JudgeShadow();
        else if (State == RolloutState.Trial) JudgeTrial();
        else if (State == RolloutState.Proposed) Reject(_settings.Learner, "interrupted: its checks did not end");
        else if (_holdsBack) JudgeHoldBack();
        else if (_settings.BaselineShare > 0) JudgeLearning();
    }

    /// <summary>Stops roll-outs: the champion serves all windows until <see cref="Unfreeze"/>.</summary>
    /// <param name="by">Who says so.</param>
    /// <param name="now">µs since 1970.</param>
    public void Freeze(string by, long now)
    {
        Tick(now);
        if (Frozen) return;
        Frozen = true;
        Follow(null);
        Emit(by, $"{Name(State)}: frozen");
    }

    /// <summary>Lets roll-outs go on, with new window plans.</summary>
    /// <param name="by">Who says so.</param>
    /// <param name="now">µs since 1970.</param>
    public void Unfreeze(string by, long now)
    {
        Tick(now);
        if (!Frozen) return;
        Frozen = false;
        Emit(by, $"{Name(State)}: goes on");
    }

    /// <summary>Takes the challenger into force, whatever its evidence.</summary>
    /// <param name="by">Who says so.</param>
    /// <param name="now">µs since 1970.</param>
    /// <returns>Why it cannot be; null: it serves.</returns>
    public string? Promote(string by, long now)
    {
        Tick(now);
        if (State is not (RolloutState.Shadow or RolloutState.Trial)) return $"no policy is in a shadow or on trial: the state is {Name(State)}";
        if (State == RolloutState.Shadow || _unjudged) _budget.BeginTrial();
        Activate(by, $"{Name(State)}: {Said()}; promoted by a person");
        return null;
    }

    /// <summary>Rejects the challenger, or where there is none takes the former policy into force again.</summary>
    /// <param name="by">Who says so.</param>
    /// <param name="now">µs since 1970.</param>
    /// <returns>Why it cannot be; null: it is done.</returns>
    public string? RollBack(string by, long now)
    {
        Tick(now);
        if (State is RolloutState.Proposed or RolloutState.Shadow or RolloutState.Trial)
        {
            Reject(by, "taken back by a person");
            return null;
        }

        if (Former is null || State != RolloutState.Active) return "there is no former policy";
        Return(by, "taken back by a person");
        return null;
    }

    /// <summary>Goes on from a predecessor's latest step. Its evidence is not in the record, so evidence begins anew, with a new window plan.</summary>
    /// <param name="step">The step.</param>
    public void Restore(RolloutStep step)
    {
        (_sequence, State, Champion, Challenger, Former, Frozen) = (step.Sequence, step.State, step.Champion, step.Challenger, step.Former, step.Frozen);
        _budget.Restore(step);
        _holdsBack = State == RolloutState.Active && step.Windows is { IsBaseline: false };
        if (step.Baseline is { } baseline) Baseline = baseline;
        else if (_settings.BaselineShare > 0) CompareWith(step.Champion);
        (Windows, _inherited, _unjudged) = (step.Windows, step.Windows is not null, true);
        _share = State == RolloutState.Trial && step.Windows is { } windows ? windows.Share : _settings.FirstShare;
        _now = step.At;
        if (State == RolloutState.Shadow) BeginShadow();
    }

    /// <summary>How long a trial takes until its interval is this narrow, by the noise of the champion's windows.</summary>
    /// <param name="points">Half-width, in points.</param>
    /// <param name="now">µs since 1970.</param>
    /// <returns>The time; null: the noise is not known yet.</returns>
    public TimeSpan? TimeToVerdict(double points, long now)
    {
        _budget.Advance(Math.Max(now, _now));
        if (_switchback.NoisePairs < _settings.LeastPairs) return null;
        double pairs = _switchback.PairsFor(points, _budget.NextValueAlpha), first = Math.Min(pairs, _settings.FirstPairs);
        double windows = (first / _settings.FirstShare) + ((pairs - first) * 2);
        return TimeSpan.FromMicroseconds(Math.Min(windows * WindowLength.For(_settings, Conditions).Length, TimeSpan.MaxValue.TotalMicroseconds / 2));
    }

    private void JudgeShadow()
    {
        if (_shadow.Stops() is { } gate)
        {
            Reject(_settings.Learner, gate);
        }
        else if (_now - _shadowSince >= WindowLength.Micros(_settings.ShadowTime) && _shadow.Passes())
        {
            string said = Said();
            IReadOnlyList<Evidence> evidence = Judged();
            (State, _share, _unjudged) = (RolloutState.Trial, _settings.FirstShare, true);
            Run($"SHADOW: {said}; trial with {Percent(_share)} of the windows", evidence);
        }
        else if (_now - _shadowSince > WindowLength.Micros(_settings.ShadowLimit))
        {
            Reject(_settings.Learner, $"shadow time: not passed after {Said()}");
        }
    }

    private void JudgeTrial()
    {
        bool overspent = _budget.Loss(Cost) > _settings.LossPerHour;
        if (overspent && Windows is not null)
        {
            Follow(null);
            Emit(_settings.Learner, $"TRIAL: {Said()}; rests, since it may have cost {Text(_budget.Loss(Cost))} points of this hour's value");
        }
        else if (!overspent && NeedsPlan)
        {
            Run($"TRIAL: goes on with {Percent(_share)} of the windows", Judged());
        }

        if (_unjudged) return;
        TellTrial();
        Evidence value = _switchback.Value;
        bool everyOther = _share >= EveryOther;
        if (Harm() is { } harm) Reject(_settings.Learner, $"{harm.Judge}: {harm} points after {harm.Count} pairs");
        else if (value.Upper < 0) Reject(_settings.Learner, $"switchback: {Said()}");
        else if (everyOther && value.Estimate > 0 && value.Lower > -_settings.NotWorse) Activate(_settings.Learner, $"TRIAL: {Said()}; promoted");
        else if (_ran > WindowLength.Micros(_settings.TrialLimit)) Reject(_settings.Learner, $"no verdict: {Said()}, {StrayedOutcomes} strayed outcomes");
        else if (!everyOther && !overspent && value.Count >= _settings.FirstPairs) Widen();
    }

    private void TellTrial()
    {
        if (_switchback.Pairs < _tellTrialAt) return;
        _tellTrialAt *= 2;
        Emit(_settings.Learner, $"TRIAL: {Said()}; goes on");
    }

    private void Widen()
    {
        _share = EveryOther;
        Run($"TRIAL: {Said()}; goes on with {Percent(_share)} of the windows", Judged());
    }

    private void JudgeHoldBack()
    {
        if (NeedsPlan) Run($"ACTIVE: {Percent(_settings.HoldBackShare)} of the windows stay {Former}'s", Judged());
        Evidence value = _switchback.Value;
        if (value.Upper < 0)
        {
            Return(_settings.Learner, $"hold-back: {Said()}");
        }
        else if (_ran >= WindowLength.Micros(_settings.HoldBackTime) && value.Count >= _settings.HoldBackPairs && double.IsFinite(value.Upper))
        {
            _holdsBack = false;
            Follow(null);
            Emit(_settings.Learner, $"ACTIVE: {Said()}; no window is held back any more");
        }
    }

    private void JudgeLearning()
    {
        bool isDue = NeedsPlan
            ? Conditions.LongestDeadline > TimeSpan.Zero : _now >= Windows!.Start + Settled && WindowLength.For(_settings, Conditions).Contradicts(Windows);
        if (isDue)
        {
            Follow(NewPlan() with { Share = _settings.BaselineShare, HoldsBack = true, IsBaseline = true });
            string share = Percent(_settings.BaselineShare);
            Emit(_settings.Learner, $"{Name(State)}: {share} of the windows are served as if nothing had been learned since {Baseline}");
        }
        else if (Learning.Count >= _tellLearningAt)
        {
            _tellLearningAt *= 2;
            Emit(_settings.Learner, $"{Name(State)}: what was learned since {Baseline}: {Said(Learning)}");
        }
    }

    private void CompareWith(PolicyVersion baseline)
    {
        if (baseline == Baseline) return;
        (Baseline, _tellLearningAt) = (baseline, FirstOfLearning);
        _switchback.JudgeLearning(_settings.BaselineAlpha);
    }

    private bool NeedsPlan => Windows is null || _inherited || _now >= Windows.End;

    /// <summary>What the challenger costs at most, in points: the bound, or the worst pair while there is none.</summary>
    internal double Cost => _switchback.Value.Lower is var lower && double.IsFinite(lower) ? -lower : _switchback.WorstLoss;

    private Evidence? Harm()
    {
        if (_switchback.Missed is { Lower: > 0 } missed) return missed;
        if (_switchback.Rejected is { Lower: > 0 } rejected) return rejected;
        return _switchback.Failed is { Lower: > 0 } failed ? failed : null;
    }

    private void BeginShadow() => (State, _shadow, _shadowSince) = (RolloutState.Shadow, new ShadowJudge(_settings), _now);

    private void Activate(string by, string reason)
    {
        IReadOnlyList<Evidence> evidence = Judged();
        EndTrial();
        (State, Former, Champion, Challenger) = (RolloutState.Active, Champion, Challenger!, null);
        _holdsBack = true;
        Judge();
        Follow(Frozen ? null : NewPlan());
        Emit(by, reason, evidence);
    }

    private void Return(string by, string gate)
    {
        IReadOnlyList<Evidence> evidence = Judged();
        (State, Challenger, Champion, Former, _holdsBack) = (RolloutState.RolledBack, Champion, Former!, null, false);
        Follow(null);
        Emit(by, $"ACTIVE: {gate}; rolled back", evidence);
    }

    private void Reject(string by, string gate)
    {
        string former = Name(State);
        IReadOnlyList<Evidence> evidence = Judged();
        EndTrial();
        State = RolloutState.Rejected;
        Follow(null);
        Emit(by, $"{former}: {gate}; rejected", evidence);
    }

    private void EndTrial()
    {
        if (State == RolloutState.Trial) _budget.Settle(Cost);
    }

    // Begins a plan, and evidence where there is none.
    private void Run(string reason, IReadOnlyList<Evidence> evidence)
    {
        if (_unjudged)
        {
            _budget.BeginTrial();
            Judge();
        }

        Follow(NewPlan());
        Emit(_settings.Learner, reason, evidence);
    }

    // Evidence begins anew.
    private void Judge()
    {
        _switchback.Judge(_holdsBack ? _budget.HoldBackAlpha : _budget.ValueAlpha, _budget.HarmAlpha, hasFewPairs: _holdsBack);
        (_ran, _unjudged, _tellTrialAt) = (0, false, FirstOfTrial);
    }

    private WindowPlan NewPlan()
    {
        WindowLength lengths = WindowLength.For(_settings, Conditions);
        RandomStream seed = new(_settings.Seed ^ (ulong)_now);
        long start = _now + WindowLength.Micros(_settings.Lead);
        return new WindowPlan
        {
            Start = start, End = start + WindowLength.Micros(_holdsBack ? 4 * _settings.HoldBackTime : _settings.TrialLimit),
            Length = lengths.Length, BurnIn = lengths.BurnIn, Tail = lengths.Tail,
            Share = _holdsBack ? _settings.HoldBackShare : _share, Seed = (long)seed.NextUInt64(), HoldsBack = _holdsBack,
        };
    }

    private void Follow(WindowPlan? plan)
    {
        (Windows, _inherited) = (plan, false);
        _switchback.Begin(plan ?? NewPlan() with { Start = _now, Share = 0 });
    }

    private void Tick(long now)
    {
        if (now <= _now) return;
        long from = _now;
        _now = now;
        _budget.Advance(now);
        if (Windows is { } plan)
        {
            long ran = Math.Max(0, now - Math.Max(from, plan.Start));
            _ran += ran;
            if (!plan.HoldsBack) _budget.Serve(ran * plan.Share);
        }
        else if (_switchback.Plan?.Length != WindowLength.For(_settings, Conditions).Length)
        {
            Follow(null);
        }

        _switchback.Advance(now - WindowLength.Micros(_settings.Patience));
    }

    private void Emit(string by, string reason, IReadOnlyList<Evidence>? evidence = null) => _sink.Stepped(new RolloutStep
    {
        Sequence = ++_sequence, At = _now, State = State, Champion = Champion, Challenger = Challenger, Former = Former, Baseline = Baseline,
        Windows = Windows, Frozen = Frozen, By = by, Reason = reason,
        Evidence =
        [
            .. evidence ?? Judged(), .. Learning.Count > 0 ? [Learning] : (Evidence[])[], _budget.Evaluate(State == RolloutState.Trial ? Cost : 0),
        ],
    });

    private IReadOnlyList<Evidence> Judged() => State switch
    {
        RolloutState.Shadow => _shadow.Evidence,
        RolloutState.Trial => [_switchback.Value, _switchback.Missed, _switchback.Rejected, _switchback.Failed],
        RolloutState.Active when _holdsBack => [_switchback.Value with { Judge = "hold-back" }],
        _ => [],
    };

    // Such as "41 pairs, +0.42 points [0.05, 0.79]".
    private string Said()
    {
        if (State == RolloutState.Shadow) return string.Create(CultureInfo.InvariantCulture, $"{_shadow.Asked} outcomes");
        return Said(_switchback.Value);
    }

    private static string Said(Evidence value) => string.Create(
        CultureInfo.InvariantCulture, $"{value.Count} pairs, {value.Estimate:+0.00;-0.00;+0.00} points [{value.Lower:0.00}, {value.Upper:0.00}]");

    private static string Name(RolloutState state) => state switch
    {
        RolloutState.RolledBack => "ROLLED_BACK",
        _ => state.ToString().ToUpperInvariant(),
    };

    private static string Text(double points) => points.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.#} %");

    private static string Minutes(TimeSpan time) => Math.Ceiling(time.TotalMinutes).ToString(CultureInfo.InvariantCulture);
}
