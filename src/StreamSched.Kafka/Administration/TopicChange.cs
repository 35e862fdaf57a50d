namespace StreamSched.Kafka.Administration;

/// <summary>What was done to a topic, or was not.</summary>
/// <param name="Topic">Full name.</param>
/// <param name="Text">What was done, or why it was refused.</param>
internal sealed record TopicChange(string Topic, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Topic}: {Text}";
}
