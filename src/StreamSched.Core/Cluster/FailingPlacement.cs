namespace StreamSched.Core.Cluster;

/// <summary>A placement that gets no work but probes, since what it is given is not answered.</summary>
/// <param name="Worker">The worker's id.</param>
/// <param name="Variant">The model variant.</param>
/// <param name="WorkerIsSilent">Whether the worker leaves requests unanswered, whatever the variant.</param>
public readonly record struct FailingPlacement(string Worker, string Variant, bool WorkerIsSilent);
