using System.Runtime.InteropServices;
using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using CoreLoad = StreamSched.Core.Cluster.ProcessorLoad;
using CoreTelemetry = StreamSched.Core.Cluster.ProcessorTelemetry;

namespace StreamSched.Schedulers;

/// <summary>Tells views what records say of the cluster. For one thread.</summary>
internal sealed class ClusterRecords
{
    private readonly List<CoreLoad> _loads = [];
    private readonly List<CoreTelemetry> _processors = [];

    /// <summary>Tells what a worker says of itself.</summary>
    /// <param name="view">The view.</param>
    /// <param name="telemetry">The record.</param>
    /// <param name="now">µs since 1970.</param>
    /// <param name="heardAt">When it was written, if that counts and not when it was read.</param>
    public void Tell(ClusterView view, WorkerTelemetry telemetry, long now, long? heardAt)
    {
        _processors.Clear();
        foreach (StreamSched.Avro.Records.ProcessorTelemetry processor in telemetry.Processors)
            _processors.Add(new CoreTelemetry(processor.Processor, Math.Clamp(processor.BacklogMicros * 1e-6f, 0, 3600)));
        view.Telemetry(
            telemetry.Worker, telemetry.Incarnation, telemetry.State == StreamSched.Avro.Records.WorkerState.Draining, CollectionsMarshal.AsSpan(_processors),
            now, heardAt, telemetry.At);
    }

    /// <summary>Tells what another scheduler has sent.</summary>
    /// <param name="view">The view.</param>
    /// <param name="load">The record.</param>
    /// <param name="now">µs since 1970.</param>
    /// <returns>Why it is ignored; null: it is not.</returns>
    public string? Tell(ClusterView view, SchedulerLoad load, long now)
    {
        if (!Plausible.Incarnation(load.Incarnation, now) || !Plausible.Incarnation(load.At, now)) return "its incarnation or time lies ahead";
        _loads.Clear();
        foreach (StreamSched.Avro.Records.ProcessorLoad row in load.Processors)
            _loads.Add(new CoreLoad(row.Worker, row.Incarnation, row.Processor, row.SentMicros * 1e-6, row.FinishedMicros * 1e-6));
        view.PeerReported(load.Scheduler, load.Incarnation, load.Sequence, load.At, load.Share, CollectionsMarshal.AsSpan(_loads), now);
        return null;
    }

    /// <summary>What labels have shown of an accuracy.</summary>
    /// <param name="record">As it is told.</param>
    public static AccuracyEstimate Read(VariantAccuracy record) =>
        new(record.Task, record.Variant, record.Site, record.Origin, record.Mean, record.Lower, record.Labels);

    /// <summary>Tells what labels have shown of accuracies.</summary>
    /// <param name="view">The view.</param>
    /// <param name="accuracies">The record; null: nothing.</param>
    public static void Tell(ClusterView view, AccuracyEstimates? accuracies) =>
        view.SetAccuracies(accuracies?.Estimates.Select(Read) ?? []);
}
