using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Judges;

/// <summary>Keeps what judges see of a world's requests.</summary>
internal sealed class RequestLog : WorldObserver
{
    private readonly Dictionary<long, JudgedRequest> _open = [];
    private readonly List<JudgedRequest> _ended = [];
    private readonly Scenario _scenario;
    private readonly ValueWeights _value;
    private readonly RandomStream _arms;
    private readonly double _share;
    private IReadOnlyList<Scheduler> _schedulers = [];
    private AskingPolicy?[] _asking = [];

    private RequestLog(Scenario scenario, ulong seed, ValueWeights value, double share) =>
        (_scenario, _value, _share, _arms) = (scenario, value, share, RandomStream.For(seed, "arms"));

    /// <summary>Runs a world to its end.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="seed">Its seed, and that of the canary.</param>
    /// <param name="scheduler">How the schedulers decide.</param>
    /// <param name="plan">Makes a scheduler's plan.</param>
    /// <param name="share">Of the requests, by a hash of their numbers, those that the plan's other policy decides.</param>
    /// <param name="cancellation">Stops it early.</param>
    /// <returns>The requests that count, in the order of their ends.</returns>
    public static IReadOnlyList<JudgedRequest> Of(
        Scenario scenario, ulong seed, SchedulerSettings scheduler, Func<ServingPlan> plan, double share = 0, CancellationToken cancellation = default)
    {
        SchedulerSettings valued = scenario.Valued(scheduler);
        RequestLog log = new(scenario, seed, valued.Value, share);
        World world = new(scenario, new WorldSettings { Seed = seed, Scheduler = valued, Observer = log, TimeEvery = 0 });
        ServingPlan[] plans = [.. world.Schedulers.Select(_ => plan())];
        for (int s = 0; s < plans.Length; s++) world.Schedulers[s].Use(plans[s]);
        (log._schedulers, log._asking) = (world.Schedulers, [.. plans.Select(p => p.Champion.Prepared.Policy as AskingPolicy)]);
        world.Run(cancellation);
        return log._ended;
    }

    public override void Received(long id, long now)
    {
        if (_share == 0) return;
        RandomStream hash = new(_arms.State ^ (ulong)id);
        Arm arm = hash.NextDouble() < _share ? Arm.Challenger : Arm.Champion;
        foreach (Scheduler scheduler in _schedulers) scheduler.Turn(arm);
    }

    public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates candidates, long now)
    {
        int i = decision.Candidate;
        JudgedRequest judged = new() { Created = request.Started, Arm = decision.Arm, Window = decision.Window };
        if (decision.IsPlaced)
        {
            judged = judged with
            {
                Price = candidates.Price(i),
                Predicted = ChoiceDistribution.Predicted(request, candidates, _value, i),
            };
        }

        if (_asking[scheduler] is { } asking)
        {
            (PolicyView champion, PolicyView challenger) = asking.Of(decision);
            judged = judged with { Champion = champion, Challenger = challenger };
        }

        _open[id] = judged;
    }

    public override void Ended(in Outcome outcome, long now)
    {
        if (!_open.Remove(outcome.Id, out JudgedRequest judged) || !outcome.Counted) return;
        _ended.Add(judged with { Value = outcome.Worth(_value, _scenario.Applications[outcome.Application].Weight) });
    }
}
