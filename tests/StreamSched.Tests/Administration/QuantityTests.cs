using StreamSched.Administration;

namespace StreamSched.Tests.Administration;

public class QuantityTests
{
    [Theory]
    [InlineData(0.000042, "42 µs")]
    [InlineData(0.01234, "12.3 ms")]
    [InlineData(0.5, "500 ms")]
    [InlineData(99.96, "100 s")]
    [InlineData(600, "10 min")]
    [InlineData(10000, "2.78 h")]
    public void Durations_have_three_digits(double seconds, string text) => Assert.Equal(text, Quantity.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(784, "784 B")]
    [InlineData(12_345, "12.3 kB")]
    [InlineData(2_500_000, "2.5 MB")]
    public void Sizes_too(long bytes, string text) => Assert.Equal(text, Quantity.Bytes(bytes));
}
