namespace StreamSched.Kafka;

/// <summary>How the topics on the cluster compare with the catalogue.</summary>
/// <param name="Created">Full names of the topics that were created just now.</param>
/// <param name="Differences">What is not as it should be; empty if all is well.</param>
/// <param name="WorkTopics">Full names of the work topics that were found.</param>
public sealed record TopicReport(IReadOnlyList<string> Created, IReadOnlyList<TopicDifference> Differences, IReadOnlyList<string> WorkTopics)
{
    /// <summary>Whether the system can run on these topics.</summary>
    public bool IsUsable => !Differences.Any(difference => difference.Breaks);
}
