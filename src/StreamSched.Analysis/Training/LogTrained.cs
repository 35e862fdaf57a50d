using StreamSched.Analysis.Replays;
using StreamSched.Core.Registry;

namespace StreamSched.Analysis.Training;

/// <summary>A policy that was trained from the earlier part of a log.</summary>
internal sealed record LogTrained
{
    /// <summary>Its file, kept to what the log supports.</summary>
    public required LoadedPolicy File { get; init; }

    /// <summary>The policy, to be asked what it would do.</summary>
    public required RecordedPolicy Policy { get; init; }

    /// <summary>Who logged.</summary>
    public required RecordedPolicy Logger { get; init; }

    /// <summary>Requests of the earlier part.</summary>
    public required int Decisions { get; init; }

    /// <summary>Of these, how many tell what is learned.</summary>
    public required int Used { get; init; }

    /// <summary>When the last of them was decided, µs since 1970.</summary>
    public required long Last { get; init; }

    /// <summary>Records of which nothing was learned, by the reason.</summary>
    public required IReadOnlyDictionary<string, long> LeftOut { get; init; }

    /// <summary>Share of the later decisions in which the policy that logged decides.</summary>
    public required double Kept { get; init; }
}
