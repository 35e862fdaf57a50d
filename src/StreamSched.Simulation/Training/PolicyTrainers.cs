namespace StreamSched.Simulation.Training;

/// <summary>The kinds of policies that can be trained. Adding one: its class and a line here.</summary>
public static class PolicyTrainers
{
    /// <summary>All, by kind.</summary>
    public static IReadOnlyList<IPolicyTrainer> All { get; } = [new PriceTrainer(), new NeuralTrainer(), new EcsrlTrainer(), new EcsrlTrainer(matrix: false),
        new AsetTrainer(), new TanTrainer(), new TanTrainer(memory: false)];

    /// <summary>The trainer of a kind; null: there is none.</summary>
    /// <param name="kind">The kind.</param>
    public static IPolicyTrainer? Find(string kind) => All.FirstOrDefault(t => t.Kind == kind);
}
