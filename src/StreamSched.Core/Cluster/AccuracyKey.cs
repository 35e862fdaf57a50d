namespace StreamSched.Core.Cluster;

/// <summary>What an accuracy is estimated of: a variant at the workers of a site, with the frames of the devices of a site.</summary>
/// <param name="Task">The task.</param>
/// <param name="Variant">The variant.</param>
/// <param name="Site">The workers' site; <see cref="AccuracyEstimate.Everywhere"/>: all.</param>
/// <param name="Origin">The devices' site; <see cref="AccuracyEstimate.Everywhere"/>: all.</param>
public readonly record struct AccuracyKey(string Task, string Variant, string Site, string Origin)
{
    /// <summary>The same over all sites.</summary>
    public AccuracyKey Everywhere => new(Task, Variant, AccuracyEstimate.Everywhere, AccuracyEstimate.Everywhere);

    /// <summary>The same of more labels, the nearest first: of these devices everywhere, of all devices there, of all devices everywhere. Not itself.</summary>
    public IEnumerable<AccuracyKey> Wider
    {
        get
        {
            bool hasSite = Site != AccuracyEstimate.Everywhere, hasOrigin = Origin != AccuracyEstimate.Everywhere;
            if (hasSite && hasOrigin)
            {
                yield return this with { Site = AccuracyEstimate.Everywhere };
                yield return this with { Origin = AccuracyEstimate.Everywhere };
            }

            if (hasSite || hasOrigin) yield return Everywhere;
        }
    }
}
