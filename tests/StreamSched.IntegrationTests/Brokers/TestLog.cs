using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace StreamSched.IntegrationTests;

/// <summary>Keeps what is logged and shows it with the test's output, warnings and above (everything where STREAMSCHED_TEST_LOG is set).</summary>
internal sealed class TestLog : ILogger, ILoggerFactory
{
    private static readonly bool Everything = Environment.GetEnvironmentVariable("STREAMSCHED_TEST_LOG") is { Length: > 0 };

    public ConcurrentQueue<string> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {logLevel} {eventId.Id} {formatter(state, exception)}";
        Lines.Enqueue(line);
        if (!Everything && logLevel < LogLevel.Information) return;
        try
        {
            TestContext.Current.TestOutputHelper?.WriteLine(line);
        }
        catch (InvalidOperationException)
        {
            // The test is over; a client thread still talks.
        }
    }
}
