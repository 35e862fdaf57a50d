using System.Text.Json;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Simulation.BadCandidates;

/// <summary>What became of bad candidates.</summary>
/// <param name="Provenance">Where its figures are from; simulated.</param>
/// <param name="Digest">The first eight bytes of the champion file's SHA-256.</param>
/// <param name="Seeds">How many seeds.</param>
/// <param name="Days">The worlds.</param>
internal sealed record CandidatesReport(Provenance Provenance, string Digest, int Seeds, IReadOnlyList<CandidateDay> Days)
{
    /// <summary>By kind, in the order of the catalogue.</summary>
    public IReadOnlyList<CandidatesCell> Cells { get; } =
        [.. BadKinds.All.Where(k => Days.Any(d => d.Fates.Any(f => f.Kind == k.Name))).Select(k => CandidatesCell.Of(k.Name, Days))];

    /// <summary>Those that reached a trial, by kind and load.</summary>
    public IReadOnlyList<CandidatesTruth> Truths { get; } =
    [
        .. from kind in BadKinds.All
           from load in Days.Select(d => d.Load).Distinct()
           let truth = CandidatesTruth.Of(kind.Name, load, Days)
           where truth is not null
           select truth,
    ];

    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunStore.Indented);
}
