using Microsoft.Extensions.Logging;

namespace StreamSched.Schedulers;

/// <summary>Everything that a scheduler on Kafka logs; ids 2100 to 2199.</summary>
internal static partial class SchedulerLog
{
    [LoggerMessage(2100, LogLevel.Information, "scheduler {Id}: knows {Workers} workers, joins {Topic} as group {Group}, policy {Policy}")]
    internal static partial void Joining(ILogger logger, string id, int workers, string topic, string group, string policy);

    [LoggerMessage(2101, LogLevel.Information, "worker {Worker} registered: incarnation {Incarnation} at {Site}, {Variants} variants")]
    internal static partial void Registered(ILogger logger, string worker, long incarnation, string site, int variants);

    [LoggerMessage(2102, LogLevel.Information, "worker {Worker} took itself back")]
    internal static partial void Withdrawn(ILogger logger, string worker);

    [LoggerMessage(2103, LogLevel.Warning, "{Topic}/{Partition} offset {Offset} is ignored: {Reason}")]
    internal static partial void Ignored(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(
        2104, LogLevel.Information, "partition {Partition}: read {Results} results from position {From}, now taking requests from offset {Committed}")]
    internal static partial void Recovered(ILogger logger, int partition, long results, long from, long committed);

    [LoggerMessage(2105, LogLevel.Information, "policy {Policy} version {Version} is in force")]
    internal static partial void PolicyInForce(ILogger logger, string policy, int version);

    [LoggerMessage(2110, LogLevel.Information, "policy {Policy} version {Version} has {Percent:0.#} % of the windows")]
    internal static partial void WindowsPlanned(ILogger logger, string policy, int version, double percent);

    [LoggerMessage(2106, LogLevel.Warning, "policy failed {Count} times so far; the fallback {Fallback} places requests meanwhile")]
    internal static partial void OnFallback(ILogger logger, long count, string fallback);

    [LoggerMessage(
        2108, LogLevel.Error,
        "{Topic}/{Partition} offset {Offset} can be neither read nor kept as a dead letter ({Reason}); it stays in its topic until its retention is over")]
    internal static partial void DeadLetterRefused(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(2109, LogLevel.Warning, "held up for {Milliseconds} ms: nothing was read or decided meanwhile; is the machine overloaded?")]
    internal static partial void HeldUp(ILogger logger, long milliseconds);

    [LoggerMessage(2119, LogLevel.Information, "scheduler {Id}: this machine's clock differs from the broker's; {Milliseconds} ms are added to it")]
    internal static partial void ClockCorrected(ILogger logger, string id, long milliseconds);

    [LoggerMessage(2107, LogLevel.Information, "scheduler {Id}: ended; {Pending} requests are left to others")]
    internal static partial void Ended(ILogger logger, string id, int pending);
}
