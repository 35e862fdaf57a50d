using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;

namespace StreamSched.Core.Prediction;

/// <summary>What eight placements would mean for a request. Seconds, and units of value.</summary>
internal readonly struct PredictedRows
{
    public Vector256<float> NetworkOut { get; private init; }

    public Vector256<float> NetworkBack { get; private init; }

    public Vector256<float> ProcessorTime { get; private init; }

    public Vector256<float> BatchTime { get; private init; }

    public Vector256<float> Waiting { get; private init; }

    public Vector256<float> Completion { get; private init; }

    public Vector256<float> Slack { get; private init; }

    public Vector256<float> Deviation { get; private init; }

    public Vector256<float> Width { get; private init; }

    public Vector256<float> CapacityPrice { get; private init; }

    public Vector256<float> DelayPrice { get; private init; }

    /// <summary>All bits set where the placement is feasible.</summary>
    public Vector256<int> Mask { get; private init; }

    /// <summary>Predicts.</summary>
    /// <param name="from">For the request.</param>
    /// <param name="table">The placements.</param>
    /// <param name="i">The first of the eight, a multiple of eight.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PredictedRows Of(in PredictionColumns from, TaskTable table, int i)
    {
        Vector256<float> zero = Vector256<float>.Zero;
        Vector256<int> site = Load(table.Site, i);
        Vector256<float> networkOut = Vector256.Max(zero, Columns.Lookup(from.Out, from.Sites, site) + table.ByProcessor(from.Correction, i));
        Vector256<float> networkBack = Columns.Lookup(from.Back, from.Sites, site), network = networkOut + networkBack;
        Vector256<float> processorTime = Columns.Load(table.ProcessorTime, i), batchTime = Columns.Load(table.BatchTime, i);
        Vector256<float> waiting = Vector256.Max(zero, table.ByProcessor(from.Ahead, i) - networkOut);
        Vector256<float> completion = network + waiting + processorTime, slack = Vector256.Create(from.Left) - completion;
        Vector256<float> deviation = from.OnTime.Deviation(batchTime, network, table.ByProcessor(from.Deviation, i), table.ByProcessor(from.Unknown, i));
        return new PredictedRows
        {
            NetworkOut = networkOut, NetworkBack = networkBack, ProcessorTime = processorTime, BatchTime = batchTime, Waiting = waiting,
            Completion = completion, Slack = slack, Deviation = deviation, Width = deviation * table.ByProcessor(from.Scale, i),
            CapacityPrice = Columns.Load(table.Capacity, i) * table.ByProcessor(from.CapacityPrice, i),
            DelayPrice = processorTime * table.ByProcessor(from.DelayPrice, i) * (table.ByProcessor(from.Backlog, i) + batchTime),
            Mask = Load(table.Serves, i)
                & Vector256.GreaterThanOrEqual(Columns.Load(table.AccuracyFloor, i), Vector256.Create(from.Floor)).AsInt32()
                & Vector256.GreaterThanOrEqual(slack + (deviation * from.Widen), zero).AsInt32(),
        };
    }

    private static Vector256<int> Load(int[] column, int i) => Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(column), (nuint)i);
}
