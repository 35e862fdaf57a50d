namespace StreamSched.Analysis.Estimation;

/// <summary>
/// A confidence sequence for what a policy would have earned per round, or for how much more than the one that logged: <see cref="ValueSequence"/> from below
/// and, with what each round missed in place of what it earned, from above. Both have a lower bound however large a weight is.
/// </summary>
/// <param name="low">No reward is lower.</param>
/// <param name="high">No reward is higher.</param>
/// <param name="alpha">Probability that any interval misses.</param>
/// <param name="isDifference">Whether it is about the difference to the policy that logged, paired round by round. Where that changes, so does the
/// difference, and the interval is about its mean so far, weighted by the bets.</param>
internal sealed class PolicySequence(double low, double high, double alpha, bool isDifference)
{
    private readonly ValueSequence _more = new(alpha / 2), _less = new(alpha / 2);
    private readonly double _paired = isDifference ? 1 : 0;

    /// <summary>How many rounds.</summary>
    public long Count => _more.Count;

    /// <summary>Rewards outside of the bounds, which counted as the bound.</summary>
    public long Clamped { get; private set; }

    /// <summary>The interval at this moment.</summary>
    public (double Lower, double Upper) Interval
    {
        get
        {
            double range = high - low, scale = 1 + _paired, start = isDifference ? 0 : low;
            double lower = Math.Max(-_paired, (scale * _more.Lower) - _paired), upper = Math.Min(1, 1 - ((scale * _less.Lower) - _paired) - _paired);
            return (start + (range * lower), start + (range * upper));
        }
    }

    /// <summary>Adds a round.</summary>
    /// <param name="weight">π(a|x) / propensity, over the probability that the round is in the log in full; 0 if it is not.</param>
    /// <param name="reward">What it earned.</param>
    public void Add(double weight, double reward)
    {
        if (!(reward >= low) || !(reward <= high)) Clamped++;
        double x = double.IsNaN(reward) ? 0 : (Math.Clamp(reward, low, high) - low) / (high - low);
        _more.Add(((weight * x) + (_paired * (1 - x))) / (1 + _paired));
        _less.Add(((weight * (1 - x)) + (_paired * x)) / (1 + _paired));
    }
}
