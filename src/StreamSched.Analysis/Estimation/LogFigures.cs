namespace StreamSched.Analysis.Estimation;

/// <summary>What a log holds for estimates.</summary>
internal sealed record LogFigures
{
    /// <summary>Decisions that count.</summary>
    public required long Decisions { get; init; }

    /// <summary>Of these, in full.</summary>
    public required long Full { get; init; }

    /// <summary>Share of the decisions with a result.</summary>
    public required double Joined { get; init; }

    /// <summary>Decisions that were left out, by the reason.</summary>
    public required IReadOnlyDictionary<string, long> LeftOut { get; init; }

    /// <summary>What a request was worth, on the average.</summary>
    public required double Gross { get; init; }

    /// <summary>The same less the price of what it took from others.</summary>
    public required double Net { get; init; }

    /// <summary>Answers without a label that count with the accuracy that labels of others showed, and not with the registered one.</summary>
    public required long Corrected { get; init; }

    /// <summary>Variants of these.</summary>
    public required IReadOnlyList<string> CorrectedVariants { get; init; }

    /// <summary>Share of the full decisions whose logging policy cannot be asked which choices it would have made.</summary>
    public required double SupportUnknown { get; init; }

    /// <summary>Decisions by the version that took them: name, version and digest.</summary>
    public required IReadOnlyDictionary<string, long> Versions { get; init; }

    /// <summary>Digests of versions that nobody has.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Median and 99th percentile of the latency, in seconds.</summary>
    public required LatencyBand Median { get; init; }

    /// <summary>The other one.</summary>
    public required LatencyBand P99 { get; init; }
}
