using StreamSched.Core.Policies;

namespace StreamSched.Core.Scheduling;

/// <summary>A policy that users can name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="Create">Makes it.</param>
public sealed record PolicyRegistration(string Name, string Summary, Func<PriceParameters, ISchedulingPolicy> Create);
