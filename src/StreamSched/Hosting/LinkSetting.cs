using StreamSched.Core.Cluster;

namespace StreamSched.Hosting;

/// <summary>A link in a settings file.</summary>
internal sealed record LinkSetting
{
    /// <summary>A site.</summary>
    public string? From { get; init; }

    /// <summary>A site; the same in both directions.</summary>
    public string? To { get; init; }

    /// <summary>Mean delay of a small message.</summary>
    public double LatencyMs { get; init; }

    /// <summary>Standard deviation of that delay.</summary>
    public double JitterMs { get; init; }

    /// <summary>Bandwidth in Mbit/s; null: size does not matter.</summary>
    public double? MbitPerSecond { get; init; }

    /// <summary>What moving a gigabyte costs.</summary>
    public double CostPerGigabyte { get; init; }

    /// <summary>The link.</summary>
    public Link ToLink() => new(
        (float)(LatencyMs / 1000), (float)(JitterMs / 1000), MbitPerSecond is { } rate ? (float)(rate * 1e6 / 8) : float.PositiveInfinity,
        (float)CostPerGigabyte);
}
