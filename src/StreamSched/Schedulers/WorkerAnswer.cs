using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using StreamSched.Core.Scheduling;
using StreamSched.Core.Serving;

namespace StreamSched.Schedulers;

/// <summary>What a worker's result tells a scheduler beside its output.</summary>
internal static class WorkerAnswer
{
    /// <summary>What came.</summary>
    /// <param name="view">The result.</param>
    public static AnswerKind KindOf(in InferenceResultView view) => view.Status switch
    {
        ResultStatus.Ok => AnswerKind.Served,
        ResultStatus.Expired => AnswerKind.Expired,
        ResultStatus.Failed when view.Reason.SequenceEqual("shape"u8) || view.Reason.SequenceEqual("encoding"u8) || view.Reason.SequenceEqual("not-finite"u8) =>
            AnswerKind.Refused,
        _ => AnswerKind.Failed,
    };

    /// <summary>What it tells about times; a clock that is ahead is told to the view.</summary>
    /// <param name="scheduler">Sent the request.</param>
    /// <param name="writer">Knows the names of its placements.</param>
    /// <param name="entry">The request, under way.</param>
    /// <param name="view">The result.</param>
    /// <param name="now">When it was read, µs since 1970.</param>
    public static Measurement Measure(Scheduler scheduler, RecordWriter writer, in RequestEntry entry, in InferenceResultView view, long now)
    {
        float interference = entry.Worker!.Description.Interference.IsEmpty || view.Company.IsEmpty ? 1 : writer.Interference(entry.Placement, view.Company);

        // Durations only, since the worker's clock may be another: what is left of the time since it was sent is the result's network delay.
        long spent = view.NetworkMicros + view.QueueMicros + view.ServiceMicros;
        bool told = view.NetworkMicros > 0 && view.QueueMicros + view.ServiceMicros > 0;
        float delay = told ? (now - entry.SentAt - spent) * 1e-6f : -1;
        if (told && ClockDifference.Between(entry.SentAt + spent, view.Finished) is { } ahead)
            scheduler.View.ClockSeen(entry.Placement, entry.Generation, ahead);
        return new Measurement(
            view.ServiceMicros * 1e-6f, view.Batch > 0 ? view.Batch : 0, interference,
            view.NetworkMicros > 0 ? (view.NetworkMicros * 1e-6f) - entry.NetworkOut : float.NaN, delay is >= 0 and < 1 ? delay : -1);
    }
}
