namespace StreamSched.Core.Scheduling;

/// <summary>What is left to the choice of the price rule; the prices themselves are the view's.</summary>
public sealed record PriceParameters
{
    /// <summary>θ: what rejecting is worth.</summary>
    public float RejectScore { get; init; }

    /// <summary>T: scale of the noise that breaks ties, in units of value.</summary>
    public float Temperature { get; init; } = 0.003f;
}
