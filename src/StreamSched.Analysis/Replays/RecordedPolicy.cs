using StreamSched.Core.Policies;

namespace StreamSched.Analysis.Replays;

/// <summary>A policy that took recorded decisions.</summary>
/// <param name="Kind">The registered policy that it is of.</param>
/// <param name="Make">Makes it, given the price rule's parameters of the scheduler that used it; null: it cannot be asked again.</param>
/// <param name="Refusal">Why it cannot; null: it can.</param>
internal sealed record RecordedPolicy(string Kind, Func<PriceParameters, PreparedPolicy>? Make, string? Refusal)
{
    private PriceParameters? _price;
    private ISchedulingPolicy? _made;

    /// <summary>The policy, made once for the same parameters.</summary>
    /// <param name="price">The price rule's parameters.</param>
    public ISchedulingPolicy With(PriceParameters price)
    {
        if (_made is null || !ReferenceEquals(_price, price)) (_price, _made) = (price, Make!(price).Policy);
        return _made;
    }
}
