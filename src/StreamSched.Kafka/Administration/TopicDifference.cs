namespace StreamSched.Kafka.Administration;

/// <summary>A way in which a topic on the cluster is not what its contract says.</summary>
/// <param name="Topic">Full name.</param>
/// <param name="Kind">What differs.</param>
/// <param name="Text">The difference, and what to do about it.</param>
internal sealed record TopicDifference(string Topic, TopicDifferenceKind Kind, string Text)
{
    /// <summary>Whether the system would not keep its promises with it, as opposed to keeping data for longer or shorter.</summary>
    public bool Breaks =>
        Kind is TopicDifferenceKind.Missing or TopicDifferenceKind.Partitions or TopicDifferenceKind.Cleanup or TopicDifferenceKind.RecordLimit;

    /// <inheritdoc/>
    public override string ToString() => $"{Topic}: {Text}";
}
