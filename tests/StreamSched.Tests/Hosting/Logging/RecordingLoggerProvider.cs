using Microsoft.Extensions.Logging;

namespace StreamSched.Tests.Hosting.Logging;

/// <summary>Keeps what is written.</summary>
internal sealed class RecordingLoggerProvider : ILoggerProvider, ILogger
{
    public List<(LogLevel Level, int Event, string Text)> Written { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (Written) Written.Add((logLevel, eventId.Id, formatter(state, exception)));
    }

    public void Dispose()
    {
    }
}
