namespace StreamSched.Learning.Optimization;

/// <summary>Settings of <see cref="EvolutionStrategy"/>.</summary>
public sealed record EvolutionSettings
{
    /// <summary>Pairs of members per generation: each direction is tried both ways.</summary>
    public int Pairs { get; init; } = 16;

    /// <summary>Standard deviation of the members around the mean. All parameters share it, so bring them to one scale (logarithms of constants,
    /// say).</summary>
    public float Deviation { get; init; } = 0.1f;

    /// <summary>Step size.</summary>
    public float LearningRate { get; init; } = 0.05f;

    /// <summary>Whether steps are Adam's; else plain ones along the estimated gradient.</summary>
    public bool UseAdam { get; init; } = true;

    /// <summary>Whether members count by their rank, from -½ to ½, so that neither scale nor outliers matter; else by their value.</summary>
    public bool ShapeByRank { get; init; } = true;

    /// <summary>Members evaluated at once; the result does not depend on it.</summary>
    public int Threads { get; init; } = 1;
}
