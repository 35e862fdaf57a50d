using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StreamSched.Hosting;

namespace StreamSched.Tests.Hosting.Logging;

/// <summary>What a log line looks like.</summary>
public class LogLineFormatterTests
{
    [Fact]
    public void A_message_is_one_line_with_time_level_category_and_id() =>
        Assert.Equal("00:00:00.000 warn: streamsched[2103] it is ignored\n", Written("it is ignored", colour: false));

    [Fact]
    public void C5_What_others_put_into_names_stays_on_its_line_and_moves_nothing() =>
        Assert.Equal(
            "00:00:00.000 warn: streamsched[2103] device \\u001b[31mred\\u000a00:00:00.000 info: forged \\u202ereversed\n",
            Written("device \e[31mred\n00:00:00.000 info: forged \u202ereversed", colour: false));

    [Theory]
    [InlineData(true, null, "xterm", true)]
    [InlineData(false, null, "xterm", false)]
    [InlineData(true, "1", "xterm", false)]
    [InlineData(true, "", "xterm", true)]
    [InlineData(true, null, "dumb", false)]
    [InlineData(true, null, null, true)]
    public void C7_Colours_are_only_written_to_a_terminal_that_wants_them(bool terminal, string? noColour, string? term, bool expected)
    {
        bool colour = Terminal.HasColour(terminal, name => name switch { "NO_COLOR" => noColour, "TERM" => term, _ => null });
        Assert.Equal(expected, colour);
        Assert.Equal(expected, Written("text", colour).Contains('\e', StringComparison.Ordinal));
    }

    private static string Written(string message, bool colour)
    {
        using StringWriter writer = new() { NewLine = "\n" };
        new LogLineFormatter(new FakeTimeProvider(), colour)
            .Write(new LogEntry<string>(LogLevel.Warning, "streamsched", new EventId(2103), message, null, (text, _) => text), null, writer);
        return writer.ToString();
    }
}
