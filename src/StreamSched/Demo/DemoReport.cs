using System.Text.Json.Serialization;

namespace StreamSched.Demo;

/// <summary>What one policy made of the frames.</summary>
internal sealed record DemoReport
{
    public required string Policy { get; init; }

    /// <summary>Of arrivals and frames.</summary>
    public required ulong Seed { get; init; }

    public required double Seconds { get; init; }

    public required long Sent { get; init; }

    /// <summary>On time, over all sent.</summary>
    public required double Success { get; init; }

    /// <summary>Refused at once, over all sent.</summary>
    public required double Reject { get; init; }

    /// <summary>Late, expired, failed or unanswered, over all sent.</summary>
    public required double Failure { get; init; }

    public required IReadOnlyDictionary<string, long> Rejects { get; init; }

    public required long Expired { get; init; }

    public required long Late { get; init; }

    public required long Failed { get; init; }

    public required long NoAnswer { get; init; }

    public required long Duplicates { get; init; }

    public required double Throughput { get; init; }

    /// <summary>Share of the answers on time whose label is the true one.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Right and on time, over all sent: a miss counts as wrong.</summary>
    public required double AccuracyCountingMisses { get; init; }

    public required double LatencyP50Ms { get; init; }

    public required double LatencyP95Ms { get; init; }

    public required double LatencyP99Ms { get; init; }

    public required double EnergyJoules { get; init; }

    public required string EnergySource { get; init; }

    [JsonPropertyName("money")]
    public required double Cost { get; init; }

    /// <summary>The preset that says what an answer is worth.</summary>
    public required string Value { get; init; }

    /// <summary>What a request was worth in the mean, by that preset: right answers in time, less energy, latency and cost.</summary>
    public required double Utility { get; init; }

    /// <summary>What was emulated to change.</summary>
    public required IReadOnlyList<DemoChange> Timetable { get; init; }

    /// <summary>The same world in the simulator, under every simple rule; null: not simulated.</summary>
    public DemoComparison? InHindsight { get; init; }

    /// <summary>What learning has been worth; null: nothing learned.</summary>
    public DemoLearning? Learning { get; init; }

    /// <summary>Measured one-way delay of the emulated link to the cloud, in the median.</summary>
    public required double CloudDelayMs { get; init; }

    public required IReadOnlyList<DemoPlacement> Placements { get; init; }

    public required IReadOnlyList<DemoDeviceReport> Devices { get; init; }
}
