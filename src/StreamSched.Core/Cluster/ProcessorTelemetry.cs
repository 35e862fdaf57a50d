namespace StreamSched.Core.Cluster;

/// <summary>What a worker said of one of its processors.</summary>
/// <param name="Processor">Its name within the worker.</param>
/// <param name="Backlog">Predicted processor time of what waits and runs, in seconds.</param>
public readonly record struct ProcessorTelemetry(string Processor, float Backlog);
