using StreamSched.Frames;

namespace StreamSched.LoadGeneration;

/// <summary>What one device sends and when.</summary>
internal sealed record DevicePlan
{
    /// <summary>The device's id.</summary>
    public required string Device { get; init; }

    /// <summary>What it asks.</summary>
    public required string Task { get; init; }

    /// <summary>Its frames, played in order, again and again.</summary>
    public required IReadOnlyList<Frame> Frames { get; init; }

    /// <summary>The first frame to play.</summary>
    public int FirstFrame { get; init; }

    /// <summary>When to send, in ascending seconds since the start; the device is done when they end.</summary>
    public required IEnumerable<double> Arrivals { get; init; }

    /// <summary>Deadlines, taken in turn; null: the task's default.</summary>
    public IReadOnlyList<TimeSpan?> Deadlines { get; init; } = [null];

    /// <summary>Quality floors in 0..1, taken in turn; null: the user's.</summary>
    public IReadOnlyList<float?> MinAccuracies { get; init; } = [null];

    /// <summary>On whose behalf.</summary>
    public string? User { get; init; }

    /// <summary>Where it is attached.</summary>
    public string Site { get; init; } = "";
}
