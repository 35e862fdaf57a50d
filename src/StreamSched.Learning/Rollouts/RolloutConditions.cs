namespace StreamSched.Learning.Rollouts;

/// <summary>What the lengths of windows follow from.</summary>
/// <param name="AutocorrelationTime">After so long the backlog has forgotten where it was.</param>
/// <param name="LongestDeadline">The longest time from a request's arrival to its deadline.</param>
/// <param name="ClockSkew">Most by which two clocks differ.</param>
public readonly record struct RolloutConditions(TimeSpan AutocorrelationTime, TimeSpan LongestDeadline, TimeSpan ClockSkew);
