using Microsoft.Extensions.Time.Testing;
using StreamSched.Core.Serving;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Tests.Onnx;

public class ServiceProfilerTests
{
    [Fact]
    public void The_median_ignores_what_disturbed_a_few_runs_and_the_spread_tells_of_it()
    {
        var (time, runs) = (new FakeTimeProvider(), 0);
        var times = new ServiceProfiler(new ServiceProfilerSettings { WarmUp = 2, Runs = 20, KeepSamples = true }, time)
            .Measure(4, batch => time.Advance(TimeSpan.FromMicroseconds(runs++ % 10 == 9 ? 5000 : 100 * batch)), default);
        Assert.Equal([1, 2, 4], times.Select(t => t.Batch));
        Assert.Equal([100, 200, 400], times.Select(t => t.MedianMicros));
        Assert.All(times, t => Assert.Equal(20, t.Runs));
        Assert.All(times, t => Assert.Equal(2, t.SamplesMicros.Count(sample => sample == 5000)));
        var profile = new ServiceProfile("cpu", 1, times);
        Assert.True(profile.Spread > 10);
    }

    [Fact]
    public void A_slow_model_is_measured_within_its_budget_and_serves_no_batch_that_was_not_measured()
    {
        var time = new FakeTimeProvider();
        var settings = new ServiceProfilerSettings { Budget = TimeSpan.FromSeconds(2) };
        var times = new ServiceProfiler(settings, time).Measure(16, batch => time.Advance(TimeSpan.FromMilliseconds(50 * batch)), default);
        Assert.Equal(50_000, times[0].MedianMicros);
        Assert.True(times[^1].Batch < 16);
        Assert.InRange(time.GetUtcNow() - time.Start, TimeSpan.Zero, settings.Budget * 1.1);
        Assert.Equal(times[^1].Batch, new ServiceProfile("cpu", 1, times).LargestBatch);
    }

    [Fact]
    public void A_model_slower_than_its_budget_still_has_a_median_of_batch_one()
    {
        var time = new FakeTimeProvider();
        var times = new ServiceProfiler(new ServiceProfilerSettings(), time).Measure(16, batch => time.Advance(TimeSpan.FromSeconds(batch)), default);
        Assert.Equal((1, ServiceProfilerSettings.FewestRuns), (Assert.Single(times).Batch, times[0].Runs));
    }

    [Fact]
    public void The_largest_batch_is_measured_even_where_it_is_no_power_of_two()
    {
        var time = new FakeTimeProvider();
        var times = new ServiceProfiler(new ServiceProfilerSettings(), time).Measure(6, _ => time.Advance(TimeSpan.FromMicroseconds(1)), default);
        Assert.Equal([1, 2, 4, 6], times.Select(t => t.Batch));
    }

    [Fact]
    public void The_table_lies_between_the_measured_sizes_and_carries_the_slowdown()
    {
        var profile = new ServiceProfile("cpu", 10,
            [new BatchTime(1, 5, 100, 100, 20, []), new BatchTime(2, 5, 150, 150, 0, []), new BatchTime(4, 5, 250, 250, 0, [])]);
        Assert.Equal([1000.0, 1500, 2500], profile.Micros);
        Assert.Equal([1000.0, 1500, 2000, 2500], new[] { 1, 2, 3, 4 }.Select(batch => Math.Round(profile.Table.Seconds(batch) * 1e6, 2)));
        Assert.Equal(4, profile.Table.MaxBatch);
        Assert.Equal(0.2, profile.Spread);
    }

    [Fact]
    public void An_emulated_device_has_the_times_that_it_is_given_whatever_the_slowdown()
    {
        var times = new ServiceTable([1, 4], [0.007f, 0.016f], 4);
        foreach (var slowdown in (double[])[2, 900])
        {
            var profile = ServiceProfile.Emulated("cpu", slowdown, times);
            Assert.Equal([7.0, 10, 13, 16], profile.Micros.Select(micros => Math.Round(micros / 1000, 3)));
            Assert.Equal(4, profile.Table.MaxBatch);
            Assert.Equal(slowdown, profile.Slowdown);
        }
    }

    [Fact]
    public void Measures_a_real_model()
    {
        var model = Sample.Load("fashion-s");
        var profile = new ServiceProfiler(Sample.Brief, TimeProvider.System).Measure(model, "cpu", 1, default);
        Assert.Equal([1, 2, 4, 8, 16], profile.Batches);
        // Sixteen images cannot be quicker than one, however busy the machine is: the medians are 8 times apart.
        Assert.True(profile.Micros[^1] > profile.Micros[0]);
        model.Retire();
        Assert.True(model.IsFreed);
    }

    [Fact]
    public void Options_are_checked()
    {
        Assert.Empty(new ServiceProfilerSettings().Validate());
        Assert.Equal(3, new ServiceProfilerSettings { WarmUp = -1, Runs = 1, Budget = TimeSpan.Zero }.Validate().Count);
    }
}
