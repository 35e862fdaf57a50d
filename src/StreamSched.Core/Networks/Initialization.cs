using StreamSched.Core.Policies;

namespace StreamSched.Core.Networks;

/// <summary>First values of parameters, drawn from a seeded stream.</summary>
public static class Initialization
{
    /// <summary>Orthogonal weights (Saxe, McClelland, Ganguli 2014), biases of zero: customary for policy gradients, with √2 for hidden layers and 0.01 for a
    /// policy's last.</summary>
    /// <param name="network">The network.</param>
    /// <param name="random">Source of draws.</param>
    /// <param name="hiddenGain">Gain of all layers but the last.</param>
    /// <param name="lastGain">Gain of the last.</param>
    public static void Orthogonal(Network network, ref RandomStream random, float hiddenGain = 1.41421356f, float lastGain = 1)
    {
        network.Parameters.Clear();
        int last = network.Shape.Layers.Count - 1;
        for (int l = 0; l <= last; l++)
            Orthogonal(network.Weights(l), network.Shape.Layers[l].Outputs, network.Shape.InputsOf(l), l == last ? lastGain : hiddenGain, ref random);
    }

    /// <summary>Normal weights of variance 2 / inputs (He, Zhang, Ren, Sun 2015), 1 / inputs for the last layer, biases of zero: for ReLU.</summary>
    /// <param name="network">The network.</param>
    /// <param name="random">Source of draws.</param>
    public static void He(Network network, ref RandomStream random)
    {
        network.Parameters.Clear();
        int last = network.Shape.Layers.Count - 1;
        for (int l = 0; l <= last; l++)
        {
            float scale = MathF.Sqrt((l == last ? 1f : 2f) / network.Shape.InputsOf(l));
            foreach (ref float w in network.Weights(l)) w = scale * (float)random.NextNormal();
        }
    }

    /// <summary>Everything uniform in ± 1/√inputs, as PyTorch's linear layers start.</summary>
    /// <param name="network">The network.</param>
    /// <param name="random">Source of draws.</param>
    public static void Uniform(Network network, ref RandomStream random)
    {
        for (int l = 0; l < network.Shape.Layers.Count; l++)
        {
            float bound = 1 / MathF.Sqrt(network.Shape.InputsOf(l));
            foreach (ref float w in network.Weights(l)) w = bound * ((2 * random.NextSingle()) - 1);
            foreach (ref float b in network.Biases(l)) b = bound * ((2 * random.NextSingle()) - 1);
        }
    }

    /// <summary>A random matrix [rows, columns] whose rows or columns, whichever are fewer, are orthogonal and of length <paramref name="gain"/>.</summary>
    internal static void Orthogonal(Span<float> matrix, int rows, int columns, float gain, ref RandomStream random)
    {
        // Gram and Schmidt over the shorter side, in double precision: vectors are few and short.
        int count = Math.Min(rows, columns), length = Math.Max(rows, columns);
        double[][] vectors = new double[count][];
        for (int v = 0; v < count; v++)
        {
            double[] vector = vectors[v] = new double[length];
            double norm;
            do
            {
                for (int k = 0; k < length; k++) vector[k] = random.NextNormal();
                for (int u = 0; u < v; u++)
                {
                    double product = 0;
                    for (int k = 0; k < length; k++) product += vector[k] * vectors[u][k];
                    for (int k = 0; k < length; k++) vector[k] -= product * vectors[u][k];
                }

                norm = Math.Sqrt(vector.Sum(x => x * x));
            }
            while (norm < 1e-6);
            for (int k = 0; k < length; k++) vector[k] /= norm;
        }

        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) matrix[(r * columns) + c] = gain * (float)(rows <= columns ? vectors[r][c] : vectors[c][r]);
    }
}
