using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamSched.Kafka.Diagnostics;

/// <summary>Everything that this library logs; ids 2000 to 2099.</summary>
internal static partial class KafkaLog
{
    [LoggerMessage(2000, LogLevel.Information, "{Group}: assigned {Partitions} of {Topic}")]
    internal static partial void Assigned(ILogger logger, string group, string partitions, string topic);

    [LoggerMessage(2001, LogLevel.Information, "{Group}: gave back {Partitions} of {Topic}; {Unfinished} records were unfinished after {Milliseconds} ms")]
    internal static partial void Revoked(ILogger logger, string group, string partitions, string topic, int unfinished, long milliseconds);

    [LoggerMessage(2002, LogLevel.Warning, "{Group}: lost {Partitions} of {Topic}; others have taken over")]
    internal static partial void Lost(ILogger logger, string group, string partitions, string topic);

    [LoggerMessage(2003, LogLevel.Warning, "{Group}: offsets were not committed, trying again in {Milliseconds} ms: {Reason}")]
    internal static partial void CommitFailed(ILogger logger, string group, long milliseconds, string reason);

    [LoggerMessage(2004, LogLevel.Warning, "{Group}: reading {Topic} failed, going on in {Milliseconds} ms: {Reason}")]
    internal static partial void ConsumeFailed(ILogger logger, string group, string topic, long milliseconds, string reason);

    [LoggerMessage(2005, LogLevel.Warning, "{Group}: {Topic}/{Partition} went back to offset {Offset}: the log was cut back; in-flight records are forgotten")]
    internal static partial void LogCutBack(ILogger logger, string group, string topic, int partition, long offset);

    [LoggerMessage(2006, LogLevel.Warning, "producer: {Count} records to {Topic} were not stored: {Reason}")]
    internal static partial void NotDelivered(ILogger logger, long count, string topic, string reason);

    [LoggerMessage(2007, LogLevel.Warning, "kafka client {Client}: {Reason} ({Code})")]
    internal static partial void ClientError(ILogger logger, string client, string reason, ErrorCode code);

    [LoggerMessage(2008, LogLevel.Debug, "librdkafka {Client} {Facility}: {Message}")]
    internal static partial void Client(ILogger logger, string client, string facility, string message);

    [LoggerMessage(2009, LogLevel.Information, "dead letter from {Topic}/{Partition} at offset {Offset}: {Reason}")]
    internal static partial void DeadLetter(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(2010, LogLevel.Warning, "the brokers do not tell the topics' configuration, so retention and limits are not compared ({Reason})")]
    internal static partial void ConfigurationUnknown(ILogger logger, string reason);

    [LoggerMessage(2011, LogLevel.Warning, "{Group}: left without a word ({Reason}); its partitions go to others when the session time-out is over")]
    internal static partial void NotLeft(ILogger logger, string group, string reason);

    [LoggerMessage(2012, LogLevel.Warning, "{Code}: {Text}")]
    internal static partial void ConditionBegan(ILogger logger, string code, string text);

    [LoggerMessage(2013, LogLevel.Information, "{Code} is over: {Subject}")]
    internal static partial void ConditionEnded(ILogger logger, string code, string subject);

    [LoggerMessage(2020, LogLevel.Warning, "{Partition}: {Count} records left the log before they were read, offsets {First} to {Last}")]
    internal static partial void LeftUnread(ILogger logger, string partition, long count, long first, long last);

    [LoggerMessage(2014, LogLevel.Warning, "{Client} did not end in time; it stays in memory until the process ends")]
    internal static partial void NotEnded(ILogger logger, string client);

    [LoggerMessage(2015, LogLevel.Information, "{Topic}: {Change}")]
    internal static partial void LimitRaised(ILogger logger, string topic, string change);

    [LoggerMessage(
        2016, LogLevel.Warning,
        "{Requests} has {Count} partitions and {Results} has {Fewer}: only the first {Used} are used. Add the others: streamsched topics create")]
    internal static partial void FewerResults(ILogger logger, string requests, int count, string results, int fewer, int used);

    /// <summary>
    /// librdkafka's own lines, which would go to standard error otherwise, at debug level: what matters of them arrives as an error too,
    /// and they come in floods while a broker is away.
    /// </summary>
    internal static void Forward(ILogger logger, LogMessage message) => Client(logger, message.Name, message.Facility, message.Message);
}
