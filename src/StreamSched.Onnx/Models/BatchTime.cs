namespace StreamSched.Onnx.Models;

/// <summary>
/// How long a run of one batch size takes on the machine itself, not slowed down. In µs as doubles, because a <see cref="TimeSpan"/> counts in steps of
/// 0.1 µs and the smallest models run for 2 µs.
/// </summary>
/// <param name="Batch">Items per run.</param>
/// <param name="Runs">How many runs were measured, after the warm-up.</param>
/// <param name="MedianMicros">Median time of a run.</param>
/// <param name="Percentile95Micros">What 95 % of the runs stayed within.</param>
/// <param name="DeviationMicros">Standard deviation over all runs, those that were disturbed included.</param>
/// <param name="SamplesMicros">Every run, in order; empty unless asked for.</param>
public sealed record BatchTime(
    int Batch, int Runs, double MedianMicros, double Percentile95Micros, double DeviationMicros, IReadOnlyList<double> SamplesMicros);
