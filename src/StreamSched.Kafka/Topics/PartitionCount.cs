namespace StreamSched.Kafka.Topics;

/// <summary>How many partitions a topic has.</summary>
internal enum PartitionCount
{
    /// <summary>One: little data, or data that every reader wants in one order.</summary>
    One,

    /// <summary>As many as <c>requests</c>, so that one partition number serves a request, its decision, its result and its experience.</summary>
    SameAsRequests,
}
