using StreamSched.Core.Policies;

namespace StreamSched.Learning.Rollouts;

/// <summary>What the challenger would have done with a request that was served without it.</summary>
public readonly record struct ShadowOutcome
{
    /// <summary>Whether the challenger was asked anything; false: nothing else counts.</summary>
    public bool Asked { get; init; }

    /// <summary>What it would have chosen.</summary>
    public ShadowChoice Choice { get; init; }

    /// <summary>The champion's logit that the placement which was served is on time; null: it forecasts nothing.</summary>
    public float? ChampionLogit { get; init; }

    /// <summary>The challenger's logit that the same placement is on time; null: it forecasts nothing.</summary>
    public float? ChallengerLogit { get; init; }

    /// <summary>Net utility of the challenger's choice less that of the champion's, in points, by the critic; null: not told.</summary>
    public double? NetUtility { get; init; }
}
