using StreamSched.Core.Policies;
using StreamSched.Simulation.Training;

namespace StreamSched.Tests.Simulation.Training;

public class OnlineScalingTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(0.5, 1)]
    [InlineData(2, -1.5)]
    public void It_finds_by_how_much_logits_are_off(double slope, double shift)
    {
        OnlineScaling scaling = new();
        RandomStream random = new(11);
        double distance = 0;
        const int Answers = 20_000, Last = 10_000;
        for (int i = 0; i < Answers; i++)
        {
            double logit = 2 * random.NextNormal(), truth = 1 / (1 + Math.Exp(-((slope * logit) + shift)));
            if (i >= Answers - Last) distance += Math.Abs(truth - (1 / (1 + Math.Exp(-scaling.Scale(logit))))) / Last;
            scaling.Add(logit, random.NextDouble() < truth ? 1 : 0);
        }

        Assert.True(distance < 0.025, $"off by {distance:0.000} in the mean");
    }

    [Fact]
    public void Whatever_comes_it_stays_within_bounds()
    {
        OnlineScaling scaling = new();
        foreach (double logit in (double[])[double.NaN, double.PositiveInfinity, 80, -80, 1e9, 0])
            for (int i = 0; i < 500; i++) scaling.Add(logit, i % 2);
        Assert.InRange(scaling.Scale(1) - scaling.Scale(0), 0.25, 4);
        Assert.InRange(scaling.Scale(0), -3, 3);
    }
}
