using StreamSched.Core.Networks;

namespace StreamSched.Tests.Learning.Networks;

/// <summary>Networks in double precision, written as the formulas stand: what the vectorised ones are held to.</summary>
internal static class Reference
{
    public static double[] Forward(NetworkShape shape, double[] parameters, double[] features)
    {
        double[] x = features;
        int offset = 0;
        foreach (LayerShape layer in shape.Layers)
        {
            double[] y = new double[layer.Outputs];
            for (int o = 0; o < layer.Outputs; o++)
            {
                double sum = parameters[offset + (layer.Outputs * x.Length) + o];
                for (int i = 0; i < x.Length; i++) sum += parameters[offset + (o * x.Length) + i] * x[i];
                y[o] = Apply(layer.Activation, sum);
            }

            offset += (x.Length + 1) * layer.Outputs;
            x = y;
        }

        return x;
    }

    public static double[] Gru(int inputs, int units, double[] parameters, double[] x, double[] h)
    {
        int recurrent = 3 * units * inputs, biases = recurrent + (3 * units * units);
        double W(int gate, int j) =>
            Enumerable.Range(0, inputs).Sum(i => parameters[((((gate * units) + j) * inputs) + i)] * x[i]) + parameters[biases + (gate * units) + j];
        double R(int gate, int j) => Enumerable.Range(0, units).Sum(i => parameters[recurrent + ((((gate * units) + j) * units) + i)] * h[i])
            + parameters[biases + ((3 + gate) * units) + j];
        double[] next = new double[units];
        for (int j = 0; j < units; j++)
        {
            double z = Apply(Activation.Sigmoid, W(0, j) + R(0, j)), r = Apply(Activation.Sigmoid, W(1, j) + R(1, j));
            next[j] = ((1 - z) * Math.Tanh(W(2, j) + (r * R(2, j)))) + (z * h[j]);
        }

        return next;
    }

    /// <summary>Central differences of a function of the parameters.</summary>
    public static double[] Gradient(Func<double[], double> loss, double[] at)
    {
        double[] gradient = new double[at.Length], moved = (double[])at.Clone();
        for (int i = 0; i < at.Length; i++)
        {
            const double step = 1e-5;
            moved[i] = at[i] + step;
            double above = loss(moved);
            moved[i] = at[i] - step;
            gradient[i] = (above - loss(moved)) / (2 * step);
            moved[i] = at[i];
        }

        return gradient;
    }

    public static double[] Doubles(ReadOnlySpan<float> values)
    {
        double[] doubles = new double[values.Length];
        for (int i = 0; i < doubles.Length; i++) doubles[i] = values[i];
        return doubles;
    }

    public static void Near(double[] expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i])), $"[{i}]: {expected[i]} expected, {actual[i]} found");
    }

    private static double Apply(Activation activation, double x) => activation switch
    {
        Activation.Tanh => Math.Tanh(x),
        Activation.Relu => Math.Max(0, x),
        Activation.Sigmoid => 1 / (1 + Math.Exp(-x)),
        Activation.Softplus => Math.Log(1 + Math.Exp(x)),
        _ => x,
    };
}
