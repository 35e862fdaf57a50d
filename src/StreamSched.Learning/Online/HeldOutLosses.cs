namespace StreamSched.Learning.Online;

/// <summary>Losses of a period, and when a period is over.</summary>
/// <param name="settings">When that is, and what is clear.</param>
/// <param name="least">A period goes on until it has so many.</param>
internal sealed class HeldOutLosses(OnTimeLearnerSettings settings, int least)
{
    private double _rule, _champion, _candidate, _squares;
    private int _count;
    private long _began = long.MinValue;

    /// <summary>Takes the losses of one outcome.</summary>
    /// <param name="rule">Of the rule alone; 0: there is none.</param>
    /// <param name="champion">Of what serves.</param>
    /// <param name="candidate">Of what learns.</param>
    public void Add(double rule, double champion, double candidate)
    {
        (_rule, _champion, _candidate) = (_rule + rule, _champion + champion, _candidate + candidate);
        _squares += (champion - candidate) * (champion - candidate);
        _count++;
    }

    /// <summary>The score of the period, if it is over; the next one begins.</summary>
    /// <param name="now">µs.</param>
    /// <returns>null: it is not over.</returns>
    public LearnedPeriod? End(long now)
    {
        if (_began == long.MinValue) _began = now;
        bool isOver = _count >= settings.PeriodOutcomes || (_count >= least && (now - _began) * 1e-6 >= settings.Period.TotalSeconds);
        if (!isOver) return null;
        _began = now;
        HeldOutScore score = End();
        return new LearnedPeriod(score, IsClearlyBetter(score));
    }

    /// <summary>The score of what came since the last one; the next period begins.</summary>
    public HeldOutScore End()
    {
        int n = Math.Max(1, _count);
        double gain = (_champion - _candidate) / n, variance = Math.Max(0, (_squares / n) - (gain * gain));
        HeldOutScore score = new(_count, _rule / n, _champion / n, _candidate / n, gain, Math.Sqrt(variance / n));
        (_rule, _champion, _candidate, _squares, _count) = (0, 0, 0, 0, 0);
        return score;
    }

    /// <summary>Whether what learns has become worse than what serves, so that it is given up for that.</summary>
    /// <param name="score">The score.</param>
    public bool IsClearlyWorse(HeldOutScore score) => score.Gain < 0 && score.Gain < -settings.Clear * score.Error;

    private bool IsClearlyBetter(HeldOutScore score) => score.Gain > 0 && score.Gain >= settings.Clear * score.Error;
}
