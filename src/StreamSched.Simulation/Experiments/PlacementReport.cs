using System.Text.Json.Serialization;

namespace StreamSched.Simulation.Experiments;

/// <summary>Delay, accuracy, energy and cost of the answers from one kind of placement, or of several together.</summary>
/// <param name="Site">The workers' site.</param>
/// <param name="Tier">The site's tier.</param>
/// <param name="Class">The workers' class; empty: all.</param>
/// <param name="Variant">The model variant; empty: all.</param>
/// <param name="Share">Of all answers.</param>
/// <param name="Latency">Mean seconds until the device held the answer.</param>
/// <param name="Accuracy">Mean over the answers.</param>
/// <param name="Energy">Mean joules per answer, modelled.</param>
/// <param name="Cost">Mean cost per answer.</param>
public sealed record PlacementReport(
    string Site, string Tier, string Class, string Variant, double Share, double Latency, double Accuracy, double Energy,
    [property: JsonPropertyName("money")] double Cost)
{
    /// <summary>Joins placements of the same key.</summary>
    /// <param name="placements">To be joined.</param>
    /// <param name="key">What must be the same; the result carries it.</param>
    public static IReadOnlyList<PlacementReport> By(
        IEnumerable<PlacementReport> placements, Func<PlacementReport, (string Site, string Tier, string Class, string Variant)> key) =>
    [
        .. from p in placements
           group p by key(p) into g
           let n = g.Sum(p => p.Share)
           select new PlacementReport(
               g.Key.Site, g.Key.Tier, g.Key.Class, g.Key.Variant, n, g.Sum(p => p.Share * p.Latency) / n, g.Sum(p => p.Share * p.Accuracy) / n,
               g.Sum(p => p.Share * p.Energy) / n, g.Sum(p => p.Share * p.Cost) / n),
    ];
}
