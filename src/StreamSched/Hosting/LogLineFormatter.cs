using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace StreamSched.Hosting;

/// <summary>
/// A log message as one printable line: <c>HH:mm:ss.fff warn: category[id] text</c>, UTC. Coloured only where standard error is a terminal that wants it
/// (<c>NO_COLOR</c>, <c>TERM=dumb</c>).
/// </summary>
/// <param name="time">Clock.</param>
/// <param name="colour">Whether the level is coloured.</param>
internal sealed class LogLineFormatter(TimeProvider time, bool colour) : ConsoleFormatter(Id)
{
    /// <summary>The formatter's name in the options.</summary>
    public const string Id = "line";

    private const string Reset = "\e[0m";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (logEntry.Exception is { } exception) text = $"{text} {exception}";
        (string level, string begin) = logEntry.LogLevel switch
        {
            LogLevel.Trace => ("trce", "\e[90m"),
            LogLevel.Debug => ("dbug", "\e[90m"),
            LogLevel.Information => ("info", "\e[32m"),
            LogLevel.Warning => ("warn", "\e[33m"),
            LogLevel.Error => ("fail", "\e[31m"),
            _ => ("crit", "\e[1;31m"),
        };
        if (colour) level = begin + level + Reset;
        textWriter.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{time.GetUtcNow():HH:mm:ss.fff} {level}: {logEntry.Category}[{logEntry.EventId.Id}] {Printable.Line(text)}"));
    }
}
