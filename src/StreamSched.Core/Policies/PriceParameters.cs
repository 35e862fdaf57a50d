namespace StreamSched.Core.Policies;

/// <summary>What is left to the choice of the price rule; the prices themselves are the view's.</summary>
public sealed record PriceParameters
{
    /// <summary>θ: what rejecting is worth.</summary>
    public float RejectScore { get; init; }

    /// <summary>h: what goes wrong with a request on its way (a worker dies or slows down), per second until its answer: of placements that are all in time
    /// the quicker one is worth more.</summary>
    public float Hazard { get; init; } = 0.02f;

    /// <summary>T: scale of the noise that breaks ties, in units of value.</summary>
    public float Temperature { get; init; } = 0.0005f;
}
