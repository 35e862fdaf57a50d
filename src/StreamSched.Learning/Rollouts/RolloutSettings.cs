namespace StreamSched.Learning.Rollouts;

/// <summary>When a roll-out takes which step. Points are hundredths of value per request.</summary>
public sealed record RolloutSettings
{
    /// <summary>The name that stands in the steps that no person took.</summary>
    public string Learner { get; init; } = "learner";

    /// <summary>Key of all window plans.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Probability that any interval on which a day's steps rest is ever wrong.</summary>
    public double AlphaPerDay { get; init; } = 0.05;

    /// <summary>Probability that the intervals of one shadow are ever wrong. They only reject, so the day's budget does not pay for them.</summary>
    public double ShadowAlpha { get; init; } = 0.01;

    /// <summary>Most that trials may cost in an hour, in points of the value of that hour.</summary>
    public double LossPerHour { get; init; } = 0.5;

    /// <summary>No window is shorter.</summary>
    public TimeSpan ShortestWindow { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>No burn-in is shorter.</summary>
    public TimeSpan ShortestBurnIn { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>A plan begins so long after its step, so that all schedulers have read it.</summary>
    public TimeSpan Lead { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>So long after a window all of its outcomes have come; it ends with the longest deadline, so this is the join's patience.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Fewest outcomes of a shadow.</summary>
    public int ShadowOutcomes { get; init; } = 2000;

    /// <summary>Fewest requests of a shadow about which schedulers have asked it.</summary>
    public int ShadowChoices { get; init; } = 200;

    /// <summary>Shortest shadow.</summary>
    public TimeSpan ShadowTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest shadow; a challenger that has not passed by then is rejected.</summary>
    public TimeSpan ShadowLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>By so much a challenger's logarithmic score may be worse, in nats.</summary>
    public double ScoreMargin { get; init; } = 0.02;

    /// <summary>Largest share of requests for which a shadow may choose otherwise.</summary>
    public double MostDisagreement { get; init; } = 0.3;

    /// <summary>Largest share of requests for which a shadow may take too long.</summary>
    public double MostOverruns { get; init; } = 0.01;

    /// <summary>The challenger's share of the windows at first.</summary>
    public double FirstShare { get; init; } = 0.1;

    /// <summary>After so many pairs with <see cref="FirstShare"/> the challenger has half of the windows.</summary>
    public int FirstPairs { get; init; } = 8;

    /// <summary>Fewest pairs of an interval.</summary>
    public int LeastPairs { get; init; } = 8;

    /// <summary>A challenger that is better by its estimate passes once it is worse by less than this, in points.</summary>
    public double NotWorse { get; init; } = 0.1;

    /// <summary>A challenger without a verdict is rejected after its trial has run for so long.</summary>
    public TimeSpan TrialLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The effect on which there must be a verdict within <see cref="TrialLimit"/>, in points; else no candidate is taken.</summary>
    public double VerdictPoints { get; init; } = 0.5;

    /// <summary>Share of the windows that stays the former champion's.</summary>
    public double HoldBackShare { get; init; } = 0.05;

    /// <summary>Windows are held back for so long at least.</summary>
    public TimeSpan HoldBackTime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Windows are held back until there are so many pairs, and an interval.</summary>
    public int HoldBackPairs { get; init; } = 12;

    /// <summary>
    /// Share of the windows that are served as if nothing had been learned, while no other policy has windows: they show what learning is worth, and cost as
    /// much. 0: none.
    /// </summary>
    public double BaselineShare { get; init; }

    /// <summary>Probability that the interval of what learning is worth is ever wrong.</summary>
    public double BaselineAlpha { get; init; } = 0.05;

    /// <summary>All that is wrong with these settings, in words; empty if nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        Within("alphaPerDay", AlphaPerDay, 1e-6, 0.5);
        Within("shadowAlpha", ShadowAlpha, 1e-6, 0.5);
        Within("lossPerHour", LossPerHour, 0, 100);
        Within("scoreMargin", ScoreMargin, 0, 1);
        Within("mostDisagreement", MostDisagreement, 0, 1);
        Within("mostOverruns", MostOverruns, 0, 1);
        Within("firstShare", FirstShare, 0.001, 0.5);
        Within("holdBackShare", HoldBackShare, 0.001, 0.5);
        Within("baselineShare", BaselineShare, 0, 0.5);
        Within("baselineAlpha", BaselineAlpha, 1e-6, 0.5);
        Within("notWorse", NotWorse, 0, 100);
        Within("verdictPoints", VerdictPoints, 0.01, 100);
        Within("shadowOutcomes", ShadowOutcomes, 1, 1e9);
        Within("shadowChoices", ShadowChoices, 1, 1e9);
        Within("firstPairs", FirstPairs, 1, 1e6);
        Within("leastPairs", LeastPairs, 2, 1e6);
        Within("holdBackPairs", HoldBackPairs, 1, 1e6);
        Positive("shortestWindow", ShortestWindow);
        Positive("shortestBurnIn", ShortestBurnIn);
        Positive("shadowLimit", ShadowLimit);
        Positive("trialLimit", TrialLimit);
        NotNegative("lead", Lead);
        NotNegative("patience", Patience);
        NotNegative("shadowTime", ShadowTime);
        NotNegative("holdBackTime", HoldBackTime);
        if (Patience > Switchback.MostOpenPairs * ShortestWindow)
            errors.Add($"patience: {Patience} is longer than {Switchback.MostOpenPairs} windows of {ShortestWindow}");
        if (ShadowLimit <= ShadowTime) errors.Add($"shadowLimit: {ShadowLimit} is no longer than shadowTime {ShadowTime}");
        return errors;

        void Within(string name, double value, double least, double most)
        {
            if (!(value >= least && value <= most)) errors.Add($"{name}: {value} is not in {least}..{most}");
        }

        void Positive(string name, TimeSpan value)
        {
            if (value <= TimeSpan.Zero) errors.Add($"{name}: {value} is not positive");
        }

        void NotNegative(string name, TimeSpan value)
        {
            if (value < TimeSpan.Zero) errors.Add($"{name}: {value} is negative");
        }
    }
}
