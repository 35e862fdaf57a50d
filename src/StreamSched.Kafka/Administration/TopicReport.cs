namespace StreamSched.Kafka.Administration;

/// <summary>How the topics on the cluster compare with the catalogue.</summary>
/// <param name="Differences">What is not as it should be; empty if all is well.</param>
/// <param name="WorkTopics">Full names of the work topics that were found.</param>
internal sealed record TopicReport(IReadOnlyList<TopicDifference> Differences, IReadOnlyList<string> WorkTopics)
{
    /// <summary>Full names of the topics that were created just now.</summary>
    public IReadOnlyList<string> Created { get; init; } = [];

    /// <summary>What was raised just now.</summary>
    public IReadOnlyList<TopicChange> Raised { get; init; } = [];

    /// <summary>What the brokers would not do, with their reasons.</summary>
    public IReadOnlyList<TopicChange> Refused { get; init; } = [];

    /// <summary>Whether the system can run on these topics.</summary>
    public bool IsUsable => !Differences.Any(difference => difference.Breaks);
}
