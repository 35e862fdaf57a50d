using StreamSched.Core.Serving;

namespace StreamSched.Tests.Core.Serving;

public class ServiceTableTests
{
    [Fact]
    public void Sizes_between_measured_ones_are_interpolated()
    {
        ServiceTable table = new([1, 4], [0.010f, 0.016f], 4);
        Assert.Equal(0.012f, table.Seconds(2), 6);
        Assert.Equal(0.014f, table.Seconds(3), 6);
    }

    [Fact]
    public void The_best_batch_is_the_one_with_the_least_time_per_request()
    {
        Assert.Equal(8, new ServiceTable([1, 8, 16], [0.010f, 0.020f, 0.060f], 16).BestBatch);
        Assert.Equal(1, new ServiceTable([1, 4, 16], [0.17f, 0.66f, 5.3f], 16).BestBatch); // 0.165 a request at 4: no gain worth waiting for
    }

    [Fact]
    public void A_batch_is_shared_by_its_members()
    {
        ServiceTable table = new([1, 2, 4], [0.010f, 0.012f, 0.016f], 4);
        Assert.Equal(0.010f, table.PerRequest(1), 6);
        Assert.Equal(0.006f, table.PerRequest(2), 6);
        Assert.Equal(0.004f, table.PerRequest(4), 6);
    }

    [Theory]
    [InlineData(new[] { 2 }, new[] { 0.1f })]
    [InlineData(new[] { 1, 1 }, new[] { 0.1f, 0.1f })]
    [InlineData(new[] { 1 }, new[] { 0f })]
    [InlineData(new[] { 1 }, new[] { float.NaN })]
    [InlineData(new[] { 1, 2 }, new[] { 0.1f })]
    public void Impossible_measurements_are_refused(int[] batch, float[] seconds) =>
        Assert.Throws<ArgumentException>(() => new ServiceTable(batch, seconds, 16));
}
