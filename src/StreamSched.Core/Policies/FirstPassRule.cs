namespace StreamSched.Core.Policies;

/// <summary>By what the placements are found that a policy sees, where there are more than it can look at closely.</summary>
/// <param name="Price">Parameters of the price rule.</param>
/// <param name="Optimism">
/// Added to the logit of the on-time probability: as much as a policy that corrects it might add. Of placements that the rule finds tight, those that such a
/// policy finds safe are seen too. 0 for the rule itself.
/// </param>
public sealed record FirstPassRule(PriceParameters Price, float Optimism);
