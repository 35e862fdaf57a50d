using StreamSched.Core.Policies;

namespace StreamSched.Tests.Rollouts;

/// <summary>
/// Four servers with one queue and two model sizes: what one arm does, the other meets. The careful policy takes the large model only while nobody waits,
/// the greedy one whenever its own request still makes its deadline.
/// </summary>
internal sealed class SharedQueue(ulong seed, double arrivalsPerSecond = 400)
{
    private const double Deadline = 0.060, Large = 0.020, Small = 0.008, LargeAccuracy = 0.9, SmallAccuracy = 0.7, Spread = 0.2, Safety = 1.3;
    private readonly double[] _free = new double[4];
    private RandomStream _random = new(seed);
    private bool _arrived;

    /// <summary>The time, in seconds.</summary>
    public double Now { get; private set; }

    /// <summary>Goes on to the next request.</summary>
    /// <returns>When it comes, µs.</returns>
    public long Arrive()
    {
        Now += _random.NextExponential() / arrivalsPerSecond;
        _arrived = true;
        return (long)(Now * 1e6);
    }

    /// <summary>Serves the request that has come, or the next one.</summary>
    /// <param name="greedy">By which policy.</param>
    public (double Value, bool Rejected, bool Missed) Serve(bool greedy)
    {
        if (!_arrived) Arrive();
        _arrived = false;
        double noise = Math.Exp((Spread * _random.NextNormal()) - (Spread * Spread / 2));
        int server = Array.IndexOf(_free, _free.Min());
        double waiting = Math.Max(0, _free[server] - Now);
        bool large = greedy ? waiting + (Large * Safety) <= Deadline : waiting < 0.010;
        if (!large && waiting + (Small * Safety) > Deadline) return (0, true, false);
        double service = (large ? Large : Small) * noise;
        _free[server] = Math.Max(_free[server], Now) + service;
        bool missed = waiting + service > Deadline;
        return (missed ? 0 : large ? LargeAccuracy : SmallAccuracy, false, missed);
    }
}
