using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Kafka.Consuming;

/// <summary>
/// Looks whether every topic that goes with <c>requests</c> has as many partitions, and says so as a condition: a request whose partition is missing in
/// <c>results</c> cannot be answered, what is missing elsewhere is not kept.
/// </summary>
internal sealed class Counterparts(KafkaSettings kafka, TopicReader reader, Conditions conditions)
{
    private static readonly TopicContract[] Companions =
        [.. TopicCatalogue.All.Where(topic => topic.Partitions == PartitionCount.SameAsRequests && topic.Name != TopicCatalogue.Requests)];

    /// <summary>Partitions of <c>requests</c>, as last seen.</summary>
    internal int Requests { get; private set; }

    /// <summary>Asks the brokers, which takes a moment: not on the path of requests.</summary>
    /// <param name="stop">Ends it between two questions.</param>
    /// <returns>Whether something is missing.</returns>
    internal bool Compare(CancellationToken stop)
    {
        if (reader.PartitionCount(kafka.Topics.Requests) is not (> 0 and { } requests)) return false; // reading it says what is wrong
        Requests = requests;
        var missing = false;
        foreach (var companion in Companions)
        {
            if (stop.IsCancellationRequested) return missing;
            var name = kafka.Topics.Of(companion.Name);
            if (reader.PartitionCount(name) is not { } count) continue;
            var answers = companion.Name == TopicCatalogue.Results;
            if (count >= requests) conditions.Clear("partitions-missing", name);
            else conditions.Raise("partitions-missing", name, Text(name, count, requests, answers), blocksReady: answers);
            missing |= count < requests;
        }

        return missing;
    }

    private string Text(string name, int count, int requests, bool answers)
    {
        var what = answers ? "requests in the others are not answered" : "what belongs to the others is not kept";
        return count == 0
            ? $"{name} does not exist: {(answers ? "no request is answered" : "what belongs there is not kept")}. Create it: streamsched topics create"
            : $"{name} has {count} partitions and {kafka.Topics.Requests} has {requests}: {what}. Add them: streamsched topics create";
    }
}
