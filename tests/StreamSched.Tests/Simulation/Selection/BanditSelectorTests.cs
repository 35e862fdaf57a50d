using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Simulation.Selection;

namespace StreamSched.Tests.Simulation.Selection;

public class BanditSelectorTests
{
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    [InlineData(1e300)]
    public void L4_ratings_that_are_no_numbers_or_outside_0_to_1_are_ignored(double rating)
    {
        RecordingBandit bandit = new();
        BanditSelector selector = new(bandit, Features(SelectionContext.Device, out SelectionTrace trace), trace.World.Variants.Count);
        selector.Rated(0, 0, rating);
        Assert.Equal(0, bandit.Learned);
        foreach (double valid in (double[])[0, 0.5, 1]) selector.Rated(0, 0, valid);
        Assert.Equal(3, bandit.Learned);
    }

    [Fact]
    public void What_is_rated_well_is_chosen_and_only_for_the_devices_that_it_was_rated_on()
    {
        SelectionFeatures features = Features(SelectionContext.Device, out SelectionTrace trace);
        BanditSelector selector = new(new LinUcb(features.Count, 0.1), features, trace.World.Variants.Count);
        (int most, int least) = (IndexOf(trace, "resnet50"), IndexOf(trace, "mobilenet-v2"));

        // Two devices of one class: one user wants what is accurate, the other what is quick.
        for (int i = 0; i < 200; i++)
        {
            for (int v = 0; v < trace.World.Variants.Count; v++)
            {
                selector.Rated(0, v, v == most ? 1 : 0);
                selector.Rated(10, v, v == least ? 1 : 0);
            }
        }

        Assert.Equal(most, selector.Choose(0, 0));
        Assert.Equal(least, selector.Choose(0, 10));
    }

    [Fact]
    public void Features_are_about_one_in_size_and_tell_no_more_than_the_context()
    {
        SelectionFeatures none = Features(SelectionContext.None, out SelectionTrace trace), kind = Features(SelectionContext.Class, out _);
        SelectionFeatures device = Features(SelectionContext.Device, out _);
        Assert.True(none.Count < kind.Count && kind.Count < device.Count);
        Assert.Equal(none.Of(0).ToArray(), none.Of(1).ToArray());
        Assert.NotEqual(kind.Of(0).ToArray(), kind.Of(1).ToArray());
        Assert.Equal(kind.Of(0).ToArray(), kind.Of(10).ToArray()); // of the same class
        Assert.NotEqual(device.Of(0).ToArray(), device.Of(10).ToArray());
        for (int d = 0; d < trace.World.Devices; d++)
            foreach (float x in device.Of(d)) Assert.InRange(x, 0, 1);
    }

    private static SelectionFeatures Features(SelectionContext context, out SelectionTrace trace)
    {
        trace = new SelectionTrace(SelectionExperimentTests.World("all classes and users/1") with { Seconds = 1 }, 1);
        return new SelectionFeatures(trace.World, trace.Users, context);
    }

    private static int IndexOf(SelectionTrace trace, string variant) => trace.World.Variants.Index().Single(v => v.Item.Name == variant).Index;

    private sealed class RecordingBandit : IContextualBandit
    {
        public int Learned { get; private set; }

        public RidgeModel Model { get; } = new(1);

        public Network ToNetwork() => throw new NotSupportedException();

        public void Score(ReadOnlySpan<float> arms, int count, Span<float> scores) => scores[..count].Clear();

        public double Predict(ReadOnlySpan<float> x) => 0;

        public void Learn(ReadOnlySpan<float> x, double reward) => Learned++;
    }
}
