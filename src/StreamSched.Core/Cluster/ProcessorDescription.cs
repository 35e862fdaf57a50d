namespace StreamSched.Core.Cluster;

/// <summary>One processor of a worker.</summary>
public sealed record ProcessorDescription
{
    /// <summary>Its name within the worker.</summary>
    public required string Id { get; init; }

    /// <summary>How many batches run at the same time.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>Power drawn with nothing to do, in watts.</summary>
    public float IdleWatts { get; init; }

    /// <summary>Power drawn while running, in watts.</summary>
    public float ActiveWatts { get; init; }

    /// <summary>Price of an hour of it, in the settings' currency.</summary>
    public float TariffPerHour { get; init; }

    /// <summary>Memory for models; 0: not limited.</summary>
    public long MemoryBytes { get; init; }
}
