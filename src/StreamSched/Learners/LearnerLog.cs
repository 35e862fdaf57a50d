using Microsoft.Extensions.Logging;

namespace StreamSched.Learners;

/// <summary>Everything that a learner logs; ids 2300 to 2399.</summary>
internal static partial class LearnerLog
{
    [LoggerMessage(2300, LogLevel.Information, "learner {Id}: joins {Partitions} partitions, {Recovered} requests were joined before")]
    internal static partial void Joining(ILogger logger, string id, int partitions, long recovered);

    [LoggerMessage(2301, LogLevel.Warning, "{Topic}/{Partition} offset {Offset} is ignored: {Reason}")]
    internal static partial void Ignored(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(2302, LogLevel.Warning, "what was joined since the last commit is read again: {Reason}")]
    internal static partial void TransactionLost(ILogger logger, string reason);

    [LoggerMessage(2304, LogLevel.Information, "roll-out: {Step}")]
    internal static partial void Stepped(ILogger logger, string step);

    [LoggerMessage(2305, LogLevel.Information, "{Who} says: {Reason}")]
    internal static partial void Told(ILogger logger, string who, string reason);

    [LoggerMessage(2306, LogLevel.Warning, "nothing is proposed: {Reason}")]
    internal static partial void Paused(ILogger logger, string reason);

    [LoggerMessage(
        2307, LogLevel.Warning,
        "{Scheduler} serves {Policy}, and this learner trains {Own}: only accuracies are learned until a policy that learns is published for all")]
    internal static partial void OtherPolicy(ILogger logger, string scheduler, string policy, string own);

    [LoggerMessage(
        2308, LogLevel.Warning,
        "{Scheduler} serves {Policy} v{Version} and not {Champion}, which is published for all: its requests say nothing of what is tried")]
    internal static partial void NotFollowing(ILogger logger, string scheduler, string policy, int version, string champion);

    [LoggerMessage(2303, LogLevel.Information, "learner {Id} has stored all: {Joined} joined, {Defaulted} without a result, {Revised} corrected by feedback")]
    internal static partial void Ended(ILogger logger, string id, long joined, long defaulted, long revised);
}
