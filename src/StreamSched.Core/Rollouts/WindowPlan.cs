using StreamSched.Core.Policies;

namespace StreamSched.Core.Rollouts;

/// <summary>
/// Who serves when: a switchback in balanced pairs (Hu and Wager, arXiv 2209.00197). Two neighbouring windows are a pair. A hash of seed and pair number
/// draws which pairs are trial pairs and which of their two windows is the trial's, so schedulers agree without talking. All other windows are the
/// champion's.
/// </summary>
public sealed record WindowPlan
{
    /// <summary>When window 0 begins, µs since 1970; before it the champion serves.</summary>
    public required long Start { get; init; }

    /// <summary>From here on the champion serves alone again, whoever has died meanwhile, µs since 1970.</summary>
    public long End { get; init; } = long.MaxValue;

    /// <summary>Length of a window, µs.</summary>
    public required long Length { get; init; }

    /// <summary>Not counted at the start of each window, since queues still hold the former window's work, µs.</summary>
    public long BurnIn { get; init; }

    /// <summary>Not counted at the end of each window, since the next window's work can delay what arrives there, µs.</summary>
    public long Tail { get; init; }

    /// <summary>Of the windows: those that are not the champion's. 0..0.5.</summary>
    public required double Share { get; init; }

    /// <summary>Key of the hash.</summary>
    public required long Seed { get; init; }

    /// <summary>Whether windows of a trial belong to the policy that served before; false: to the challenger.</summary>
    public bool HoldsBack { get; init; }

    /// <summary>Whether those windows show what learning is worth: accuracies are as registered in them.</summary>
    public bool IsBaseline { get; init; }

    /// <summary>Who serves at an instant.</summary>
    /// <param name="now">µs since 1970.</param>
    public ArmWindow At(long now)
    {
        if (now < Start || now >= End) return new ArmWindow(Arm.Champion, -1);
        int window = (int)Math.Min((now - Start) / Length, int.MaxValue);
        ulong drawn = Draw(window >> 1);
        if (!IsTrial(drawn) || (drawn & 1) != (ulong)(window & 1)) return new ArmWindow(Arm.Champion, window);
        return new ArmWindow(HoldsBack ? Arm.HoldBack : Arm.Challenger, window);
    }

    /// <summary>Whether what arrives at an instant counts: it lies in a window, after the burn-in and before the tail.</summary>
    /// <param name="at">µs since 1970.</param>
    public bool Counts(long at)
    {
        if (at < Start || at >= End) return false;
        long into = (at - Start) % Length;
        return into >= BurnIn && into < Length - Tail;
    }

    /// <summary>Whether one of a pair's two windows is not the champion's.</summary>
    /// <param name="pair">Windows 2 × pair and 2 × pair + 1.</param>
    public bool IsTrialPair(int pair) => IsTrial(Draw(pair));

    /// <summary>All that is wrong with this plan, in words; empty if nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (Start < 0) errors.Add($"start: {Start} is negative");
        if (End <= Start) errors.Add($"end: {End} is not after the start");
        if (Length < 1000) errors.Add($"length: {Length} µs is less than a millisecond");
        if (BurnIn < 0) errors.Add($"burnIn: {BurnIn} is negative");
        if (Tail < 0) errors.Add($"tail: {Tail} is negative");
        if (BurnIn >= 0 && Tail >= 0 && BurnIn > Length - Tail) errors.Add($"length: {Length} leaves nothing between burn-in {BurnIn} and tail {Tail}");
        if (Share is not (>= 0 and <= 0.5)) errors.Add($"share: {Share} is not in 0..0.5");
        return errors;
    }

    // The lowest bit draws the order, the highest 53 whether the pair is one of the trial.
    private ulong Draw(int pair)
    {
        RandomStream key = new((ulong)Seed);
        RandomStream hash = new(key.NextUInt64() ^ (ulong)pair);
        return hash.NextUInt64();
    }

    private bool IsTrial(ulong drawn) => (drawn >> 11) * (1.0 / (1UL << 53)) < 2 * Share;
}
