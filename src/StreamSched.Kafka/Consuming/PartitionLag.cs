namespace StreamSched.Kafka.Consuming;

/// <summary>How far a consumer group is behind in a partition.</summary>
/// <param name="Topic">Full name.</param>
/// <param name="Partition">Partition.</param>
/// <param name="Committed">First offset that the group has not finished; -1: it never committed any.</param>
/// <param name="End">The end of the partition.</param>
/// <param name="Lag">Records that the group has still to finish.</param>
internal sealed record PartitionLag(string Topic, int Partition, long Committed, long End, long Lag);
