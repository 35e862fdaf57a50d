using StreamSched.Analysis.Replays;

namespace StreamSched.Logs;

/// <summary>What <c>streamsched replay</c> found.</summary>
internal sealed record ReplayReport
{
    /// <summary>What was read.</summary>
    public required LogSummary Log { get; init; }

    /// <summary>Whether something was taken again, everything that was is the same, and no version is missing.</summary>
    public bool IsSame => Same > 0 && Differing == 0 && !IsMissingVersions;

    /// <summary>Decisions that are the same.</summary>
    public required long Same { get; init; }

    /// <summary>Decisions that differ.</summary>
    public required long Differing { get; init; }

    /// <summary>Whether a version decided that nobody has.</summary>
    public required bool IsMissingVersions { get; init; }

    /// <summary>By version.</summary>
    public required IReadOnlyList<VersionAgreement> Versions { get; init; }

    /// <summary>The first that differ.</summary>
    public required IReadOnlyList<DecisionPair> First { get; init; }

    /// <summary>Seconds that it took, reading included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Makes it.</summary>
    /// <param name="log">The log.</param>
    /// <param name="replay">What took it again.</param>
    /// <param name="took">How long that took.</param>
    public static ReplayReport Of(RecordedLog log, LogReplay replay, TimeSpan took)
    {
        VersionAgreement[] versions = [.. replay.Versions];
        return new ReplayReport
        {
            Log = LogSummary.Of(log), Same = versions.Sum(v => v.Same), Differing = versions.Sum(v => v.Differing), Versions = versions,
            IsMissingVersions = replay.IsMissingVersions, First = [.. replay.Differing.Select(DecisionPair.Of)], Seconds = took.TotalSeconds,
        };
    }
}
