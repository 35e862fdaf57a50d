using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Simulation.Grid;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Experiments;

/// <summary>
/// ECSRL's question in its own scenario: what the interference matrices are worth, what learning from results is worth where they are wrong or missing, and
/// what reinforcement learning adds to the rule that knows them.
/// </summary>
internal static class EcsrlExperiment
{
    /// <summary>Of the scenario's own rate, from light load to overload.</summary>
    private static readonly double[] Loads = [0.25, 0.5, 0.75, 1, 1.25, 1.5];

    private static readonly string[] Values = ["success", "accuracy", Scenario.Time, Scenario.EnergyAndTime];

    // What workers register: their own matrices, those of another class, or nothing.
    private static readonly string[] Registered = ["true", "wrong", "none"];

    // Of these it is asked what learning from results is worth.
    private static readonly string[] Learning = [PolicyNames.Price, PolicyNames.EarliestFinish, PolicyNames.EcsrlGreedy, EcsrlPolicy.Kind];

    /// <summary>Loads × registered matrices × values; of all rules, and of some without what results teach.</summary>
    public static ExperimentPlan Plan(ExperimentInputs inputs)
    {
        Scenario world = inputs.Read("ecsrl") with { Seed = GridWorlds.EvaluationSeed };
        IEnumerable<Scenario> cells =
            from load in Loads
            from registered in Registered
            from value in Values
            select Registering(world, registered) with
            {
                Name = FormattableString.Invariant($"ecsrl/{load}/{registered}/{value}"),
                Description = $"Matrices that workers register: {registered}.",
                Load = world.Load * load,
                ValueIsAccuracy = value == "accuracy",
                Objective = Scenario.ObjectiveOf(value),
            };
        IEnumerable<PolicyEntry> fixedTimes = inputs.Policies.Where(p => Learning.Contains(p.Name))
            .Select(p => DerivedPolicies.Without(p, DerivedPolicies.LearnedTimes));

        // Without the bound: there is none of energy and time. The rule for ECSRL's objective is one of the simple ones here.
        IEnumerable<PolicyEntry> policies = NamedExperiments.With(inputs, fixedTimes)
            .Select(p => p.Name == PolicyNames.EcsrlGreedy ? p with { IsHeuristic = true } : p);
        return new ExperimentPlan { Scenarios = [.. cells], Policies = [.. policies], Bound = null };
    }

    private static Scenario Registering(Scenario world, string registered)
    {
        WorkerClass[] devices = [.. world.Workers.Select(w => w.Class).Distinct().Where(c => !c.Interference.IsEmpty)];
        return registered == "true" ? world : world with
        {
            Workers = [.. world.Workers.Select(w => w.Class.Interference.IsEmpty ? w : w with { Registered = Instead(w.Class) })],
        };

        InterferenceTable Instead(WorkerClass of) =>
            registered == "none" ? InterferenceTable.None : devices[(Array.IndexOf(devices, of) + 1) % devices.Length].Interference;
    }
}
