namespace StreamSched.Analysis.Estimation;

/// <summary>What a log says of a policy that did not write it.</summary>
internal sealed record PolicyFigures
{
    /// <summary>Its name.</summary>
    public required string Policy { get; init; }

    /// <summary>Why there is no estimate, each with what to do; empty: there is one.</summary>
    public required IReadOnlyList<string> Refusals { get; init; }

    /// <summary>What makes the estimate doubtful, each with what to do.</summary>
    public required IReadOnlyList<string> Flags { get; init; }

    /// <summary>(Σ w)² / Σ w².</summary>
    public required double EffectiveSampleSize { get; init; }

    /// <summary>Mean of the weights, and its standard error.</summary>
    public required double MeanWeight { get; init; }

    /// <summary>The standard error.</summary>
    public required double MeanWeightError { get; init; }

    /// <summary>The largest weight over the sum of all.</summary>
    public required double LargestShare { get; init; }

    /// <summary>Probability that it gives to choices that the logging policy never makes, on the average.</summary>
    public required double Unsupported { get; init; }

    /// <summary>Which choices these are, by processor and variant, the most frequent first.</summary>
    public required IReadOnlyList<string> UnsupportedChoices { get; init; }

    /// <summary>Value that ignores what a request takes from others; null: refused.</summary>
    public ValueEstimates? Gross { get; init; }

    /// <summary>Value less the price of what requests take from others; null: refused.</summary>
    public ValueEstimates? Net { get; init; }

    /// <summary>Median latency in seconds, off-policy; null: refused.</summary>
    public LatencyBand? Median { get; init; }

    /// <summary>99th percentile; null: refused.</summary>
    public LatencyBand? P99 { get; init; }
}
