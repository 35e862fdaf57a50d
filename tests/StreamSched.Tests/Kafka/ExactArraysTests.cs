using StreamSched.Kafka.Producing;

namespace StreamSched.Tests.Kafka;

public class ExactArraysTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(20_000)]
    public void Copies_have_the_exact_length_and_cost_nothing_the_second_time(int length)
    {
        var arrays = new ExactArrays();
        var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        Assert.Equal(bytes, arrays.Copy(bytes));
        Assert.Equal(0, Allocations.Of(() => arrays.Copy(bytes)));
        Assert.Equal(bytes, arrays.Copy(bytes));
    }

    [Fact]
    public void Lengths_that_share_a_place_do_not_mix()
    {
        var arrays = new ExactArrays();
        Assert.Equal(20_000, arrays.Copy(new byte[20_000]).Length);
        Assert.Equal(20_016, arrays.Copy(new byte[20_016]).Length);
        Assert.Equal(20_000, arrays.Copy(new byte[20_000]).Length);
    }
}
