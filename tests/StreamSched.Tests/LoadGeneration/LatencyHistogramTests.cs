using StreamSched.Core.Policies;
using StreamSched.LoadGeneration;

namespace StreamSched.Tests.LoadGeneration;

public class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_those_of_the_sorted_values_to_within_the_width_of_a_bucket()
    {
        RandomStream random = new(3);
        LatencyHistogram histogram = new();
        List<double> values = [];
        for (int i = 0; i < 50_000; i++)
        {
            double micros = Math.Exp(random.NextDouble() * 20); // 1 µs to eight minutes, all magnitudes alike
            values.Add(micros);
            histogram.Add(TimeSpan.FromMicroseconds(micros));
        }

        values.Sort();
        Assert.Equal(values.Count, histogram.Count);
        foreach (double share in (double[])[0.01, 0.25, 0.5, 0.95, 0.99, 0.999, 1])
        {
            double exact = values[(int)Math.Ceiling(share * values.Count) - 1], found = histogram.Percentile(share)!.Value.TotalMicroseconds;
            Assert.InRange(found, (exact * 0.984) - 1, (exact * 1.016) + 1);
        }
    }

    [Fact]
    public void Of_nothing_there_is_no_percentile_and_the_smallest_and_largest_have_places()
    {
        LatencyHistogram histogram = new();
        Assert.Null(histogram.Percentile(0.5));
        histogram.Add(TimeSpan.FromSeconds(-1));
        Assert.Equal(TimeSpan.Zero, histogram.Percentile(1));
        histogram.Add(TimeSpan.MaxValue);
        Assert.NotNull(histogram.Percentile(1));
    }
}
