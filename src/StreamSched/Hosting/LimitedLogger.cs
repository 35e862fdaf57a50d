using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace StreamSched.Hosting;

/// <summary>One category of <see cref="LimitedLoggerProvider"/>.</summary>
/// <param name="inner">Writes what is let through.</param>
/// <param name="time">Clock.</param>
internal sealed class LimitedLogger(ILogger inner, TimeProvider time) : ILogger, IDisposable
{
    // Event ids are constants of the program, so that this cannot grow.
    private readonly ConcurrentDictionary<(int Event, LogLevel Level), MessageLimit> _limits = new();

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!inner.IsEnabled(logLevel)) return;
        if (logLevel < LogLevel.Information || _limits.GetOrAdd((eventId.Id, logLevel), Limit).Take())
            inner.Log(logLevel, eventId, state, exception, formatter);
    }

    /// <summary>Tells what was left out up to now.</summary>
    public void Dispose()
    {
        foreach (MessageLimit limit in _limits.Values) limit.Dispose();
    }

    private MessageLimit Limit((int Event, LogLevel Level) kind) => new(time, leftOut => inner.Log(
        kind.Level, new EventId(kind.Event), leftOut, null,
        (count, _) => string.Create(
            CultureInfo.InvariantCulture, $"{count:N0} more messages of this kind were left out within {LimitedLoggerProvider.Period.TotalSeconds:0} s")));
}
