namespace StreamSched.Core.Cluster;

/// <summary>The network from one site to another.</summary>
/// <param name="Latency">Mean delay of a small message, in seconds.</param>
/// <param name="Jitter">Standard deviation of that delay, in seconds.</param>
/// <param name="BytesPerSecond">Bandwidth; infinity: size does not matter.</param>
/// <param name="CostPerGigabyte">What moving a gigabyte costs.</param>
public readonly record struct Link(float Latency, float Jitter = 0, float BytesPerSecond = float.PositiveInfinity, float CostPerGigabyte = 0);
