using StreamSched.Learning.Optimization;

namespace StreamSched.Learning.Supervised;

/// <summary>Settings of <see cref="ProbabilityTrainer"/>.</summary>
public sealed record ProbabilityOptions
{
    /// <summary>What is minimised.</summary>
    public ProperScore Score { get; init; } = ProperScore.Logarithmic;

    /// <summary>The optimiser.</summary>
    public AdamOptions Adam { get; init; } = new() { LearningRate = 1e-3f, MaxGradientNorm = 1 };

    /// <summary>Outcomes per step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Online: new outcomes between two steps.</summary>
    public int Period { get; init; } = 16;

    /// <summary>Online: outcomes that steps draw from; the oldest are forgotten.</summary>
    public int Memory { get; init; } = 8192;
}
