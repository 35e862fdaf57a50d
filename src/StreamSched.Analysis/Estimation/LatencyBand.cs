namespace StreamSched.Analysis.Estimation;

/// <summary>A quantile of latencies with a bootstrap's interval, in seconds.</summary>
/// <param name="Value">The quantile.</param>
/// <param name="Lower">Lower end.</param>
/// <param name="Upper">Upper end.</param>
internal sealed record LatencyBand(double Value, double Lower, double Upper);
