namespace StreamSched.Core.Policies;

/// <summary>By what the placements are found that a policy sees, where there are more than it can look at closely.</summary>
/// <param name="Price">Parameters of the price rule.</param>
/// <param name="IsCorrected">
/// Whether the policy corrects the on-time probability: of placements that the rule finds tight, those that it may find safe are seen too.
/// </param>
public sealed record FirstPassRule(PriceParameters Price, bool IsCorrected);
