namespace StreamSched.Kafka.Topics;

/// <summary>Full names of the topics of one installation: the prefix and the name.</summary>
/// <param name="Prefix">What stands before every name, such as <c>streamsched.</c>; may be empty.</param>
public sealed record TopicNames(string Prefix)
{
    /// <summary>Full name of <c>requests</c>.</summary>
    public string Requests => Of(TopicCatalogue.Requests);

    /// <summary>Full name of <c>results</c>.</summary>
    public string Results => Of(TopicCatalogue.Results);

    /// <summary>Full name of <c>decisions</c>.</summary>
    public string Decisions => Of(TopicCatalogue.Decisions);

    /// <summary>Full name of <c>dead-letters</c>.</summary>
    public string DeadLetters => Of(TopicCatalogue.DeadLetters);

    /// <summary>Full name of any topic of <see cref="TopicCatalogue"/>.</summary>
    public string Of(string topic) => Prefix + topic;

    /// <summary>Full name of the topic that carries a worker's work.</summary>
    /// <exception cref="ArgumentException">The id is not one.</exception>
    public string Work(string workerId) => Of(TopicCatalogue.Work(workerId));

    /// <summary>The name without prefix; null if the topic belongs to somebody else.</summary>
    public string? Strip(string fullName) => fullName.StartsWith(Prefix, StringComparison.Ordinal) ? fullName[Prefix.Length..] : null;
}
