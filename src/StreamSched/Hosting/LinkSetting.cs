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
    public double MoneyPerGigabyte { get; init; }

    /// <summary>The link.</summary>
    public Link ToLink() => new(
        (float)(LatencyMs / 1000), (float)(JitterMs / 1000), MbitPerSecond is { } rate ? (float)(rate * 1e6 / 8) : float.PositiveInfinity, (float)MoneyPerGigabyte);

    /// <summary>What is wrong with it.</summary>
    /// <param name="place">Where it stands.</param>
    public IEnumerable<string> Validate(string place)
    {
        if (LatencyMs is not (>= 0 and <= 60_000)) yield return $"{place}.latencyMs: {LatencyMs} is not in 0..60000";
        if (JitterMs is not (>= 0 and <= 60_000)) yield return $"{place}.jitterMs: {JitterMs} is not in 0..60000";
        if (MbitPerSecond is not (null or > 0)) yield return $"{place}.mbitPerSecond: {MbitPerSecond} is not positive";
        if (MoneyPerGigabyte is not (>= 0 and <= 1e9)) yield return $"{place}.moneyPerGigabyte: {MoneyPerGigabyte} is not in 0..1e9";
    }
}
