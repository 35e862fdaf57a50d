using StreamSched.Core.Serving;

namespace StreamSched.Simulation.Scenarios;

/// <summary>Measured times of a variant on a processor of a class.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Processor">The processor within the worker.</param>
/// <param name="Batches">Measured batch sizes, ascending from 1.</param>
/// <param name="Seconds">Batch time at each.</param>
/// <param name="MaxBatch">Largest batch to form.</param>
/// <param name="Noise">Scatter.</param>
internal sealed record ServiceDefinition(string Variant, string Processor, int[] Batches, float[] Seconds, int MaxBatch, ServiceNoise Noise)
{
    /// <summary>What workers register instead; null: what is true, times the worker's factor.</summary>
    public (int[] Batches, float[] Seconds)? Registered { get; init; }
}
