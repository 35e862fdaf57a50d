using System.Globalization;

namespace StreamSched.Kafka;

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
                ? $"has {found} partitions where {expected} are expected; {rule}. Add partitions while nothing runs: kafka-topics --alter --topic {name} --partitions {expected}"
                : $"has {found} partitions where {expected} are expected; {rule}. Partitions cannot be taken away: set partitions to {found}, or delete it and create it anew");
        }
    }

    internal static IEnumerable<TopicDifference> Configuration(string name, TopicContract contract, Dictionary<string, string> found)
    {
        var wanted = contract.Configuration;
        if (found.TryGetValue("cleanup.policy", out var cleanup) && cleanup != wanted["cleanup.policy"])
            yield return new(name, TopicDifferenceKind.Cleanup, contract.Cleanup == CleanupPolicy.Compact
                ? $"has cleanup.policy {cleanup} and must be compacted, or what it holds is forgotten; {Alter(name, "cleanup.policy", "compact")}"
                : $"has cleanup.policy {cleanup} and must be deleted by age, or records of a key are lost; {Alter(name, "cleanup.policy", "delete")}");
        if (found.TryGetValue("max.message.bytes", out var limit) && long.Parse(limit, CultureInfo.InvariantCulture) < contract.MaxRecordBytes)
            yield return new(name, TopicDifferenceKind.RecordLimit,
                $"takes records up to {limit} bytes where {contract.MaxRecordBytes} are promised; {Alter(name, "max.message.bytes", wanted["max.message.bytes"])}");
        if (contract.Retention is { } retention && found.TryGetValue("retention.ms", out var kept) && kept != wanted["retention.ms"])
            yield return new(name, TopicDifferenceKind.Retention,
                $"keeps records for {kept} ms where {wanted["retention.ms"]} ({retention:g}) is usual; {Alter(name, "retention.ms", wanted["retention.ms"])}");
    }

    private static string Alter(string name, string key, string value) => $"kafka-configs --alter --topic {name} --add-config {key}={value}";
}
