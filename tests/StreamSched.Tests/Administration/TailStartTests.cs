using StreamSched.Administration;
using StreamSched.Hosting;

namespace StreamSched.Tests.Administration;

public class TailStartTests
{
    [Theory]
    [InlineData("1200", 1200.0, null)]
    [InlineData("30s", null, 30.0)]
    [InlineData("1.5m", null, 90.0)]
    [InlineData("250ms", null, 0.25)]
    [InlineData("2h", null, 7200.0)]
    [InlineData("1d", null, 86400.0)]
    public void Offsets_and_times_are_told_apart(string text, double? offset, double? seconds) =>
        Assert.Equal((offset, seconds), ((double?)TailStart.Parse(text).Offset, TailStart.Parse(text).Ago?.TotalSeconds));

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("yesterday")]
    [InlineData("5 m")]
    [InlineData("99999999999d")]
    public void Anything_else_is_refused_with_examples(string text) =>
        Assert.Contains("30s", Assert.Throws<UsageException>(() => TailStart.Parse(text)).Message, StringComparison.Ordinal);
}
