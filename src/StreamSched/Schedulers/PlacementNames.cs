using System.Text;
using StreamSched.Core.Cluster;

namespace StreamSched.Schedulers;

/// <summary>A placement's names as UTF-8, made once per registration so that records are written without transcoding.</summary>
internal sealed class PlacementNames
{
    public PlacementNames(ClusterView view, int placement)
    {
        int processor = view.ProcessorOf(placement);
        WorkerState worker = view.WorkerOf(processor)!;
        Generation = view.GenerationOf(placement);
        State = worker;
        WorkerId = worker.Description.Id;
        Incarnation = worker.Description.Incarnation;
        Worker = Encoding.UTF8.GetBytes(WorkerId);
        Processor = Encoding.UTF8.GetBytes(view.ProcessorId(processor));
        Variant = Encoding.UTF8.GetBytes(view.VariantOf(placement).Name);
        Full = Encoding.UTF8.GetBytes($"{WorkerId}/{view.ProcessorId(processor)}/{view.VariantOf(placement).Name}");
    }

    public int Generation { get; }

    public WorkerState State { get; }

    public string WorkerId { get; }

    public long Incarnation { get; }

    public byte[] Worker { get; }

    public byte[] Processor { get; }

    public byte[] Variant { get; }

    public byte[] Full { get; }
}
