namespace StreamSched.Kafka.Consuming;

/// <summary>A partition that a member of a group has got, and where its predecessor stood.</summary>
/// <param name="Partition">Number of the partition.</param>
/// <param name="Committed">First offset that is not finished; -1: the group never committed any, so reading starts at the earliest.</param>
/// <param name="CompanionCommitted">
/// Position in the companion topic from which on the outcome of every record at or after <paramref name="Committed"/> is found; -1: the
/// group never committed any, so from the earliest; 0 without a companion topic.
/// </param>
/// <param name="End">
/// End of the partition when it was assigned. A predecessor may have worked on records before it; on later ones only one that does not know
/// yet that it has lost the partition.
/// </param>
/// <param name="Start">Where reading begins: at <paramref name="Committed"/>, or at the earliest record that is still there.</param>
internal readonly record struct AssignedPartition(int Partition, long Committed, long CompanionCommitted, long End, long Start);
