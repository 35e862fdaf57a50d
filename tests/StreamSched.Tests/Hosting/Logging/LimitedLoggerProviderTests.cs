using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using StreamSched.Hosting;

namespace StreamSched.Tests.Hosting.Logging;

/// <summary>What a flood of messages looks like in the log.</summary>
public sealed class LimitedLoggerProviderTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLoggerProvider _log = new();

    [Fact]
    public void C7_A_flood_of_one_kind_is_a_burst_then_one_line_a_period_and_a_line_that_says_how_many_were_left_out()
    {
        using LimitedLoggerProvider limited = new(_log, _time);
        ILogger logger = limited.CreateLogger("streamsched");
        for (int period = 0; period < 6; period++)
        {
            for (int i = 0; i < 100_000; i++) Bad(logger, i);
            _time.Advance(LimitedLoggerProvider.Period);
        }

        Assert.Equal(LimitedLoggerProvider.Burst + 5 + 6, _log.Written.Count);
        Assert.Equal("99,980 more messages of this kind were left out within 10 s", _log.Written[LimitedLoggerProvider.Burst].Text);
        Assert.Equal("99,999 more messages of this kind were left out within 10 s", _log.Written[^1].Text);
        Assert.All(_log.Written, line => Assert.Equal((LogLevel.Warning, 2103), (line.Level, line.Event)));
    }

    [Fact]
    public void C7_Other_kinds_other_levels_and_other_categories_are_not_affected_by_a_flood()
    {
        using LimitedLoggerProvider limited = new(_log, _time);
        ILogger logger = limited.CreateLogger("streamsched");
        for (int i = 0; i < 1000; i++) Bad(logger, i);
        int before = _log.Written.Count;
        logger.Log(LogLevel.Error, new EventId(2103), "error", null, (text, _) => text);
        logger.Log(LogLevel.Warning, new EventId(2104), "another id", null, (text, _) => text);
        limited.CreateLogger("other").Log(LogLevel.Warning, new EventId(2103), "another category", null, (text, _) => text);
        for (int i = 0; i < 1000; i++) logger.Log(LogLevel.Debug, new EventId(2103), "asked for", null, (text, _) => text);
        Assert.Equal(before + 3 + 1000, _log.Written.Count);
    }

    [Fact]
    public void C7_After_a_calm_period_a_whole_burst_is_written_again()
    {
        using LimitedLoggerProvider limited = new(_log, _time);
        ILogger logger = limited.CreateLogger("streamsched");
        for (int i = 0; i < 100; i++) Bad(logger, i);
        _time.Advance(2 * LimitedLoggerProvider.Period);
        int before = _log.Written.Count;
        for (int i = 0; i < LimitedLoggerProvider.Burst; i++) Bad(logger, i);
        Assert.Equal(before + LimitedLoggerProvider.Burst, _log.Written.Count);
    }

    [Fact]
    public void C7_What_was_left_out_is_told_though_nothing_more_comes_and_at_the_end()
    {
        using (LimitedLoggerProvider limited = new(_log, _time))
        {
            ILogger logger = limited.CreateLogger("streamsched");
            for (int i = 0; i < 25; i++) Bad(logger, i);
            _time.Advance(LimitedLoggerProvider.Period);
            Assert.StartsWith("5 more messages", _log.Written[^1].Text, StringComparison.Ordinal);
            for (int i = 0; i < 3; i++) Bad(logger, i);
        }

        Assert.StartsWith("2 more messages", _log.Written[^1].Text, StringComparison.Ordinal);
    }

    public void Dispose() => _log.Dispose();

    private static void Bad(ILogger logger, int offset) => logger.Log(LogLevel.Warning, new EventId(2103), offset, null, (at, _) => $"offset {at} is ignored");
}
