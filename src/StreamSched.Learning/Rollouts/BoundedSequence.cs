namespace StreamSched.Learning.Rollouts;

/// <summary>
/// A confidence sequence for the mean of bounded values, exact at all times at once: the empirical Bernstein one by predictable plug-in (Waudby-Smith,
/// Ramdas, arXiv 2010.09686, two-sided). Each value needs its mean given the past alone to be the same, not independence; where that mean moves,
/// the interval is about its weighted average so far.
/// </summary>
/// <param name="low">No value is lower.</param>
/// <param name="high">No value is higher.</param>
/// <param name="alpha">Probability that any interval misses.</param>
internal sealed class BoundedSequence(double low, double high, double alpha)
{
    private const double MostBet = 0.75;
    private readonly double _logAlpha = Math.Log(2 / alpha);
    private double _mean = 0.5, _squares = 0.25, _bets, _weighted, _spread;

    /// <summary>How many values.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a value; one outside of the bounds counts as the bound.</summary>
    /// <param name="value">A finite number.</param>
    public void Add(double value)
    {
        double x = (Math.Clamp(value, low, high) - low) / (high - low);
        Count++;
        double bet = Math.Min(MostBet, Math.Sqrt(2 * _logAlpha / (_squares * Math.Log(1 + Count))));
        double surprise = x - _mean;
        _bets += bet;
        _weighted += bet * x;
        _spread += surprise * surprise * (-Math.Log(1 - bet) - bet);
        _mean += surprise / (Count + 1);
        _squares += (x - _mean) * (x - _mean);
    }

    /// <summary>What the values say so far.</summary>
    /// <param name="judge">Whose they are.</param>
    public Evidence Evaluate(string judge)
    {
        if (Count == 0) return new Evidence(judge, 0, 0, low, high, alpha);
        double mean = _weighted / _bets, half = (_logAlpha + _spread) / _bets, range = high - low;
        return new Evidence(judge, Count, low + (range * mean), low + (range * Math.Max(0, mean - half)), low + (range * Math.Min(1, mean + half)), alpha);
    }
}
