using StreamSched.Core.Networks;
using StreamSched.Core.Policies;

namespace StreamSched.Bench;

/// <summary>What the evaluation of a network costs.</summary>
/// <param name="Conditions">Where and when.</param>
/// <param name="Command">The command line that repeats it.</param>
/// <param name="Networks">By number of candidates and activation.</param>
internal sealed record NetworkReport(RunConditions Conditions, string Command, IReadOnlyList<NetworkCost> Networks);

/// <summary>What one evaluation costs.</summary>
/// <param name="Candidates">How many candidates.</param>
/// <param name="Layers">Units from features to the score.</param>
/// <param name="Activation">Of the hidden layers.</param>
/// <param name="Figure">Per evaluation.</param>
internal sealed record NetworkCost(int Candidates, string Layers, string Activation, MicroFigure Figure)
{
    /// <summary>What it may cost, ns: 3 µs for 64 candidates, as much more for more.</summary>
    public double Budget => 3000.0 * Candidates / 64;
}

/// <summary>Times a policy's network, which scores every candidate of a decision.</summary>
internal static class NetworkBench
{
    /// <summary>Measures.</summary>
    public static NetworkCost Measure(int candidates, int features, int[] hidden, Activation activation, double seconds)
    {
        NetworkShape shape = NetworkShape.Perceptron(features, hidden, activation, 1);
        Network network = new(shape);
        RandomStream random = new(1);
        Initialization.He(network, ref random);
        Activations activations = new(shape, candidates);
        foreach (ref float x in activations.Input) x = (float)random.NextNormal();
        void Batch()
        {
            for (int i = 0; i < 256; i++) network.Forward(activations);
        }

        return new NetworkCost(candidates, string.Join(" → ", [features, .. hidden, 1]), activation.ToString(), MicroBench.Measure(Batch, 256, seconds));
    }
}
