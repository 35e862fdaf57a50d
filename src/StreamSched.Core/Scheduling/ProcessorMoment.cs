using StreamSched.Core.Cluster;

namespace StreamSched.Core.Scheduling;

/// <summary>What of a processor a decision changes, as it was at one moment.</summary>
/// <param name="Processor">Its index in the view; -1: none.</param>
/// <param name="Backlog">Seconds until it is free.</param>
/// <param name="Utilisation">ρ.</param>
/// <param name="ArrivalRate">Requests per second.</param>
internal readonly record struct ProcessorMoment(int Processor, float Backlog, float Utilisation, float ArrivalRate)
{
    /// <summary>None.</summary>
    public static readonly ProcessorMoment None = new(-1, 0, 0, 0);

    /// <summary>A processor as it is.</summary>
    /// <param name="view">The view.</param>
    /// <param name="processor">Its index.</param>
    public static ProcessorMoment Of(ClusterView view, int processor) =>
        new(processor, view.Backlog[processor], view.Utilisation[processor], view.ArrivalRate[processor]);
}
