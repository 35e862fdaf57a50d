namespace StreamSched.Schedulers;

/// <summary>
/// How long a scheduler's records wait for others to share a produce request with. A request carries records of one partition only, and a broker takes some ten
/// thousand of them a second, so what counts is how many records per second one topic gets: the rate of all requests over the number of workers that share
/// them. Where nothing comes within the wait, waiting only adds delay; where much comes, it saves processor time on both sides. The measurements are in
/// docs/performance.md (<c>streamsched bench linger</c>).
/// </summary>
internal sealed record BatchingRule
{
    /// <summary>Wait of work for a topic with few records. Not waiting is safe under load too: while requests are under way, the client gathers what
    /// comes.</summary>
    public TimeSpan Slow { get; init; } = TimeSpan.Zero;

    /// <summary>Wait of work for a topic with many records.</summary>
    public TimeSpan Fast { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Records per second from which a topic has many: five share a request then.</summary>
    public double FastRate { get; init; } = 2500;

    /// <summary>Wait of decision records, which nobody waits for: at the wait of work they would take as many produce requests as the work itself.</summary>
    public TimeSpan Decisions { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How often rates are looked at.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether a topic has many records. One that had keeps its place down to half the rate, so that it does not go to and fro.</summary>
    /// <param name="rate">Records per second.</param>
    /// <param name="was">Whether it had many.</param>
    public bool IsFast(double rate, bool was) => rate >= (was ? FastRate / 2 : FastRate);
}
