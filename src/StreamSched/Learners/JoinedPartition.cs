using StreamSched.Learning.Joins;

namespace StreamSched.Learners;

/// <summary>One partition number of the topics that are joined: the join, and how far its logs have come.</summary>
/// <param name="number">The partition.</param>
/// <param name="join">The join.</param>
internal sealed class JoinedPartition(int number, ExperienceJoin<DecisionBody> join)
{
    public int Number { get; } = number;

    public ExperienceJoin<DecisionBody> Join { get; } = join;

    /// <summary>Time of the latest decision that was read, µs since 1970.</summary>
    public long DecisionsAt { get; set; }

    /// <summary>Time of the latest result that was read, µs since 1970.</summary>
    public long ResultsAt { get; set; }
}
