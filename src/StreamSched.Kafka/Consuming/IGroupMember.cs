namespace StreamSched.Kafka.Consuming;

/// <summary>
/// What an application does with the partitions that its <see cref="GroupConsumer"/> holds. All calls come from the thread that polls.
/// An exception from any of them ends the consumer.
/// </summary>
internal interface IGroupMember
{
    /// <summary>
    /// Partitions are held from now on. Their records are read once this returns; the other partitions of this member wait meanwhile, other members' do not.
    /// </summary>
    /// <param name="partitions">Only the new ones.</param>
    void OnAssigned(IReadOnlyList<AssignedPartition> partitions);

    /// <summary>A record was read. <see cref="GroupConsumer.Acknowledge"/> is called for it once its outcome is stored, now or later.</summary>
    void OnRecord(in ReceivedRecord record);

    /// <summary>
    /// Some partitions are to be given back once their records in flight are finished. Called again and again until they are, or until the
    /// drain time-out: an application whose outcomes arrive on this very thread fetches some here, for a few milliseconds at most.
    /// </summary>
    /// <param name="partitions">Those that are given back.</param>
    /// <param name="remaining">What is left of the drain time-out.</param>
    /// <returns>false: what is unfinished now will not finish soon, so there is nothing to wait for; the next owner reads it again.</returns>
    bool OnDraining(IReadOnlyList<int> partitions, TimeSpan remaining);

    /// <summary>Partitions are held no longer. Their finished prefix is committed, unless they were lost.</summary>
    /// <param name="partitions">Those that are gone.</param>
    /// <param name="lost">The group has given them to others already, without waiting.</param>
    void OnRevoked(IReadOnlyList<int> partitions, bool lost);
}
