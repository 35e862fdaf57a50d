namespace StreamSched.Client;

/// <summary>How a device client waits.</summary>
public sealed record DeviceClientSettings
{
    /// <summary>Most requests that have no answer, or whose answer nobody took yet; beyond, sending waits.</summary>
    public int MaxOutstanding { get; init; } = 10_000;

    /// <summary>The deadline that the installation gives to requests which bring none; here it only limits the waiting.</summary>
    public TimeSpan DefaultDeadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after the deadline the schedulers answer EXPIRED.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How much longer to wait. Covers a take-over: a dead scheduler's requests are answered by another once the session time-out (6 s) is over.
    /// </summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What is wrong with the settings; empty if nothing is.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        if (MaxOutstanding is < 1 or > 1_000_000) problems.Add($"MaxOutstanding: {MaxOutstanding} is not within 1 to 1000000");
        foreach ((string name, TimeSpan value) in new[] { (nameof(DefaultDeadline), DefaultDeadline), (nameof(Grace), Grace), (nameof(Margin), Margin) })
            if (value < TimeSpan.Zero || value > TimeSpan.FromHours(1)) problems.Add($"{name}: {value} is not within 0 to 1 h");
        return problems;
    }
}
