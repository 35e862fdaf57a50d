namespace StreamSched.Core.Cluster;

/// <summary>A placement that gets no work but probes, since what it is given is not answered.</summary>
/// <param name="Worker">The worker's id.</param>
/// <param name="Processor">The processor within it.</param>
/// <param name="Variant">The model variant.</param>
/// <param name="Rate">Share of the latest requests that failed, 0..1.</param>
/// <param name="WorkerIsSilent">Whether the worker leaves requests unanswered, whatever the variant.</param>
public readonly record struct FailingPlacement(string Worker, string Processor, string Variant, float Rate, bool WorkerIsSilent);
