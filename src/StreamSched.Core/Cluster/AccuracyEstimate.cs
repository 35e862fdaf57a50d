namespace StreamSched.Core.Cluster;

/// <summary>What labels have shown of a variant's accuracy.</summary>
/// <param name="Task">The task.</param>
/// <param name="Variant">The variant.</param>
/// <param name="Site">Where it ran; <see cref="Everywhere"/>: at all sites that are not told apart.</param>
/// <param name="Origin">The site of the devices whose frames it was given; <see cref="Everywhere"/>: all that are not told apart.</param>
/// <param name="Mean">What an answer is worth by, 0..1.</param>
/// <param name="Lower">What a quality floor may count on, 0..1.</param>
/// <param name="Labels">How many labels it rests on; what is old counts less.</param>
public readonly record struct AccuracyEstimate(string Task, string Variant, string Site, string Origin, float Mean, float Lower, double Labels)
{
    /// <summary>Stands for all sites.</summary>
    public const string Everywhere = "";

    /// <summary>What it is an estimate of.</summary>
    public AccuracyKey Key => new(Task, Variant, Site, Origin);
}
