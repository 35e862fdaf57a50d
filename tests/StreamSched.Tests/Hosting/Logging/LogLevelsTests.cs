using Microsoft.Extensions.Logging;
using StreamSched.Hosting;
using StreamSched.Tests.Commands;

namespace StreamSched.Tests.Hosting.Logging;

public class LogLevelsTests
{
    private static readonly LogLevel[] Levels = [.. Enum.GetValues<LogLevel>().Where(level => level != LogLevel.None)];

    [Theory]
    [InlineData(null, "StreamSched.Kafka.Consuming.GroupConsumer", LogLevel.Information)]
    [InlineData("Warning", "StreamSched.Kafka.Consuming.GroupConsumer", LogLevel.Warning)]
    [InlineData("warning,StreamSched.Kafka=Debug", "StreamSched.Kafka.Consuming.GroupConsumer", LogLevel.Debug)]
    [InlineData("warning,StreamSched.Kafka=Debug", "StreamSched.Workers.WorkerRole", LogLevel.Warning)]
    [InlineData("StreamSched.Kafka=None", "StreamSched.Workers.WorkerRole", LogLevel.Information)]
    [InlineData("StreamSched.Kafka=None", "StreamSched.Kafka.Consuming.GroupConsumer", LogLevel.None)]
    [InlineData("None", "StreamSched.Workers.WorkerRole", LogLevel.None)]
    [InlineData("Trace", "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning)]
    [InlineData("Error", "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Error)]
    [InlineData("Warning, StreamSched.Kafka = Debug", "StreamSched.Kafka.Consuming.GroupConsumer", LogLevel.Debug)]
    [InlineData("Debug,default=Warning", "StreamSched.Workers.WorkerRole", LogLevel.Warning)]
    [InlineData("A=Debug,a=Error", "A.B", LogLevel.Error)]
    [InlineData("Error,Microsoft=Debug", "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Debug)]
    [InlineData("Trace", "Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.None)]
    public void Each_category_has_a_level_of_its_own(string? option, string category, LogLevel least)
    {
        using RecordingLoggerProvider written = new();
        using ILoggerFactory loggers = LoggerFactory.Create(builder =>
            (option is null ? new LogLevels() : LogLevels.Parse(option, "--log-level")).AddTo(builder.AddProvider(written)));
        ILogger logger = loggers.CreateLogger(category);
        Assert.Equal(
            Levels.Where(level => level >= least), Levels.Where(logger.IsEnabled));
    }

    [Theory]
    [InlineData("loud")]
    [InlineData("3")]
    [InlineData("")]
    [InlineData("Warning,")]
    [InlineData("=Debug")]
    [InlineData("StreamSched.Kafka=")]
    [InlineData("Stream*Kafka*=Debug")]
    [InlineData("Warning,StreamSched.Kafka=loud")]
    public async Task What_is_no_level_is_said_with_those_that_there_are(string level)
    {
        (int code, _, string error) = await Cli.RunAsync("status", "--log-level", level);
        Assert.Equal(2, code);
        Assert.Contains("--log-level: ", error, StringComparison.Ordinal);
    }
}
