namespace StreamSched.Core.OnlineLearning;

/// <summary>Settings of <see cref="Adam"/>.</summary>
public sealed record AdamSettings
{
    /// <summary>Step size, positive.</summary>
    public float LearningRate { get; init; } = 1e-3f;

    /// <summary>Memory of the mean, in 0..1.</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>Memory of the mean square, in 0..1.</summary>
    public float Beta2 { get; init; } = 0.999f;

    /// <summary>Keeps the denominator from zero.</summary>
    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Longer gradients are scaled down to this length; infinity: never.</summary>
    public float MaxGradientNorm { get; init; } = float.PositiveInfinity;
}
