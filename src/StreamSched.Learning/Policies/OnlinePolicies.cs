using StreamSched.Core.Policies;
using StreamSched.Learning.Bandits;

namespace StreamSched.Learning.Policies;

/// <summary>Policies that need no file to start with: they learn from the results of the cluster that they serve. Each scheduler has its own.</summary>
public static class OnlinePolicies
{
    /// <summary>LinUCB over placements.</summary>
    public const string LinUcb = "lin-ucb";

    /// <summary>A neural bandit over placements.</summary>
    public const string NeuralUcb = "neural-ucb";

    /// <summary>Their names, and what they do in a line.</summary>
    public static IReadOnlyList<(string Name, string Summary)> All { get; } =
    [
        (LinUcb, "highest upper confidence bound of the outcome's value, linear in the features, learned while it serves (LinUCB)"),
        (NeuralUcb, "the same over what a network makes of the features (NeuralUCB)"),
    ];

    /// <summary>Whether there is one of this name.</summary>
    /// <param name="name">A name.</param>
    public static bool Contains(string name) => name is LinUcb or NeuralUcb;

    /// <summary>Makes one that knows nothing yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="seed">Of first parameters and minibatches.</param>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public static ISchedulingPolicy Create(string name, ulong seed) => name switch
    {
        LinUcb => new BanditPolicy(name, new LinUcb(ArmFeatures.Count, exploration: 0.1)),
        NeuralUcb => new BanditPolicy(name, new NeuralUcb(ArmFeatures.Count, Neural, seed)),
        _ => throw new ArgumentException($"there is no '{name}' that learns while it serves; there are: {string.Join(", ", All.Select(p => p.Name))}", nameof(name)),
    };

    // A training takes some milliseconds, in which nothing is decided: it may not come more often than every thousandth answer.
    private static NeuralUcbOptions Neural => new() { Hidden = [24, 12], Exploration = 0.1, TrainPeriod = 1024, Minibatches = 48, Memory = 4096 };
}
