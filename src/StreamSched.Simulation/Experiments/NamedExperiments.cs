using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Simulation.Grid;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Traces;
using StreamSched.Simulation.Training;

namespace StreamSched.Simulation.Experiments;

/// <summary>The experiments that have names.</summary>
public static class NamedExperiments
{
    private static readonly double[] Loads = [0.6, 0.9, 1.1, 1.5];
    private static readonly string[] Values = ["success", "accuracy"];

    // The default first, which gets more seeds where it is not clear.
    private static readonly string[] All = [PolicyNames.Neural, PolicyNames.Price, .. PolicyEntry.Heuristics];

    // And the rules with searched parameters, and all else that is learned.
    private static readonly string[] Evaluated =
    [
        .. All, PolicyEntry.TunedName, EcsrlPolicy.Kind, AsetPolicy.Kind, PolicyNames.LinUcb, PolicyNames.NeuralUcb,
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<NamedExperiment> Catalogue { get; } =
    [
        new("grid", "the evaluation grid: topology × load × view × pattern, success and accuracy as value", Evaluated, Grid),
        new(
            "aset", "ASET's workload on its three topologies at several rates of new clients, behind its own feasibility (A7, A8)",
            [.. All, AsetPolicy.Kind], Aset),
        new(
            "ecsrl", "edge or cloud with interference: load × registered matrices (true, wrong, none) × value, ECSRL's own among them (E2, E3, E7, E8)",
            [.. All, PolicyNames.EcsrlGreedy, EcsrlPolicy.Kind, new EcsrlTrainer(matrix: false).Kind], EcsrlExperiment.Plan),
        new(
            "ablation", "the price rule without each of its parts",
            [PolicyNames.Price, PolicyNames.Neural, PolicyNames.EarliestFinish, PolicyNames.OneStepImprovement], Ablation),
        new(
            "baselines", "the parameters of the simple rules, searched in the topologies and by the seeds of training",
            BaselineSearch.Rules, BaselineSearch.Plan),
        new("machines", "machines unlike the catalogue's: service times that scatter, profiles that are wrong, deadlines of seconds", All, MachinesOf),
        new("services", "services from a tenth to ten times as long, with one set of parameters", All, Services),
    ];

    private static ExperimentPlan Grid(ExperimentInputs inputs)
    {
        IEnumerable<Scenario> cells = Cells(inputs, ["aset-dc-cloud", "aset-co-dc-cloud", "aset", "uninett"], Loads, GridWorlds.Patterns);
        return new ExperimentPlan { Scenarios = [.. cells], Policies = inputs.Policies, BoundOf = LongRun };
    }

    private static ExperimentPlan MachinesOf(ExperimentInputs inputs)
    {
        Scenario[] worlds =
        [
            .. from file in (string[])["aset-dc-cloud", "aset-co-dc-cloud", "aset", "uninett"]
               let world = GridWorlds.Steady(inputs.Read(file))
               from value in Values
               select world with { ValueIsAccuracy = value == "accuracy" },
        ];
        IReadOnlyList<double> units = inputs.Units(worlds);
        IEnumerable<Scenario> cells =
            from w in Enumerable.Range(0, worlds.Length)
            from load in (double[])[0.1, 0.5, 1, 1.5]
            let world = GridWorlds.AtLoad(worlds[w], load * units[w])
            from machines in GridWorlds.Machines
            from view in GridWorlds.Views
            select GridWorlds.WithView(GridWorlds.WithMachines(world, machines), view) with
            {
                Name = FormattableString.Invariant($"{world.Name}/{load}/{view}/{machines}/{world.ValueName}"),
                Description = "Load 1 is that of the same world with the catalogue's machines.",
            };
        return new ExperimentPlan { Scenarios = [.. cells], Policies = inputs.Policies, Bound = null };
    }

    private static ExperimentPlan Aset(ExperimentInputs inputs)
    {
        IEnumerable<Scenario> cells =
            from file in (string[])["aset-study-dc-cloud", "aset-study-co-dc-cloud", "aset-study"]
            let world = inputs.Read(file)
            from perMinute in (int[])[10, 20, 30]
            let streams = world.Arrivals[0]
            select world with
            {
                Name = FormattableString.Invariant($"{world.Name}/{perMinute} clients per minute"),
                Seed = GridWorlds.EvaluationSeed,
                ValueIsAccuracy = false,
                Arrivals = [streams with { Rate = [.. streams.Rate.Select(r => (r.At, r.Value * perMinute / streams.Rate[0].Value))] }],
                Description = "New clients per minute and access site; 1.6 times as many from second 8 to 14. Behind ASET's own feasibility.",
            };
        return new ExperimentPlan { Scenarios = [.. cells], Policies = inputs.Policies };
    }

    private static ExperimentPlan Ablation(ExperimentInputs inputs)
    {
        IEnumerable<Scenario> cells = Cells(inputs, ["metro", "uninett"], [0.6, 1.1, 1.5], ["steady", "rough"]);
        PolicyEntry price = PolicyEntry.Of(PolicyNames.Price);
        IEnumerable<PolicyEntry> without = DerivedPolicies.Parts.Keys.Where(part => part != DerivedPolicies.Matrix)
            .Select(part => DerivedPolicies.Without(price, part));
        return new ExperimentPlan { Scenarios = [.. cells], Policies = With(inputs, without), BoundOf = LongRun };
    }

    // The policies that take part, and those that the experiment makes of them; who named one of these does not get it twice.
    internal static PolicyEntry[] With(ExperimentInputs inputs, IEnumerable<PolicyEntry> derived) =>
        [.. inputs.Policies.Concat(derived).DistinctBy(p => p.Name)];

    private static ExperimentPlan Services(ExperimentInputs inputs)
    {
        Scenario metro = GridWorlds.Steady(inputs.Read("metro"));
        Scenario[] worlds =
        [
            .. from scale in (double[])[0.1, 0.3, 1, 3, 10]
               from value in Values
               select metro with { ServiceScale = scale, ValueIsAccuracy = value == "accuracy" },
        ];
        IReadOnlyList<double> units = inputs.Units(worlds);
        IEnumerable<Scenario> cells =
            from w in Enumerable.Range(0, worlds.Length)
            from load in Loads
            let world = GridWorlds.AtLoad(worlds[w], load * units[w])
            select GridWorlds.WithView(world, "shared") with
            {
                Name = FormattableString.Invariant($"metro x{world.ServiceScale}/{load}/shared/steady/{world.ValueName}"),
                Description = "Services scaled.",
            };

        // Without the bound: a quarter of a million requests a second with a hundred options each is more than memory holds.
        return new ExperimentPlan { Scenarios = [.. cells], Policies = inputs.Policies, Bound = null };
    }

    // Every topology, for success and for accuracy, at every load by its own unit, in every pattern and view.
    internal static IEnumerable<Scenario> Cells(ExperimentInputs inputs, string[] topologies, double[] loads, IReadOnlyList<string> patterns)
    {
        Scenario[] worlds =
        [
            .. from file in topologies
               let world = GridWorlds.Steady(inputs.Read(file))
               from value in Values
               select world with { ValueIsAccuracy = value == "accuracy" },
        ];
        IReadOnlyList<double> units = inputs.Units(worlds);
        ArrivalTrace azure = inputs.Read("azure").Arrivals[0].Trace!;
        return
            from w in Enumerable.Range(0, worlds.Length)
            from load in loads
            let world = GridWorlds.AtLoad(worlds[w], load * units[w])
            from pattern in patterns
            let patterned = GridWorlds.WithPattern(world, pattern, azure)
            from view in GridWorlds.Views
            select GridWorlds.WithView(patterned, view) with
            {
                Name = FormattableString.Invariant($"{world.Name}/{load}/{view}/{pattern}/{world.ValueName}"),
                Description = "",
            };
    }

    // A bound knows everything: what schedulers see makes no difference to it. It also knows the end, after which patient requests have the machines to
    // themselves: in a run of seconds that is a tenth of all capacity. Where load is steady it is therefore computed of a run of the same kind that is ten
    // times as long.
    private static BoundWorld LongRun(Scenario cell)
    {
        const int Times = 10;
        string[] parts = cell.Name.Split('/');
        string name = string.Join('/', parts.Where(part => !GridWorlds.Views.Contains(part)));
        return parts.Contains("steady")
            ? new BoundWorld(name, cell with { Duration = cell.WarmUp + (Times * (cell.Duration - cell.WarmUp)) }, Times) : new BoundWorld(name, cell);
    }
}
