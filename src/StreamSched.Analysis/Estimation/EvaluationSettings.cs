namespace StreamSched.Analysis.Estimation;

/// <summary>How a log is judged, and what it must hold for that.</summary>
internal sealed record EvaluationSettings
{
    /// <summary>Probability that an interval misses.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>Bounds of what a request can be worth, which the confidence sequence needs; null: 0 and 1, or what the log holds beyond them.</summary>
    public (double Low, double High)? Bounds { get; init; }

    /// <summary>Parts of the log for cross-fitting: the model that speaks of a request has not seen its part.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>Resamples of the bootstrap.</summary>
    public int Resamples { get; init; } = 200;

    /// <summary>Effective sample size that an estimate needs.</summary>
    public double LeastEffective { get; init; } = 200;

    /// <summary>Share of all weights that one may have.</summary>
    public double MostWeightShare { get; init; } = 0.05;

    /// <summary>Probability that the policy may give to choices that the logging one never took.</summary>
    public double MostUnsupported { get; init; } = 0.02;

    /// <summary>Share of the decisions that must have a result.</summary>
    public double LeastJoined { get; init; } = 0.99;

    /// <summary>The mean weight is 1 where propensities are right: this far from it, beyond four standard errors, they are not.</summary>
    public double MostMeanWeightError { get; init; } = 0.02;

    /// <summary>Differences smaller than this have no sign: a twentieth of a point.</summary>
    public double LeastDifference { get; init; } = 0.0005;

    /// <summary>Joins are closed so long after the longest deadline: those without a result are known then.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(15);
}
