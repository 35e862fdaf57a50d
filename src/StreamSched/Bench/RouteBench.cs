using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using StreamSched.Avro;
using StreamSched.Core.Policies;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Settings;
using StreamSched.Reports;
using StreamSched.Schedulers;

namespace StreamSched.Bench;

/// <summary>
/// Runs the scheduler and the bare loop in turn on the same broker and topics. Each session starts one loop, feeds it at every rate (latency) and then as fast
/// as it takes requests (throughput). The order within pairs alternates, so that a machine that grows busier favours neither.
/// </summary>
internal sealed class RouteBench : IDisposable
{
    /// <summary>Name of the bare loop.</summary>
    public const string Bare = "bare";

    /// <summary>Name of the scheduler's loop.</summary>
    public const string Scheduler = "scheduler";

    // What a loop that is fed as fast as it takes requests reaches at least, for the bare loop's choice of its wait.
    private const double UnfedRate = 50_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly KafkaSettings _kafka;
    private readonly RouteOptions _options;
    private readonly EmbeddedCluster? _embedded;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly Action<string> _say;
    private readonly RouteWorkers _workers;
    private readonly IConsumer<Ignore, Ignore> _probe;
    private readonly List<RoutePhase> _phases = [];
    private readonly Dictionary<(string Policy, int Workers), int[]> _orders = [];
    private int _sessions;
    private int _planned;

    /// <summary>Makes the benchmark; nothing is on the broker yet.</summary>
    public RouteBench(KafkaSettings kafka, RouteOptions options, EmbeddedCluster? embedded, ILoggerFactory loggers, TimeProvider time, Action<string> say)
    {
        (_kafka, _options, _embedded, _loggers, _time, _say) = (kafka, options, embedded, loggers, time, say);
        _workers = new RouteWorkers(kafka, time);
        _probe = Consumer("probe");
    }

    /// <summary>Creates the topics, runs everything, removes the topics.</summary>
    /// <param name="stop">Ends it early.</param>
    public Task<IReadOnlyList<RoutePhase>> RunAsync(CancellationToken stop) => WithTopicsAsync(() => PlanAsync(stop));

    /// <summary>Creates the topics, runs the bare loop with every linger, removes the topics.</summary>
    /// <param name="lingers">How long work and decisions linger; equal ones share a producer.</param>
    /// <param name="stop">Ends it early.</param>
    public Task<IReadOnlyList<RoutePhase>> RunLingersAsync(IReadOnlyList<(TimeSpan Work, TimeSpan Decisions)> lingers, CancellationToken stop) =>
        WithTopicsAsync(() => PlanLingersAsync(lingers, stop));

