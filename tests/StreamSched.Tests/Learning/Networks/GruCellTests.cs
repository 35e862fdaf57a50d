using StreamSched.Core.Networks;
using StreamSched.Core.Policies;

namespace StreamSched.Tests.Learning.Networks;

public class GruCellTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    public void Through_time_results_and_gradients_are_those_of_the_formulas_in_double_precision(int sequences)
    {
        const int inputs = 3, units = 5, steps = 4;
        RandomStream random = new(9);
        GruCell cell = new(inputs, units);
        foreach (ref float p in cell.Parameters) p = 0.5f * (float)random.NextNormal();
        double[] parameters = Reference.Doubles(cell.Parameters);
        float[] x = NetworkTests.Numbers(steps * sequences * inputs, ref random), factors = NetworkTests.Numbers(sequences * units, ref random),
            first = NetworkTests.Numbers(sequences * units, ref random);

        double Loss(double[] p, double[] start)
        {
            double loss = 0;
            for (int s = 0; s < sequences; s++)
            {
                double[] h = start[(s * units)..((s + 1) * units)];
                for (int t = 0; t < steps; t++) h = Reference.Gru(inputs, units, p, Reference.Doubles(x.AsSpan(((t * sequences) + s) * inputs, inputs)), h);
                for (int j = 0; j < units; j++) loss += factors[(s * units) + j] * h[j];
            }

            return loss;
        }

        GruTrace trace = new(cell, steps, sequences);
        int stride = trace.Stride;
        for (int t = 0; t < steps; t++)
        {
            for (int s = 0; s < sequences; s++)
                for (int i = 0; i < inputs; i++) trace.Input(t)[(i * stride) + s] = x[((((t * sequences) + s) * inputs) + i)];
            if (t > 0) trace.NextState(t - 1).CopyTo(trace.State(t));
            else
                for (int s = 0; s < sequences; s++)
                    for (int j = 0; j < units; j++) trace.State(0)[(j * stride) + s] = first[(s * units) + j];
            cell.Forward(trace, t);
        }

        double sum = 0;
        trace.StateGradient.Clear();
        for (int s = 0; s < sequences; s++)
        {
            for (int j = 0; j < units; j++)
            {
                sum += factors[(s * units) + j] * trace.NextState(steps - 1)[(j * stride) + s];
                trace.StateGradient[(j * stride) + s] = factors[(s * units) + j];
            }
        }

        double[] start = Reference.Doubles(first);
        Assert.Equal(Loss(parameters, start), sum, 1e-5);
        float[] gradients = new float[cell.Parameters.Length];
        for (int t = steps - 1; t >= 0; t--) cell.Backward(trace, t, gradients, toInput: true);
        Reference.Near(Reference.Gradient(p => Loss(p, start), parameters), gradients, 3e-5);
        double[] byStart = Reference.Gradient(h => Loss(parameters, h), start);
        for (int s = 0; s < sequences; s++)
            for (int j = 0; j < units; j++) Assert.Equal(byStart[(s * units) + j], trace.StateGradient[(j * stride) + s], 3e-5);
        float before = x[1];
        x[1] = before + 1e-3f;
        double above = Loss(parameters, start);
        x[1] = before - 1e-3f;
        double below = Loss(parameters, start);
        Assert.Equal((above - below) / 2e-3, trace.InputGradient[stride], 1e-3); // by feature 1 of sequence 0 at the first step
    }
}
