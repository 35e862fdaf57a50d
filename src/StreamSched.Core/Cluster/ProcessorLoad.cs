namespace StreamSched.Core.Cluster;

/// <summary>What a scheduler has sent to one processor since it started.</summary>
/// <param name="Worker">The worker's id.</param>
/// <param name="Incarnation">The worker's incarnation.</param>
/// <param name="Processor">The processor's name.</param>
/// <param name="Sent">Processor time of everything sent, in seconds, as in full batches.</param>
/// <param name="Finished">Of that, what has been answered or written off.</param>
public readonly record struct ProcessorLoad(string Worker, long Incarnation, string Processor, double Sent, double Finished);
