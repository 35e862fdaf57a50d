using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Grid;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Judges;

/// <summary>A world with two policies of which one is judged: a cell of the experiment.</summary>
/// <param name="Name">View, load and policies.</param>
/// <param name="Scenario">The world.</param>
/// <param name="Champion">The policy in force.</param>
/// <param name="Challenger">The policy that is judged.</param>
internal sealed record JudgedWorld(string Name, Scenario Scenario, JudgedPolicy Champion, JudgedPolicy Challenger)
{
    private const double WarmUp = 10, Counted = 180;
    private static readonly double[] Loads = [0.6, 0.9, 1.1];

    /// <summary>ε of all runs, as the scheduler has it by default.</summary>
    public static readonly SchedulerSettings Scheduler = new()
    {
        Exploration = 0.01f,

        // For all policies alike, so that what is logged under one is what the other would have seen.
        Prediction = new PredictionSettings { Waiting = PriceRule.Waiting },
    };

    /// <summary>Loads × views × pairs of policies in a world.</summary>
    /// <param name="world">The world.</param>
    /// <param name="neural">A file of <c>neural</c>, whose constants all policies have.</param>
    public static IReadOnlyList<JudgedWorld> All(Scenario world, LoadedPolicy neural)
    {
        RuleConstants constants = neural.Constants ?? new RuleConstants();
        JudgedPolicy price = new(PolicyNames.Price, constants, () => PolicyCatalogue.Create(PolicyNames.Price, constants.Price));
        JudgedPolicy least = new(PolicyNames.LeastLoaded, constants, () => PolicyCatalogue.Create(PolicyNames.LeastLoaded, constants.Price));
        JudgedPolicy greedy = new(GreedyPolicy.Kind, constants, () => new GreedyPolicy(constants.Price));
        JudgedPolicy network = new(PolicyNames.Neural, constants, () => neural.Prepare().Policy);
        return
        [
            .. from view in GridWorlds.Views
               from load in Loads
               from pair in ((JudgedPolicy, JudgedPolicy)[])[(price, greedy), (price, network), (least, price)]
               select new JudgedWorld(
                   FormattableString.Invariant($"{view}/{load}/{pair.Item1.Name}/{pair.Item2.Name}"), Short(GridWorlds.WithView(world, view), load),
                   pair.Item1, pair.Item2),
        ];
    }

    private static Scenario Short(Scenario world, double load) => world with
    {
        Load = world.Load * load,
        Duration = WarmUp + Counted,
        WarmUp = WarmUp,
        Events = [],
        Labels = null,
        Schedulers = world.Schedulers with { Shares = [0.5, 0.5] },
    };
}
