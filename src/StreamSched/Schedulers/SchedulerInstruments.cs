using System.Diagnostics.Metrics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Requests;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Schedulers;

/// <summary>
/// Everything that a scheduler measures. Counts are the dispatcher's plain fields, read when somebody collects; the two histograms cost one comparison while
/// nobody listens. docs/operations.md lists them.
/// </summary>
internal static class SchedulerInstruments
{
    private const int DecisionSample = 16;
    private static readonly Meter Meter = new(Tracing.Name);
    private static readonly Lock Gate = new();
    private static readonly double[] Buckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10];
    private static SchedulerRole[] _live = [];
    private static uint _decisions;

    private static readonly Histogram<double> RequestDuration = Meter.CreateHistogram(
        "streamsched.scheduler.request.duration", "s", "From the instant that the deadline counts from until the first result was read back.", null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = Buckets });

    private static readonly Histogram<double> DecisionDuration = Meter.CreateHistogram(
        "streamsched.scheduler.decision.duration", "s", "Predicting and choosing, of every 16th decision.", null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [2e-7, 5e-7, 1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 1e-3, 1e-2] });

    private static readonly ObservableGauge<double> Price = Gauge(
        "streamsched.processor.price", "1", "What the mean request of the processor is charged, in units of value.", static g => g.Price);

    static SchedulerInstruments()
    {
        Counter("streamsched.scheduler.requests", "{request}", "Requests read.", c => c.Requests);
        Counter("streamsched.scheduler.sent_again", "{request}", "Requests sent again because their worker was lost.", c => c.SentAgain);
        Counter("streamsched.scheduler.not_sent", "{request}", "Work items that were not stored.", c => c.NotSent);
        Counter("streamsched.scheduler.carried", "{request}", "Open requests that were written to the end of their partition once more.", c => c.Carried);
        Counter("streamsched.scheduler.expired", "{request}", "Requests answered EXPIRED by this scheduler.", c => c.Expired);
        Counter("streamsched.scheduler.repeated", "{request}", "Requests with an id that was pending or answered.", c => c.Repeated);
        Counter("streamsched.scheduler.dead_letters", "{request}", "Unreadable requests.", c => c.Unreadable);
        Counter("streamsched.scheduler.duplicates", "{result}", "Later results of answered requests.", c => c.Duplicates);
        Counter("streamsched.scheduler.unreadable_results", "{result}", "Results that could not be read.", c => c.UnreadableResults);
        Meter.CreateObservableCounter("streamsched.scheduler.decisions", () => Each(Decisions), "{decision}", "Decisions by policy and outcome.");
        Meter.CreateObservableCounter("streamsched.scheduler.rejections", () => Each(Rejections), "{request}", "Rejected requests by reason.");
        Meter.CreateObservableCounter("streamsched.scheduler.answers", () => Each(Answers), "{request}", "First results read back: on_time and late (OK, by the writer's estimate), not_ok.");
        Meter.CreateObservableCounter(
            "streamsched.scheduler.policy.failures", () => Each<long>(h => [new Measurement<long>(h.Scheduler.PolicyFailures, Tag(h))]), "{failure}", "Choices that failed or took too long.");
        Meter.CreateObservableGauge("streamsched.scheduler.pending", () => Each<int>(h => [new Measurement<int>(h.Dispatcher.PendingCount, Tag(h))]), "{request}", "Requests without an answer in the log.");
        Meter.CreateObservableGauge("streamsched.scheduler.in_flight", () => Each<int>(h => [new Measurement<int>(h.Scheduler.InFlightCount, Tag(h))]), "{request}", "Requests at workers.");
        Meter.CreateObservableGauge("streamsched.scheduler.lag", () => Each(Lag), "{record}", "Records of requests that are not finished, by partition held.");
        Meter.CreateObservableGauge("streamsched.scheduler.conditions", () => Each(Conditions), "{condition}", "Conditions that hold, by code: docs/operations.md lists them.");
        Gauge("streamsched.processor.virtual_queue", "s", "Work sent beyond what the processor can do.", static g => g.VirtualQueue);
        Gauge("streamsched.processor.backlog", "s", "Predicted waiting of a request that comes now.", static g => g.Backlog);
        Gauge("streamsched.processor.utilization", "1", "Share of the processor's time in use, by the scheduler's view.", static g => g.Utilisation);
    }

    /// <summary>Whether anybody wants gauges of processors, which the role then samples on its own thread.</summary>
    public static bool WantsProcessors => Price.Enabled;

    /// <summary>Makes a scheduler's counts visible.</summary>
    public static void Add(SchedulerRole role)
    {
        lock (Gate) _live = [.. _live, role];
    }

    /// <summary>Takes them away.</summary>
    public static void Remove(SchedulerRole role)
    {
        lock (Gate) _live = [.. _live.Where(h => h != role)];
    }

    /// <summary>A timestamp if this decision is to be timed, else 0.</summary>
    public static long BeginDecision() => DecisionDuration.Enabled && _decisions++ % DecisionSample == 0 ? TimeProvider.System.GetTimestamp() : 0;

    /// <summary>Ends what <see cref="BeginDecision"/> began.</summary>
    public static void EndDecision(long began, string policy)
    {
        if (began != 0) DecisionDuration.Record(TimeProvider.System.GetElapsedTime(began).TotalSeconds, new KeyValuePair<string, object?>(Attributes.Policy, policy));
    }

    /// <summary>Takes note of a first result.</summary>
    /// <param name="micros">Since the deadline began to count.</param>
    /// <param name="outcome">on_time, late or not_ok.</param>
    public static void Answered(long micros, string outcome)
    {
        if (RequestDuration.Enabled) RequestDuration.Record(Math.Max(0, micros) * 1e-6, new KeyValuePair<string, object?>(Attributes.Outcome, outcome));
    }

    /// <summary>The processors of a view; on the thread that owns it.</summary>
    public static ProcessorGauge[] Sample(ClusterView view)
    {
        List<ProcessorGauge> gauges = [];
        for (int p = 0; p < view.ProcessorCount; p++)
        {
            if (view.WorkerOf(p) is not { } worker) continue;
            double use = view.MeanUse[p], backlog = view.Backlog[p];
            double price = Math.Max(view.CapacityPrice[p] * view.MeanCapacity[p], double.IsFinite(backlog) ? view.DelayPrice[p] * use * (backlog + use) : 0);
            gauges.Add(new ProcessorGauge(worker.Description.Id, view.ProcessorId(p), price, view.Queue[p], backlog, view.Utilisation[p]));
        }

        return [.. gauges];
    }

    private static KeyValuePair<string, object?> Tag(SchedulerRole role) => new(Attributes.Scheduler, role.Id);

    private static IEnumerable<Measurement<T>> Each<T>(Func<SchedulerRole, IEnumerable<Measurement<T>>> of)
        where T : struct => Volatile.Read(ref _live).SelectMany(of);

    private static void Counter(string name, string unit, string description, Func<DispatchCounters, long> count) =>
        Meter.CreateObservableCounter(name, () => Each<long>(h => [new Measurement<long>(count(h.Dispatcher.Counters), Tag(h))]), unit, description);

    private static ObservableGauge<double> Gauge(string name, string unit, string description, Func<ProcessorGauge, double> value) => Meter.CreateObservableGauge(
        name, () => Each(h => h.Processors.Where(g => double.IsFinite(value(g))).Select(g => new Measurement<double>(
            value(g), Tag(h), new(Attributes.Worker, g.Worker), new(Attributes.Processor, g.Processor)))), unit, description);

    private static IEnumerable<Measurement<long>> Decisions(SchedulerRole role)
    {
        foreach (PolicyCount count in role.Dispatcher.Counters.ByPolicy)
        {
            yield return new Measurement<long>(count.Placed, Tag(role), new(Attributes.Policy, count.Policy), new(Attributes.Outcome, "placed"));
            yield return new Measurement<long>(count.Rejected, Tag(role), new(Attributes.Policy, count.Policy), new(Attributes.Outcome, "rejected"));
        }
    }

    private static IEnumerable<Measurement<long>> Rejections(SchedulerRole role)
    {
        foreach (RejectReason reason in Enum.GetValues<RejectReason>())
            if (role.Dispatcher.Counters.Rejected(reason) is > 0 and long count) yield return new Measurement<long>(count, Tag(role), new(Attributes.Reason, reason.Text()));
        if (role.Dispatcher.Counters.Invalid is > 0 and long invalid) yield return new Measurement<long>(invalid, Tag(role), new(Attributes.Reason, "invalid"));
    }

    private static IEnumerable<Measurement<int>> Conditions(SchedulerRole role) => role.Conditions.InForce
        .CountBy(c => c.Code).Select(c => new Measurement<int>(c.Value, Tag(role), new(Attributes.Condition, c.Key)));

    private static IEnumerable<Measurement<long>> Answers(SchedulerRole role)
    {
        DispatchCounters counters = role.Dispatcher.Counters;
        foreach ((string outcome, long count) in new[] { ("on_time", counters.OnTime), ("late", counters.Late), ("not_ok", counters.NotOk) })
            yield return new Measurement<long>(count, Tag(role), new(Attributes.Outcome, outcome));
    }

    private static IEnumerable<Measurement<long>> Lag(SchedulerRole role) => role.Lag.Select(lag => new Measurement<long>(
        lag.Lag, Tag(role), new(Attributes.Destination, lag.Topic), new(Attributes.Partition, lag.Partition.ToString(System.Globalization.CultureInfo.InvariantCulture))));
}
