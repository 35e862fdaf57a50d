using System.Globalization;
using StreamSched.Kafka.Topics;

namespace StreamSched.Kafka.Administration;

/// <summary>Says in plain words how a topic differs from its contract.</summary>
internal static class TopicComparison
{
    internal static IEnumerable<TopicDifference> Partitions(string name, TopicContract contract, int found, int expected)
    {
        if (contract.Partitions == PartitionCount.One)
        {
            if (found != 1)
                yield return new(name, TopicDifferenceKind.Partitions, $"has {found} partitions and must have one; delete it and create it anew");
        }
        else if (found != expected)
        {
            var rule = "requests, results, decisions, experience and feedback must have equally many";
            yield return new(name, TopicDifferenceKind.Partitions, found < expected
                ? $"has {found} partitions where {expected} are expected; {rule}. Add them, while everything runs: streamsched topics create"
                : $"has {found} partitions where {expected} are expected; {rule}. Partitions cannot be taken away: set partitions to {found}, "
                    + "or delete it and create it anew");
        }
    }

    /// <summary>Compares a topic's configuration with its contract.</summary>
    /// <param name="name">Full name.</param>
    /// <param name="contract">Its contract.</param>
    /// <param name="found">Its configuration.</param>
    /// <param name="requestsLimit">Largest record of <c>requests</c>, in bytes.</param>
    internal static IEnumerable<TopicDifference> Configuration(
        string name, TopicContract contract, IReadOnlyDictionary<string, string> found, long requestsLimit)
    {
        var wanted = contract.ConfigurationFor(requestsLimit);
        if (found.TryGetValue("cleanup.policy", out var cleanup) && cleanup != wanted["cleanup.policy"])
            yield return new(name, TopicDifferenceKind.Cleanup, contract.Cleanup == CleanupPolicy.Compact
                ? $"has cleanup.policy {cleanup} and must be compacted, or what it holds is forgotten; {Alter(name, "cleanup.policy", "compact")}"
                : $"has cleanup.policy {cleanup} and must be deleted by age, or records of a key are lost; {Alter(name, "cleanup.policy", "delete")}");
        if (RecordLimit(found) is { } limit && limit < contract.RecordLimit(requestsLimit))
        {
            var why = contract.RecordLimit(requestsLimit) == contract.MaxRecordBytes
                ? $"where {contract.MaxRecordBytes} are promised"
                : $"where a request of {requestsLimit} bytes, as requests takes it, needs {wanted["max.message.bytes"]}";
            yield return new(name, TopicDifferenceKind.RecordLimit, $"takes records up to {limit} bytes {why}; streamsched topics create raises it");
        }

        if (contract.Retention is { } retention && found.TryGetValue("retention.ms", out var kept) && kept != wanted["retention.ms"])
            yield return new(name, TopicDifferenceKind.Retention,
                $"keeps records for {kept} ms where {wanted["retention.ms"]} ({retention:g}) is usual; {Alter(name, "retention.ms", wanted["retention.ms"])}");
        if (contract.Cleanup == CleanupPolicy.Delete && found.TryGetValue("retention.bytes", out var bytes) && bytes != "-1")
            yield return new(name, TopicDifferenceKind.Size,
                $"keeps {bytes} bytes of a partition, so under load records leave it before their time, read or not; {Alter(name, "retention.bytes", "-1")}");
        if (found.TryGetValue("message.timestamp.type", out var stamps) && stamps != wanted["message.timestamp.type"])
            yield return new(name, TopicDifferenceKind.Timestamps,
                $"stamps records with {stamps} where {wanted["message.timestamp.type"]} is usual: their age is by another clock then; "
                + $"{Alter(name, "message.timestamp.type", wanted["message.timestamp.type"])}");
    }

    /// <summary>What a topic's configuration says of its largest record, in bytes; null: nothing.</summary>
    internal static long? RecordLimit(IReadOnlyDictionary<string, string> found) =>
        found.TryGetValue("max.message.bytes", out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? limit : null;

    /// <summary>Says which topics look like the installation's and are none of its.</summary>
    internal static IEnumerable<TopicDifference> Names(TopicNames names, IEnumerable<string> existing)
    {
        foreach (var name in existing.Order(StringComparer.Ordinal))
        {
            if (names.Strip(name) is not { } own || TopicCatalogue.All.Any(contract => contract.Name == own)) continue;
            if (own.StartsWith("work.", StringComparison.Ordinal))
            {
                if (!TopicCatalogue.IsWorkerId(own["work.".Length..]))
                    yield return new(
                        name, TopicDifferenceKind.Name, "cannot be a worker's topic: ids have 1 to 64 of a-z, 0-9 and -; delete it if it is yours");
            }
            else if (names.Prefix.Length > 0 && !own.Contains('.', StringComparison.Ordinal)) // else it may be another installation's
            {
                yield return new(
                    name, TopicDifferenceKind.Name, "is no topic of StreamSched: nobody reads what a misspelt name collects; delete it if it is yours");
            }
        }
    }

    private static string Alter(string name, string key, string value) => $"kafka-configs --alter --topic {name} --add-config {key}={value}";
}