    private async Task<IReadOnlyList<RoutePhase>> WithTopicsAsync(Func<Task> run)
    {
        using TopicAdmin admin = new(_kafka, _loggers, _time, _embedded);
        try
        {
            _say("creating topics");
            if (await admin.CreateAsync().ConfigureAwait(false) is { Refused: [var refusal, ..] })
                throw new KafkaFailureException(KafkaFailureKind.Refused, $"the brokers refuse {refusal}");
            for (int w = 0; w < _options.Workers.Max(); w++) await admin.CreateWorkTopicAsync(RouteRecords.WorkerId(w)).ConfigureAwait(false);
            await run().ConfigureAwait(false);
            return _phases;
        }
        finally
        {
            _workers.Dispose();
            if (_embedded is null) await RemoveTopicsAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _workers.Dispose();
        _probe.Dispose();
    }

    private async Task PlanAsync(CancellationToken stop)
    {
        string first = _options.Policies[0];
        int small = _options.Payloads[0], most = _options.Workers.Max();
        List<(string Policy, int Workers, int Payload, IReadOnlyList<double> Rates, int Repetitions)> plan =
        [
            .. _options.Workers.Select(w => (first, w, small, _options.Rates, _options.Repetitions)),
            .. from policy in _options.Policies.Skip(1) from w in _options.Workers select (policy, w, small, (IReadOnlyList<double>)[], 1),
            .. _options.Payloads.Skip(1).Select(payload => (first, most, payload, (IReadOnlyList<double>)[], _options.Repetitions)),
        ];
        _planned = 2 * (1 + plan.Sum(p => p.Repetitions));

        // The first runs compile code; they do not count.
        _workers.Register(most);
        await SessionAsync(Scheduler, first, most, small, -1, [], stop).ConfigureAwait(false);
        await SessionAsync(Bare, first, most, small, -1, [], stop).ConfigureAwait(false);
        _phases.Clear();
        foreach ((string policy, int workers, int payload, IReadOnlyList<double> rates, int repetitions) in plan)
        {
            _workers.Register(workers);
            for (int pair = 0; pair < repetitions; pair++)
            {
                // The bare loop repeats the shares of topics that the scheduler made, so the scheduler's first run comes first.
                string[] order = pair % 2 == 0 ? [Scheduler, Bare] : [Bare, Scheduler];
                foreach (string loop in order) await SessionAsync(loop, policy, workers, payload, pair, rates, stop).ConfigureAwait(false);
            }
        }
    }

    private async Task PlanLingersAsync(IReadOnlyList<(TimeSpan Work, TimeSpan Decisions)> lingers, CancellationToken stop)
    {
        _planned = 1 + (_options.Workers.Count * lingers.Count * _options.Repetitions);
        string policy = _options.Policies[0];
        foreach (int workers in _options.Workers) _orders[(policy, workers)] = Order([.. Enumerable.Repeat(1L, workers)]);
        await SessionAsync(Bare, policy, _options.Workers[0], _options.Payloads[0], -1, [], stop).ConfigureAwait(false);
        _phases.Clear();
        for (int pair = 0; pair < _options.Repetitions; pair++)
        {
            foreach (int workers in _options.Workers)
                foreach (var linger in lingers)
                    await SessionAsync(Bare, policy, workers, _options.Payloads[0], pair, _options.Rates, stop, linger).ConfigureAwait(false);
        }
    }

    private async Task SessionAsync(string kind, string policy, int workers, int payload, int pair, IReadOnlyList<double> rates, CancellationToken stop,
        (TimeSpan Work, TimeSpan Decisions)? linger = null)
    {
        BatchingRule waits = linger is { } given ? new BatchingRule { Slow = given.Work, Fast = given.Work, Decisions = given.Decisions } : new BatchingRule();
        _say($"run {++_sessions} of {_planned}: {kind}, {policy}, {workers} work topics, "
            + $"{payload} B{(linger is { } l ? $", linger {l.Work.TotalMilliseconds} and {l.Decisions.TotalMilliseconds} ms" : "")}");
        RouteRecords records = new(payload, _sessions, Micros());
        CommitEnds(GroupOf(_sessions));
        long[] before = WorkEnds(workers);
        long stored = StoredRequests();
        using RouteFeeder feeder = new(_kafka, records, _options.Partitions, _time);
        WorkReader? reader = rates.Count > 0 ? new WorkReader(_kafka, workers, _time) : null;
        List<RoutePhase> phases = [];
        bool complete;
        try
        {
            HashSet<int> others = [.. ThreadTimes.Take().Threads];
            using IRouteLoop loop = kind == Scheduler
                ? new SchedulerLoop(_kafka, GroupOf(_sessions), policy, _options.Partitions, _loggers, _time)
                : new BareLoop(
                    _kafka, GroupOf(_sessions), RouteSizes.Measure(policy, workers, payload, _time), _orders[(policy, workers)], _options.Partitions, waits);
            LoopProgress progress = loop.Progress;
            await WaitAsync(() => progress.IsReady, loop, feeder, "the loop got no partitions", stop).ConfigureAwait(false);
            foreach (double rate in rates) phases.Add(await PhaseAsync(rate, records).ConfigureAwait(false));
            reader?.Dispose();
            reader = null;
            phases.Add(await PhaseAsync(0, records).ConfigureAwait(false));
            feeder.Pause();
            long began = _time.GetTimestamp();
            complete = await TryWaitAsync(() => progress.Answered >= feeder.Sent, loop, feeder, stop).ConfigureAwait(false)
                && (loop is not SchedulerLoop scheduler || scheduler.NotPlaced == 0);
            if (!complete || _time.GetElapsedTime(began) > TimeSpan.FromSeconds(2))
                _say(FormattableString.Invariant(
                    $"waited {_time.GetElapsedTime(began).TotalSeconds:0.0} s for the last of {feeder.Sent} requests: {StoredRequests() - stored} stored, ")
                    + FormattableString.Invariant($"{progress.Taken} taken, {progress.Answered} answered{(loop as SchedulerLoop)?.Outcomes}"));

            async Task<RoutePhase> PhaseAsync(double rate, RouteRecords records)
            {
                long start = progress.Answered;
                if (loop is BareLoop bare) bare.IsFast = waits.IsFast((rate == 0 ? UnfedRate : rate) / workers, was: false);
                feeder.Feed(progress, rate, MostAhead(records.RequestBytes));
                await Pause(_options.WarmUp, stop).ConfigureAwait(false);
                await WaitAsync(() => progress.Answered > start, loop, feeder, "the loop takes no requests", stop).ConfigureAwait(false);
                reader?.Take();
                Reading from = Reading.Take(progress, _time);
                await Pause(_options.Seconds, stop).ConfigureAwait(false);
                Reading to = Reading.Take(progress, _time);
                if ((loop.Failure ?? feeder.Failure) is { } failure)
                    throw new InvalidOperationException("the benchmark broke off: " + failure.Message, failure);
                return Phase(kind, policy, workers, payload, pair, rate, from, to, others, reader?.Take() ?? []);
            }
        }
        finally
        {
            reader?.Dispose();
        }

        long[] after = WorkEnds(workers);
        int used = after.Zip(before).Count(w => w.First > w.Second);
        if (kind == Scheduler) _orders[(policy, workers)] = Order([.. after.Zip(before, (a, b) => a - b)]);
        _phases.AddRange(phases.Select(p => p with { TopicsUsed = used, Complete = complete, WorkLinger = linger?.Work, DecisionLinger = linger?.Decisions }));
    }

    private static RoutePhase Phase(
        string kind, string policy, int workers, int payload, int pair, double rate, Reading from, Reading to, HashSet<int> others, double[] latencies)
    {
        double seconds = to.Seconds - from.Seconds;
        double requests = Math.Max(1, to.Taken - from.Taken);
        int[] own = [.. to.Times.Threads.Where(t => !others.Contains(t))];
        double all = to.Times.Since(from.Times, own), loop = to.Times.Since(from.Times, own.Where(ThreadTimes.IsLoop));
        return new RoutePhase
        {
            Loop = kind, Policy = policy, Workers = workers, PayloadBytes = payload, Pair = pair, FedRate = rate,
            RequestsPerSecond = requests / seconds, LoopMicros = loop * 1e6 / requests, ClientMicros = (all - loop) * 1e6 / requests,
            ProcessMicros = (to.Times.ProcessSeconds - from.Times.ProcessSeconds) * 1e6 / requests, LoopBytes = (to.Allocated - from.Allocated) / requests,
            Collections = to.Collections - from.Collections,
            LatencyP50 = latencies.Length == 0 ? double.NaN : Percentile.Of(latencies, 0.5),
            LatencyP99 = latencies.Length == 0 ? double.NaN : Percentile.Of(latencies, 0.99), LatencySamples = latencies.Length,
        };
    }

    // The embedded cluster drops what exceeds 5 MiB of a partition, read or not.
    private long MostAhead(int requestBytes) => Math.Clamp((_embedded is null ? 64_000_000 : 4_000_000) / (requestBytes + 100), 500, 16_000);

    private long[] WorkEnds(int workers) =>
        [.. Enumerable.Range(0, workers)
            .Select(w => _probe.QueryWatermarkOffsets(new TopicPartition(_kafka.Topics.Work(RouteRecords.WorkerId(w)), 0), Patience).High.Value)];

    private long StoredRequests() =>
        Enumerable.Range(0, _options.Partitions).Sum(p => _probe.QueryWatermarkOffsets(new TopicPartition(_kafka.Topics.Requests, p), Patience).High.Value);

    // Every session has a group of its own, which begins at the ends: whatever an earlier one has left is not this one's.
    private void CommitEnds(string group)
    {
        using IConsumer<Ignore, Ignore> member = Consumer(group);
        member.Commit(
            from topic in new[] { _kafka.Topics.Requests, _kafka.Topics.Results }
            from partition in Enumerable.Range(0, _options.Partitions)
            let place = new TopicPartition(topic, partition)
            select new TopicPartitionOffset(place, member.QueryWatermarkOffsets(place, Patience).High));
    }

    private IConsumer<Ignore, Ignore> Consumer(string group) =>
        new ConsumerBuilder<Ignore, Ignore>(_kafka.GroupConsumer(_kafka.Group(group))).SetLogHandler(static (_, _) => { }).Build();

    private static string GroupOf(int session) => $"session-{session}";

    // A sequence of workers in which each has its share, in random order.
    private static int[] Order(long[] counts)
    {
        const int Length = 4096;
        RandomStream random = RandomStream.For(1, "order of workers");
        long sum = Math.Max(1, counts.Sum()), so = 0;
        int[] order = new int[Length];
        for (int i = 0, w = 0; i < Length; i++)
        {
            while (w < counts.Length - 1 && (so + counts[w]) * Length <= i * sum) so += counts[w++];
            order[i] = w;
        }

        random.Shuffle(order.AsSpan());

        return order;
    }

    private Task Pause(double seconds, CancellationToken stop) => Task.Delay(TimeSpan.FromSeconds(seconds), _time, stop);

    private async Task WaitAsync(Func<bool> done, IRouteLoop loop, RouteFeeder feeder, string problem, CancellationToken stop)
    {
        if (!await TryWaitAsync(done, loop, feeder, stop).ConfigureAwait(false))
            throw new KafkaFailureException(KafkaFailureKind.Unreachable, $"{problem} within {Patience.TotalSeconds:0} s");
    }

    private async Task<bool> TryWaitAsync(Func<bool> done, IRouteLoop loop, RouteFeeder feeder, CancellationToken stop)
    {
        long began = _time.GetTimestamp();
        while (!done())
        {
            if ((loop.Failure ?? feeder.Failure) is { } failure) throw new InvalidOperationException("the benchmark broke off: " + failure.Message, failure);
            if (_time.GetElapsedTime(began) > Patience) return false;
            await Task.Delay(TimeSpan.FromMilliseconds(5), _time, stop).ConfigureAwait(false);
        }

        return true;
    }

    private async Task RemoveTopicsAsync()
    {
        _say("removing topics");
        using IAdminClient admin = new AdminClientBuilder(_kafka.Admin()).SetLogHandler(static (_, _) => { }).Build();
        string[] topics = [.. admin.GetMetadata(Patience).Topics.Select(t => t.Topic).Where(t => t.StartsWith(_kafka.Prefix, StringComparison.Ordinal))];
        if (topics.Length > 0) await admin.DeleteTopicsAsync(topics, new DeleteTopicsOptions { OperationTimeout = Patience }).ConfigureAwait(false);
        try
        {
            await admin.DeleteGroupsAsync([.. Enumerable.Range(1, _sessions).Select(session => _kafka.Group(GroupOf(session)))]).ConfigureAwait(false);
        }
        catch (DeleteGroupsException)
        {
            // One that broke off before its first commit does not exist.
        }
    }

    private long Micros() => _time.GetUtcNow().ToUnixTimeMicroseconds();

    /// <summary>All clocks and counters at one instant.</summary>
    private sealed record Reading(double Seconds, long Taken, long Allocated, int Collections, ThreadTimes Times)
    {
        public static Reading Take(LoopProgress progress, TimeProvider time) => new(
            time.GetTimestamp() / (double)time.TimestampFrequency, progress.Taken, progress.Allocated, GC.CollectionCount(0), ThreadTimes.Take());
    }
}
