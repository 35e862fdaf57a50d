using System.Diagnostics.Metrics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Requests;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Schedulers;

/// <summary>
/// Everything that one scheduler measures. Counts are the dispatcher's plain fields, read when somebody collects; the two histograms cost one comparison
/// while nobody listens. docs/operations.md lists them.
/// </summary>
internal sealed class SchedulerInstruments : IDisposable
{
    private const int DecisionSample = 16;
    private static readonly double[] Buckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10];
    private static readonly double[] DecisionBuckets = [2e-7, 5e-7, 1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 1e-3, 1e-2];
    private readonly Meter _meter = new(Tracing.Name);
    private readonly KeyValuePair<string, object?> _id;
    private readonly Func<SchedulerRole?> _role;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _decisionDuration;
    private readonly ObservableGauge<double> _price;
    private uint _decisions;

    /// <summary>Begins to measure.</summary>
    /// <param name="id">The scheduler's id, which its counts carry.</param>
    /// <param name="role">The scheduler, asked when somebody collects; null: it takes no requests at the moment, and has nothing to count.</param>
    public SchedulerInstruments(string id, Func<SchedulerRole?> role)
    {
        (_id, _role) = (new KeyValuePair<string, object?>(Attributes.Scheduler, id), role);
        _requestDuration = _meter.CreateHistogram(
            "streamsched.scheduler.request.duration", "s", "From the instant that the deadline counts from until the first result was read back.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = Buckets });
        _decisionDuration = _meter.CreateHistogram(
            "streamsched.scheduler.decision.duration", "s", "Predicting and choosing, of every 16th decision.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = DecisionBuckets });
        _price = Gauge("streamsched.processor.price", "1", "What the mean request of the processor is charged, in units of value.", static g => g.Price);
        Counter("streamsched.scheduler.requests", "{request}", "Requests read.", c => c.Requests);
        Counter("streamsched.scheduler.sent_again", "{request}", "Requests sent again because their worker was lost.", c => c.SentAgain);
        Counter("streamsched.scheduler.not_sent", "{request}", "Work items that were not stored.", c => c.NotSent);
        Counter("streamsched.scheduler.carried", "{request}", "Open requests that were written to the end of their partition once more.", c => c.Carried);
        Counter("streamsched.scheduler.expired", "{request}", "Requests answered EXPIRED by this scheduler.", c => c.Expired);
        Counter("streamsched.scheduler.repeated", "{request}", "Requests with an id that was pending or answered.", c => c.Repeated);
        Counter("streamsched.scheduler.dead_letters", "{request}", "Unreadable requests.", c => c.Unreadable);
        Counter("streamsched.scheduler.duplicates", "{result}", "Later results of answered requests.", c => c.Duplicates);
        Counter("streamsched.scheduler.unreadable_results", "{result}", "Results that could not be read.", c => c.UnreadableResults);
        _meter.CreateObservableCounter("streamsched.scheduler.decisions", () => Each(Decisions), "{decision}", "Decisions by policy and outcome.");
        _meter.CreateObservableCounter("streamsched.scheduler.rejections", () => Each(Rejections), "{request}", "Rejected requests by reason.");
        _meter.CreateObservableCounter(
            "streamsched.scheduler.answers", () => Each(Answers), "{request}",
            "First results read back: on_time and late (OK, by the writer's estimate), not_ok.");
        _meter.CreateObservableCounter(
            "streamsched.scheduler.policy.failures", () => Each<long>(h => [new Measurement<long>(h.Scheduler.PolicyFailures, _id)]), "{failure}",
            "Choices that failed or took too long.");
        _meter.CreateObservableGauge(
            "streamsched.scheduler.pending", () => Each<int>(h => [new Measurement<int>(h.Dispatcher.PendingCount, _id)]), "{request}",
            "Requests without an answer in the log.");
        _meter.CreateObservableGauge(
            "streamsched.scheduler.in_flight", () => Each<int>(h => [new Measurement<int>(h.Scheduler.InFlightCount, _id)]), "{request}",
            "Requests at workers.");
        _meter.CreateObservableGauge("streamsched.scheduler.lag", () => Each(Lag), "{record}", "Records of requests that are not finished, by partition held.");
        _meter.CreateObservableGauge(
            "streamsched.scheduler.conditions", () => Each(Conditions), "{condition}", "Conditions that hold, by code: docs/operations.md lists them.");
        Gauge("streamsched.processor.virtual_queue", "s", "Work sent beyond what the processor can do.", static g => g.VirtualQueue);
        Gauge("streamsched.processor.backlog", "s", "Predicted waiting of a request that comes now.", static g => g.Backlog);
        Gauge("streamsched.processor.utilization", "1", "Share of the processor's time in use, by the scheduler's view.", static g => g.Utilisation);
    }

    /// <summary>Whether anybody wants gauges of processors, which the role then samples on its own thread.</summary>
    public bool WantsProcessors => _price.Enabled;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>A timestamp if this decision is to be timed, else 0.</summary>
    public long BeginDecision() => _decisionDuration.Enabled && _decisions++ % DecisionSample == 0 ? TimeProvider.System.GetTimestamp() : 0;

    /// <summary>Ends what <see cref="BeginDecision"/> began.</summary>
    public void EndDecision(long began, string policy)
    {
        if (began != 0)
            _decisionDuration.Record(TimeProvider.System.GetElapsedTime(began).TotalSeconds, new KeyValuePair<string, object?>(Attributes.Policy, policy));
    }

    /// <summary>Takes note of a first result.</summary>
    /// <param name="micros">Since the deadline began to count.</param>
    /// <param name="outcome">on_time, late or not_ok.</param>
    public void Answered(long micros, string outcome)
    {
        if (_requestDuration.Enabled) _requestDuration.Record(Math.Max(0, micros) * 1e-6, new KeyValuePair<string, object?>(Attributes.Outcome, outcome));
    }

    /// <summary>The processors of a view; on the thread that owns it.</summary>
    public static ProcessorGauge[] Sample(ClusterView view)
    {
        List<ProcessorGauge> gauges = [];
        for (int p = 0; p < view.ProcessorCount; p++)
        {
            if (view.WorkerOf(p) is not { } worker) continue;
            double processorTime = view.MeanProcessorTime[p], backlog = view.Backlog[p];
            double price = Math.Max(
                view.CapacityPrice[p] * view.MeanCapacity[p], double.IsFinite(backlog) ? view.DelayPrice[p] * processorTime * (backlog + processorTime) : 0);
            gauges.Add(new ProcessorGauge(worker.Description.Id, view.ProcessorId(p), price, view.Queue[p], backlog, view.Utilisation[p]));
        }

        return [.. gauges];
    }

    private IEnumerable<Measurement<T>> Each<T>(Func<SchedulerRole, IEnumerable<Measurement<T>>> of)
        where T : struct => _role() is { } role ? of(role) : [];

    private void Counter(string name, string unit, string description, Func<DispatchCounters, long> count) =>
        _meter.CreateObservableCounter(name, () => Each<long>(h => [new Measurement<long>(count(h.Dispatcher.Counters), _id)]), unit, description);

    private ObservableGauge<double> Gauge(string name, string unit, string description, Func<ProcessorGauge, double> value) => _meter.CreateObservableGauge(
        name, () => Each(h => h.Processors.Where(g => double.IsFinite(value(g))).Select(g => new Measurement<double>(
            value(g), _id, new(Attributes.Worker, g.Worker), new(Attributes.Processor, g.Processor)))), unit, description);

    private IEnumerable<Measurement<long>> Decisions(SchedulerRole role)
    {
        foreach (PolicyCount count in role.Dispatcher.Counters.ByPolicy)
        {
            yield return new Measurement<long>(count.Placed, _id, new(Attributes.Policy, count.Policy), new(Attributes.Outcome, "placed"));
            yield return new Measurement<long>(count.Rejected, _id, new(Attributes.Policy, count.Policy), new(Attributes.Outcome, "rejected"));
        }
    }

    private IEnumerable<Measurement<long>> Rejections(SchedulerRole role)
    {
        foreach (RejectReason reason in Enum.GetValues<RejectReason>())
            if (role.Dispatcher.Counters.Rejected(reason) is > 0 and long count)
                yield return new Measurement<long>(count, _id, new(Attributes.Reason, reason.Text()));
        if (role.Dispatcher.Counters.Invalid is > 0 and long invalid) yield return new Measurement<long>(invalid, _id, new(Attributes.Reason, "invalid"));
    }

    private IEnumerable<Measurement<int>> Conditions(SchedulerRole role) => role.Conditions.InForce
        .CountBy(c => c.Code).Select(c => new Measurement<int>(c.Value, _id, new(Attributes.Condition, c.Key)));

    private IEnumerable<Measurement<long>> Answers(SchedulerRole role)
    {
        DispatchCounters counters = role.Dispatcher.Counters;
        foreach ((string outcome, long count) in new[] { ("on_time", counters.OnTime), ("late", counters.Late), ("not_ok", counters.NotOk) })
            yield return new Measurement<long>(count, _id, new(Attributes.Outcome, outcome));
    }

    private IEnumerable<Measurement<long>> Lag(SchedulerRole role) => role.Lag.Select(lag => new Measurement<long>(
        lag.Lag, _id, new(Attributes.Destination, lag.Topic),
        new(Attributes.Partition, lag.Partition.ToString(System.Globalization.CultureInfo.InvariantCulture))));
}
