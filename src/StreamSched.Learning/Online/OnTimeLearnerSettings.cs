namespace StreamSched.Learning.Online;

/// <summary>How an on-time network learns from outcomes.</summary>
public sealed record OnTimeLearnerSettings
{
    /// <summary>A period of learning ends after so long, or after <see cref="PeriodOutcomes"/>.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A period of learning ends after so many outcomes at most.</summary>
    public int PeriodOutcomes { get; init; } = 10_000;

    /// <summary>A shorter period is continued: fewer outcomes say nothing.</summary>
    public int LeastOutcomes { get; init; } = 500;

    /// <summary>Outcomes that are remembered.</summary>
    public int Remembered { get; init; } = 40_000;

    /// <summary>How often each outcome of a period is learned from in it.</summary>
    public float Passes { get; init; } = 2;

    /// <summary>Part of each batch that is from simulated worlds, so that nothing is forgotten that this cluster does not show now; 0..0.9.</summary>
    public float SimulatedShare { get; init; } = 0.5f;

    /// <summary>Of Adam.</summary>
    public float LearningRate { get; init; } = 1e-3f;

    /// <summary>A candidate is proposed once its logarithmic score, on outcomes that it has not learned from, is better by so many standard errors.</summary>
    public double Clear { get; init; } = 3;

    /// <summary>And by so many nats an outcome.</summary>
    public double LeastGain { get; init; } = 0.002;

    /// <summary>What is wrong with the settings; empty: nothing.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (Period < TimeSpan.FromSeconds(1)) errors.Add("the period must be a second at least");
        if (LeastOutcomes < 1 || PeriodOutcomes < LeastOutcomes) errors.Add("the outcomes of a period must be positive, and not fewer than the least");
        if (Remembered < 256) errors.Add("at least 256 outcomes must be remembered");
        if (Passes is not (> 0 and <= 100)) errors.Add("the passes must be above 0 and at most 100");
        if (SimulatedShare is not (>= 0 and <= 0.9f)) errors.Add("the simulated share must be in 0..0.9");
        if (LearningRate is not (> 0 and < 1)) errors.Add("the learning rate must be between 0 and 1");
        if (!(Clear >= 0) || !(LeastGain >= 0)) errors.Add("what makes a candidate better must not be negative");
        return errors;
    }
}
