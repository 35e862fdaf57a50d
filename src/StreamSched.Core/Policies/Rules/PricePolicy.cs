using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>The price rule as it is (<see cref="PriceRule"/>).</summary>
/// <param name="parameters">θ and T.</param>
internal sealed class PricePolicy(PriceParameters parameters) : ISchedulingPolicy
{
    public string Name => PolicyNames.Price;

    public WaitingRule Waiting => PriceRule.Waiting;

    public FirstPassRule? FirstPass { get; } = new(parameters, IsCorrected: false);

    public Choice Choose(ref DecisionContext context) => PriceRule.Choose(ref context, parameters);
}
