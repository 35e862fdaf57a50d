using System.Text.Json;

namespace StreamSched.Simulation.Experiments;

/// <summary>What a live experiment has shown.</summary>
public sealed record LiveReport
{
    /// <summary>Where its figures are from; simulated.</summary>
    public required Provenance Provenance { get; init; }

    /// <summary>The policy that serves.</summary>
    public required string Policy { get; init; }

    /// <summary>The first eight bytes of its file's SHA-256.</summary>
    public required string Digest { get; init; }

    /// <summary>How many seeds.</summary>
    public required int Seeds { get; init; }

    /// <summary>One for each world.</summary>
    public required IReadOnlyList<LiveCell> Cells { get; init; }

    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunStore.Indented);
}
