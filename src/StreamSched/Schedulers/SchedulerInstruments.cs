using System.Diagnostics.Metrics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Requests;
using StreamSched.Hosting;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Schedulers;

/// <summary>
/// Everything that one scheduler measures. Counts are the dispatcher's plain fields, read when somebody collects; the two histograms cost one comparison
/// while nobody listens. docs/operations.md lists them.
/// </summary>
internal sealed class SchedulerInstruments : RoleInstruments<SchedulerRole>
{
    private const int DecisionSample = 16;
    private static readonly double[] Buckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10];
    // Five for each factor of two from 0.5 µs to 0.25 ms, so that a shift of a tenth is seen.
    private static readonly double[] DecisionBuckets = [.. Enumerable.Range(0, 46).Select(i => 5e-7 * Math.Pow(2, i / 5.0)), 1e-3, 1e-2];
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _decisionDuration;
    private readonly ObservableGauge<double> _price;
    private uint _decisions;

    /// <summary>Begins to measure.</summary>
    /// <param name="id">The scheduler's id, which its counts carry.</param>
    /// <param name="role">The scheduler, asked when somebody collects; null: it takes no requests at the moment, and has nothing to count.</param>
    public SchedulerInstruments(string id, Func<SchedulerRole?> role)
        : base(Attributes.Scheduler, id, role)
    {
        _requestDuration = Histogram(
            "streamsched.scheduler.request.duration", "s", "From the instant that the deadline counts from until the first result was read back.", Buckets);
        _decisionDuration = Histogram("streamsched.scheduler.decision.duration", "s", "Predicting and choosing, of every 16th decision.", DecisionBuckets);
        _price = Processors("streamsched.processor.price", "1", "What the mean request of the processor is charged, in units of value.", static g => g.Price);
        Count("streamsched.scheduler.requests", "{request}", "Requests read.", c => c.Requests);
        Count("streamsched.scheduler.sent_again", "{request}", "Requests sent again because their worker was lost.", c => c.SentAgain);
        Count("streamsched.scheduler.not_sent", "{request}", "Work items that were not stored.", c => c.NotSent);
        Count("streamsched.scheduler.carried", "{request}", "Open requests that were written to the end of their partition once more.", c => c.Carried);
        Count("streamsched.scheduler.expired", "{request}", "Requests answered EXPIRED by this scheduler.", c => c.Expired);
        Count("streamsched.scheduler.repeated", "{request}", "Requests with an id that was pending or answered.", c => c.Repeated);
        Count("streamsched.scheduler.dead_letters", "{request}", "Unreadable requests.", c => c.Unreadable);
        Count("streamsched.scheduler.duplicates", "{result}", "Later results of answered requests.", c => c.Duplicates);
        Count("streamsched.scheduler.unreadable_results", "{result}", "Results that could not be read.", c => c.UnreadableResults);
        Counter("streamsched.scheduler.decisions", "{decision}", "Decisions by policy and outcome.", Decisions);
        Counter("streamsched.scheduler.rejections", "{request}", "Rejected requests by reason.", Rejections);
        Counter(
            "streamsched.scheduler.answers", "{request}", "First results read back: on_time and late (OK, by the writer's estimate), not_ok.", Answers);
        Counter<long>(
            "streamsched.scheduler.policy.failures", "{failure}", "Choices that failed or took too long.", s => [new(s.Scheduler.PolicyFailures, Id)]);
        Gauge<int>("streamsched.scheduler.pending", "{request}", "Requests without an answer in the log.", s => [new(s.Dispatcher.PendingCount, Id)]);
        Gauge<int>("streamsched.scheduler.in_flight", "{request}", "Requests at workers.", s => [new(s.Scheduler.InFlightCount, Id)]);
        Gauge("streamsched.scheduler.lag", "{record}", "Records of requests that are not finished, by partition held.", Lag);
        Conditions("streamsched.scheduler.conditions", s => s.Conditions);
        Processors("streamsched.processor.virtual_queue", "s", "Work sent beyond what the processor can do.", static g => g.VirtualQueue);
        Processors("streamsched.processor.backlog", "s", "Predicted waiting of a request that comes now.", static g => g.Backlog);
        Processors("streamsched.processor.utilization", "1", "Share of the processor's time in use, by the scheduler's view.", static g => g.Utilisation);
        Processors("streamsched.processor.network_trust", "1", "Part to which a network's corrections count; 0: the rule alone.", static g => g.Trust);
    }

    /// <summary>Whether anybody wants gauges of processors, which the role then samples on its own thread.</summary>
    public bool WantsProcessors => _price.Enabled;

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
            gauges.Add(new ProcessorGauge(worker.Description.Id, view.ProcessorId(p), price, view.Queue[p], backlog, view.Utilisation[p], view.Trust[p]));
        }

        return [.. gauges];
    }

    private void Count(string name, string unit, string description, Func<DispatchCounters, long> count) =>
        Counter<long>(name, unit, description, s => [new(count(s.Dispatcher.Counters), Id)]);

    private ObservableGauge<double> Processors(string name, string unit, string description, Func<ProcessorGauge, double> value) => Gauge(
        name, unit, description, s => s.Processors.Where(g => double.IsFinite(value(g)))
            .Select(g => new Measurement<double>(value(g), Id, new(Attributes.Worker, g.Worker), new(Attributes.Processor, g.Processor))));

    private IEnumerable<Measurement<long>> Decisions(SchedulerRole role)
    {
        foreach (PolicyCount count in role.Dispatcher.Counters.ByPolicy)
        {
            yield return new Measurement<long>(count.Placed, Id, new(Attributes.Policy, count.Policy), new(Attributes.Outcome, "placed"));
            yield return new Measurement<long>(count.Rejected, Id, new(Attributes.Policy, count.Policy), new(Attributes.Outcome, "rejected"));
        }
    }

    private IEnumerable<Measurement<long>> Rejections(SchedulerRole role)
    {
        foreach (RejectReason reason in Enum.GetValues<RejectReason>())
            if (role.Dispatcher.Counters.Rejected(reason) is > 0 and long count)
                yield return new Measurement<long>(count, Id, new(Attributes.Reason, reason.Text()));
        if (role.Dispatcher.Counters.Invalid is > 0 and long invalid) yield return new Measurement<long>(invalid, Id, new(Attributes.Reason, "invalid"));
    }

    private IEnumerable<Measurement<long>> Answers(SchedulerRole role)
    {
        DispatchCounters counters = role.Dispatcher.Counters;
        foreach ((string outcome, long count) in new[] { ("on_time", counters.OnTime), ("late", counters.Late), ("not_ok", counters.NotOk) })
            yield return new Measurement<long>(count, Id, new(Attributes.Outcome, outcome));
    }

    private IEnumerable<Measurement<long>> Lag(SchedulerRole role) => role.Lag.Select(lag => new Measurement<long>(
        lag.Lag, Id, new(Attributes.Destination, lag.Topic),
        new(Attributes.Partition, lag.Partition.ToString(System.Globalization.CultureInfo.InvariantCulture))));
}
