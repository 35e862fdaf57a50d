namespace StreamSched.Kafka.Settings;

/// <summary>Settings that cannot work. The message lists all of them, with what is wrong about each.</summary>
/// <param name="problems">One line per problem.</param>
public sealed class KafkaSettingsException(IReadOnlyList<string> problems)
    : Exception("The Kafka settings cannot be used:" + string.Concat(problems.Select(problem => "\n  - " + problem)))
{
    /// <summary>One line per problem, beginning with the setting's name.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
