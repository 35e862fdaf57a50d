using StreamSched.Core.Policies;
using StreamSched.Learning.Rollouts;

namespace StreamSched.Learning.Online;

/// <summary>What a learner learns, and how what it proposes is judged.</summary>
public sealed record LiveLearnerSettings
{
    /// <summary>What outcomes are worth; the schedulers' own.</summary>
    public ValueWeights Value { get; init; } = new();

    /// <summary>How labels are believed.</summary>
    public AccuracySettings Accuracy { get; init; } = new();

    /// <summary>How the on-time network learns.</summary>
    public OnTimeLearnerSettings OnTime { get; init; } = new();

    /// <summary>How candidates are judged.</summary>
    public RolloutSettings Rollout { get; init; } = new();

    /// <summary>Whether labels move what schedulers believe of accuracies.</summary>
    public bool LearnsAccuracy { get; init; } = true;

    /// <summary>Whether better networks are proposed.</summary>
    public bool Proposes { get; init; } = true;

    /// <summary>Most by which the schedulers' clocks differ.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Estimates of accuracies are told so often.</summary>
    public TimeSpan TellPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>An estimate that has moved by less is not told again.</summary>
    public float Noticed { get; init; } = 0.005f;

    /// <summary>Of what is drawn.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What is wrong with the settings; empty: nothing.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [.. Accuracy.Validate(), .. OnTime.Validate(), .. Rollout.Validate()];
        if (TellPeriod <= TimeSpan.Zero) errors.Add("the period of telling accuracies must be positive");
        if (Noticed is not (>= 0 and < 1)) errors.Add("what is noticed of an accuracy must be in 0..1");
        return errors;
    }
}
