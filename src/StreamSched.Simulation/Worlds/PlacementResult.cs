using System.Text.Json.Serialization;

namespace StreamSched.Simulation.Worlds;

/// <summary>What answers from one kind of placement were like: delay, accuracy, energy and cost, the four axes on which placements differ.</summary>
/// <param name="Site">The workers' site.</param>
/// <param name="Tier">The site's tier.</param>
/// <param name="Class">The workers' class.</param>
/// <param name="Variant">The model variant.</param>
/// <param name="Answers">How many requests of after the warm-up it answered.</param>
/// <param name="Latency">Mean seconds until the device held the answer.</param>
/// <param name="Accuracy">True mean accuracy of the answers.</param>
/// <param name="Energy">Mean joules per answer, modelled.</param>
/// <param name="Cost">Mean cost per answer: the worker's tariff and the links' price.</param>
public sealed record PlacementResult(
    string Site, string Tier, string Class, string Variant, long Answers, double Latency, double Accuracy, double Energy,
    [property: JsonPropertyName("money")] double Cost);
