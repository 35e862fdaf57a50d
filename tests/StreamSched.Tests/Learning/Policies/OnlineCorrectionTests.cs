using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Prediction;

namespace StreamSched.Tests.Learning.Policies;

public class OnlineCorrectionTests
{
    // Outcomes of which the rule knows nothing: it says two thirds, and the first feature says which.
    private static double Play(OnlineCorrection online, int count, ulong seed, bool inverted = false)
    {
        RandomStream random = new(seed);
        float[] row = new float[FeatureEncoder.RatioFields];
        double brier = 0;
        StreamSched.Core.Networks.Activations one = new(online.Served.Shape, 1);
        for (int i = 0; i < count; i++)
        {
            foreach (ref float f in row.AsSpan()) f = random.NextSingle() - 0.5f;
            bool onTime = random.NextSingle() < (row[0] > 0 ^ inverted ? 0.95f : 0.4f);
            one.SetSample(0, row);
            double p = 1 / (1 + Math.Exp(-(0.7 + online.Served.Forward(one)[0])));
            brier += (p - (onTime ? 1 : 0)) * (p - (onTime ? 1 : 0)) / count;
            online.Add(row, 0.7f, 0.7f, 0, onTime);
        }

        return brier;
    }

    [Theory, InlineData(2), InlineData(3), InlineData(4)]
    public void It_learns_what_the_rule_does_not_know_while_it_serves(ulong seed)
    {
        OnlineCorrection online = new(NeuralPolicy.Untrained(seed));
        double first = Play(online, 500, 1);
        Play(online, 40_000, 2);
        double last = Play(online, 5_000, 3);
        Assert.True(last < 0.95 * first, $"{first} at first, {last} at last");
        Assert.True(online.Swaps > 10);
        Assert.Equal(0, online.Returns);
    }

    [Fact]
    public void X5_a_network_that_diverges_is_never_served()
    {
        StreamSched.Core.Networks.Network original = NeuralPolicy.Untrained(1);
        OnlineCorrection online = new(original);
        Play(online, 1_500, 1);
        online.Learning.Parameters.Fill(float.NaN);
        Play(online, 1_000, 2);
        Assert.True(online.Returns >= 1);
        foreach (float p in online.Served.Parameters) Assert.True(float.IsFinite(p));
    }

    [Fact]
    public void What_predicts_worse_than_the_rule_goes_back_to_the_file()
    {
        StreamSched.Core.Networks.Network original = NeuralPolicy.Untrained(1);
        OnlineCorrection online = new(original);
        Play(online, 3_000, 1);
        online.Learning.Biases(online.Learning.Shape.Layers.Count - 1)[0] = -12; // it now says "late" to everything
        Play(online, 1_200, 2);
        Assert.True(online.Returns >= 1);
    }
}
