using StreamSched.Core.Policies;
using StreamSched.Core.Registry;

namespace StreamSched.Analysis.Replays;

/// <summary>A policy that took recorded decisions. For one thread.</summary>
/// <param name="kind">The registered policy that it is of.</param>
/// <param name="make">Makes it, given the price rule's parameters of the scheduler that used it; null: this build cannot.</param>
/// <param name="refusal">Why it cannot be asked again; null: it can.</param>
internal sealed class RecordedPolicy(string kind, Func<PriceParameters, PreparedPolicy>? make, string? refusal)
{
    private PriceParameters? _price;
    private ISchedulingPolicy? _made;

    /// <summary>The registered policy that it is of.</summary>
    public string Kind => kind;

    /// <summary>Why it cannot be asked again; null: it can.</summary>
    public string? Refusal => refusal;

    /// <summary>Its file; null: it needs none, or nobody has it.</summary>
    public LoadedPolicy? File { get; init; }

    /// <summary>Whether it can be made, if only to decide anew.</summary>
    public bool IsMade => make is not null;

    /// <summary>Makes it for a scheduler. To be called only where it can be made.</summary>
    /// <param name="price">The price rule's parameters.</param>
    public PreparedPolicy Prepare(PriceParameters price) => make!(price);

    /// <summary>The policy, made once for the same parameters. To be called only where it can be asked.</summary>
    /// <param name="price">The price rule's parameters.</param>
    public ISchedulingPolicy With(PriceParameters price)
    {
        if (_made is null || !ReferenceEquals(_price, price)) (_price, _made) = (price, Prepare(price).Policy);
        return _made;
    }

    /// <summary>The same for another thread.</summary>
    public RecordedPolicy Another() => new(kind, make, refusal) { File = File };
}
