using StreamSched.Simulation.Experiments;

namespace StreamSched.Tests.Simulation;

public class StatisticsTests
{
    [Theory]
    [InlineData(0.975, 1, 12.7062)]
    [InlineData(0.975, 4, 2.77645)]
    [InlineData(0.95, 9, 1.83311)]
    [InlineData(0.975, 1e6, 1.95997)]
    [InlineData(0.5, 7, 0)]
    public void Quantiles_are_those_of_the_tables(double share, double degrees, double expected) =>
        Assert.Equal(expected, Statistics.TQuantile(share, degrees), 3);

    [Fact]
    public void Interval_of_a_mean_is_that_of_a_textbook()
    {
        Interval interval = Statistics.Mean([1, 2, 3, 4, 5]);
        Assert.Equal(3, interval.Mean, 12);
        Assert.Equal(2.77645 * Math.Sqrt(2.5 / 5), interval.Half, 4);
        Assert.True(interval.ExcludesZero);
        Assert.False(Statistics.Mean([7]).ExcludesZero);
    }

    [Fact]
    public void P_value_of_paired_differences_is_two_sided()
    {
        Assert.Equal(2 * (1 - Statistics.TCumulative(3 / Math.Sqrt(0.5), 4)), Statistics.PairedPValue([1, 2, 3, 4, 5]), 12);
        Assert.Equal(0.0132, Statistics.PairedPValue([1, 2, 3, 4, 5]), 3);
        Assert.Equal(1, Statistics.PairedPValue([0, 0]));
        Assert.Equal(0, Statistics.PairedPValue([2, 2]));
    }

    [Fact]
    public void Holm_steps_down()
    {
        // 0.01 · 4, then 0.013 · 3 is less than what came before, 0.03 · 2, 0.04 · 1 is less than 0.06.
        double[] corrected = Statistics.Holm([0.03, 0.01, 0.04, 0.013]);
        Assert.Equal([0.06, 0.04, 0.06, 0.04], corrected.Select(p => Math.Round(p, 12)));
    }
}
