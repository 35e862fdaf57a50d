using StreamSched.Core.Serving;

namespace StreamSched.Analysis.Twins;

/// <summary>How long runs of a variant on a processor really took, beside what was registered.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Processor">The processor.</param>
/// <param name="Registered">What the worker registered.</param>
/// <param name="Sizes">Batch sizes at which the times bend.</param>
/// <param name="Factors">At each of them, real over registered time while the worker was as quick as usual and nothing ran beside.</param>
/// <param name="Sigma">Standard deviation of the logarithm of a request's part in a run's scatter.</param>
/// <param name="Runs">How many runs that is from.</param>
internal sealed record ServiceFit(string Variant, string Processor, ServiceTable Registered, int[] Sizes, double[] Factors, double Sigma, int Runs)
{
    /// <summary>Registered seconds at a size.</summary>
    /// <param name="i">Index of the size.</param>
    public double Told(int i) => Registered.Seconds(Sizes[i]);

    /// <summary>Real seconds at a size.</summary>
    /// <param name="i">Index of the size.</param>
    public double True(int i) => Registered.Seconds(Sizes[i]) * Factors[i];
}
