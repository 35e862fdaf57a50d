using StreamSched.Core.Rollouts;

namespace StreamSched.Core.Scheduling;

/// <summary>Which policy serves, and which windows are another one's.</summary>
/// <param name="Champion">The one that serves.</param>
/// <param name="Other">The challenger, or the former champion; null: none.</param>
/// <param name="Windows">Which windows are the other's; null: there is no other, or the caller says whose turn it is.</param>
/// <param name="Shadow">A policy that serves nothing and is asked about some requests, to see what it would do; null: none.</param>
public sealed record ServingPlan(ServingPolicy Champion, ServingPolicy? Other = null, WindowPlan? Windows = null, ServingPolicy? Shadow = null);
