using Microsoft.Extensions.Logging;

namespace StreamSched.Hosting;

/// <summary>
/// The one rate limit of log messages: of one kind (category, event id, level) the first <see cref="Burst"/> of a <see cref="Period"/> are written; while more
/// come than that, one each period is. How many were left out is told at the end of each period. Messages of other kinds are not affected. Below Information
/// nothing is limited, since somebody asked for all of it.
/// </summary>
/// <param name="inner">Writes what is let through; not disposed of.</param>
/// <param name="time">Clock.</param>
internal sealed class LimitedLoggerProvider(ILoggerProvider inner, TimeProvider time) : ILoggerProvider
{
    /// <summary>Messages of one kind in a period before any is left out.</summary>
    public const int Burst = 20;

    private readonly Lock _lock = new();
    private readonly List<LimitedLogger> _loggers = [];

    /// <summary>How long messages of one kind are counted together.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        LimitedLogger logger = new(inner.CreateLogger(categoryName), time);
        lock (_lock) _loggers.Add(logger);
        return logger;
    }

    /// <summary>Tells what was left out up to now.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (LimitedLogger logger in _loggers) logger.Dispose();
            _loggers.Clear();
        }
    }
}
