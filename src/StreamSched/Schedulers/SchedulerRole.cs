using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Avro;
using StreamSched.Clocks;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Schedulers;

/// <summary>
/// One scheduler on Kafka: a member of the group on <c>requests</c> that reads <c>results</c> of its partitions, everybody's <c>workers</c>, <c>telemetry</c>,
/// <c>load</c> and <c>policies</c>, and feeds one <see cref="Dispatcher"/>. All of it happens on the thread that calls <see cref="Run"/>.
/// </summary>
internal sealed class SchedulerRole : IRole, IGroupMember, IDisposable
{
    // With nothing to do the loop wakes this often, for what is due and for results, which only free the view.
    private static readonly TimeSpan IdleWait = TimeSpan.FromMilliseconds(2);
    private const int LoadBytesPerMicro = 10;
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan IdleLoadPeriod = TimeSpan.FromSeconds(1), SamplePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CountPeriod = TimeSpan.FromSeconds(10), CountPeriodWhileMissing = TimeSpan.FromSeconds(1);

    // Results only free what the view holds: a few milliseconds later will do, and fetching them one by one costs as much as scheduling.
    private static readonly TimeSpan ResultFetchWait = TimeSpan.FromMilliseconds(5);
    private readonly KafkaSettings _kafka;
    private readonly SchedulerRoleSettings _settings;
    private readonly ILogger _logger;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly SteadyClock _clock;
    private readonly MessageDecoder _decoder;
    private readonly SchedulerProducers _producers;
    private readonly TopicReader _cluster;
    private readonly TopicReader _results;
    private readonly ClusterFeed _feed;
    private readonly WorkerConditions _workerConditions;
    private readonly Counterparts _counterparts;
    private readonly List<int> _assigned = [];
    private readonly RecordHandler _onResult;
    private readonly RecordHandler _onCluster;
    private readonly ProducerTopic _loadTopic;
    private readonly DeadLetterWriter _deadLetters;
    private readonly CommitWatch _commits;
    private readonly SchedulerInstruments _instruments;
    private readonly ConcurrentQueue<(long Token, DispatchLoss Loss)> _workNotStored = new();
    private readonly byte[] _traceBytes = new byte[TraceContext.PackedLength];
    private GroupConsumer? _group;
    private CancellationToken _stop;
    private ProcessorGauge[] _processors = [];
    private IReadOnlyList<PartitionLag> _lag = [];
    private long _nextSample;
    private long _lastRound;
    private LoadReporter? _load;
    private Task<bool>? _counting; // partitions
    private long _nextCount;
    private int _partitions;
    private long _nextLoad;
    private long _reportedFailures;
    private volatile bool _ready;

    /// <summary>Makes a scheduler; it connects in <see cref="Run"/>.</summary>
    /// <param name="kafka">The installation.</param>
    /// <param name="settings">How it works.</param>
    /// <param name="loggers">For what an operator should know.</param>
    /// <param name="time">Clock.</param>
    public SchedulerRole(KafkaSettings kafka, SchedulerRoleSettings settings, ILoggerFactory loggers, TimeProvider time)
    {
        (_kafka, _settings, _loggers, _logger, _time) = (kafka, settings, loggers, loggers.CreateLogger<SchedulerRole>(), time);
        _clock = new SteadyClock(time);
        Conditions = new Conditions(loggers, time);
        _decoder = new MessageDecoder(ForeignSchemas.Of(settings.SchemaFolder));
        SchedulerSettings deciding = settings.Scheduler with { RecordsFeatures = settings.Dispatch.WriteDecisions };
        Scheduler = new Scheduler(deciding, settings.Network(), time, 0); // no instant yet: the clock may be corrected before the first
        ulong seed = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
        DispatchSettings dispatch = settings.Dispatch with
        {
            Lifecycle = settings.Dispatch.Lifecycle with { MaxWaiting = Math.Min(settings.Dispatch.Lifecycle.MaxWaiting, settings.MaxInFlight / 4) },
        };
        _producers = new SchedulerProducers(
            kafka, settings.Batching, loggers, time, OnDelivered, (token, code) => _workNotStored.Enqueue((token, LossOf(code))));
        _instruments = new SchedulerInstruments(Id, () => _ready ? this : null);
        Dispatcher = new Dispatcher(dispatch, Scheduler, new SchedulerOutput(kafka, _producers, Acknowledge), _decoder, seed, _instruments);
        _commits = new CommitWatch(kafka, settings, Dispatcher, Conditions);
        _cluster = new TopicReader(kafka, loggers, time);
        _results = new TopicReader(kafka, loggers, time, kafka.Topics.Results, fetchWait: ResultFetchWait, gaps: Conditions);
        _workerConditions = new WorkerConditions(Scheduler.View, Conditions);
        _feed = new ClusterFeed(kafka, settings, Scheduler, _decoder, loggers) { Incarnation = Now() };
        _counterparts = new Counterparts(kafka, _cluster, Conditions);
        _loadTopic = _producers.Other.Topic(kafka.Topics.Of(TopicCatalogue.Load));
        _deadLetters = new DeadLetterWriter(kafka, _producers.Other, Acknowledge, Conditions, loggers, time);
        _onResult = OnResult;
        _onCluster = (in ReceivedRecord record) => _feed.Take(record, Now(), catchingUp: !_ready);
    }

    /// <summary>Decides.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>Brings requests to their answers.</summary>
    public Dispatcher Dispatcher { get; }

    /// <summary>Whether the cluster's state is known, requests are taken and no condition is in the way.</summary>
    public bool IsReady => NotReady is null;

    /// <summary>Why it is not ready; null: it is.</summary>
    public string? NotReady => _ready ? Conditions.NotReady : "starting";

    /// <summary>What an operator must know.</summary>
    public Conditions Conditions { get; }

    /// <summary>Called on the role's thread after every round of the loop, for those who watch or drive it.</summary>
    public Action<SchedulerRole>? AfterRound { get; set; }

    /// <summary>Its name in records.</summary>
    public string Id => _settings.Dispatch.SchedulerId;

    /// <summary>Its incarnation: larger than any that has written under its id.</summary>
    internal long Incarnation => _feed.Incarnation;

    /// <summary>How the processors stood lately; empty unless somebody measures.</summary>
    internal IReadOnlyList<ProcessorGauge> Processors => Volatile.Read(ref _processors);

    /// <summary>How far the held partitions were behind lately; empty unless somebody measures.</summary>
    internal IReadOnlyList<PartitionLag> Lag => Volatile.Read(ref _lag);

    /// <summary>Partitions of requests held now.</summary>
    public IReadOnlyCollection<int> Partitions => _assigned;

    /// <summary>Runs until told to stop, then hands over: waits for what is under way, commits, leaves the group.</summary>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="KafkaFailureException">Kafka cannot be used (any more).</exception>
    public void Run(CancellationToken stop)
    {
        _stop = stop;
        ClockCorrection.Run(_kafka, Id, _clock, Scheduler, _producers.Other, _decoder, _loggers, _time, stop);
        BootstrapView();
        if (stop.IsCancellationRequested) return;
        _partitions = _results.Partitions(_kafka, _kafka.Topics.Requests).Count;
        _load = new LoadReporter(_settings.Dispatch.SchedulerId, _feed.Incarnation);
        GroupConsumerSettings settings = new()
        {
            Group = _kafka.Group(_settings.Group), Topic = _kafka.Topics.Requests, CompanionTopic = _kafka.Topics.Results,
            MaxInFlight = _settings.MaxInFlight, DrainTimeout = _settings.DrainTimeout,
        };
        SchedulerLog.Joining(_logger, _settings.Dispatch.SchedulerId, Scheduler.View.Workers.Count, settings.Topic, settings.Group, Scheduler.Policy);
        using GroupConsumer group = new(_kafka, settings, this, _loggers, _time, Conditions);
        _group = group;
        _ready = true;
        try
        {
            TakeRequests(group);
            group.Close();
            SchedulerLog.Ended(_logger, _settings.Dispatch.SchedulerId, Dispatcher.PendingCount);
            _producers.Drain(TimeSpan.FromSeconds(1)); // all that matters was read back already
        }
        finally
        {
            _counting?.Wait(TimeSpan.FromSeconds(2), CancellationToken.None); // it asks by a client that is disposed of next
            _ready = false;
            _group = null;
        }
    }

    /// <inheritdoc/>
    Task IRole.Run(CancellationToken stop)
    {
        Run(stop);
        return Task.CompletedTask;
    }

    /// <summary>Reads what the predecessors answered before any request of theirs is read; the other partitions' requests are brought to their answers
    /// meanwhile.</summary>
    public void OnAssigned(IReadOnlyList<AssignedPartition> partitions)
    {
        long began = _time.GetTimestamp();
        long[] ends = [.. partitions.Select(partition => _results.Follow(_kafka.Topics.Results, partition.Partition, partition.CompanionCommitted))];
        foreach (AssignedPartition partition in partitions) _assigned.Add(partition.Partition);
        for (int i = 0; i < ends.Length; i++)
        {
            AssignedPartition partition = partitions[i];
            while (_results.Position(_kafka.Topics.Results, partition.Partition) < ends[i])
            {
                _stop.ThrowIfCancellationRequested();
                if (_time.GetElapsedTime(began) > _settings.StartTimeout)
                    throw new KafkaFailureException(
                        KafkaFailureKind.Unreachable,
                        $"{_kafka.Topics.Results}/{partition.Partition} could not be read to the end within {_settings.StartTimeout.TotalSeconds:0.#} s");
                PumpResults();
            }

            SchedulerLog.Recovered(
                _logger, partition.Partition, ends[i] - Math.Max(0, partition.CompanionCommitted), partition.CompanionCommitted, partition.Committed);
        }

        Scheduler.View.SetPartitionShare((float)_assigned.Count / _partitions);
        _nextLoad = _nextCount = 0;
    }

    /// <inheritdoc/>
    public void OnRecord(in ReceivedRecord record)
    {
        long now = Now();

        // A record's time is by its producer's clock: what lies ahead, or before anything that the topic still keeps, was not the receipt.
        long received = Math.Min(record.TimestampMillis * 1000, now);
        if (now - received > _settings.Dispatch.Clock.PastTolerance.TotalMicroseconds) received = now;
        using Activity? activity = StartActivity(record, out int traceLength);
        Admission admission = Dispatcher.Request(record.Partition, record.Offset, received, record.Value, _traceBytes.AsSpan(0, traceLength), now);
        if (activity is not null) Describe(activity, admission);
        if (admission.Problem is { } problem) _deadLetters.Write(record, problem);
    }

    /// <inheritdoc/>
    public bool OnDraining(IReadOnlyList<int> partitions, TimeSpan remaining)
    {
        PumpResults();
        return _deadLetters.UnderWay || partitions.Any(partition => Dispatcher.PendingOf(partition) > Dispatcher.WaitingOf(partition));
    }

    /// <inheritdoc/>
    public void OnRevoked(IReadOnlyList<int> partitions, bool lost)
    {
        foreach (int partition in partitions)
        {
            _results.Leave(_kafka.Topics.Results, partition);
            Dispatcher.Drop(partition, Now());
            _deadLetters.Forget(partition);
            _assigned.Remove(partition);
            _commits.Forget(partition);
        }

        Scheduler.View.SetPartitionShare((float)_assigned.Count / _partitions);
        _nextLoad = 0;
    }

    /// <summary>Ends at once.</summary>
    public void Dispose()
    {
        _results.Dispose();
        _cluster.Dispose();
        _producers.Dispose();
        _instruments.Dispose();
    }

    private void TakeRequests(GroupConsumer group)
    {
        try
        {
            for (TimeSpan wait = TimeSpan.Zero; !_stop.IsCancellationRequested;)
            {
                int taken = group.Poll(wait);
                taken += Round(group);
                wait = taken > 0 ? TimeSpan.Zero : IdleWait;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // told to stop while it took over partitions
        }
    }

    // While no requests may be read.
    private void PumpResults()
    {
        _results.Poll(TimeSpan.FromMilliseconds(2), _onResult);
        if (_group is { } group) Round(group);
    }

    // Everything but requests: results, what is said of the cluster, what is due.
    private int Round(GroupConsumer group)
    {
        int taken = _results.Poll(TimeSpan.Zero, _onResult);
        taken += _cluster.Poll(TimeSpan.Zero, _onCluster);
        foreach (int partition in _assigned) group.AdvanceCompanion(partition, _results.Position(_kafka.Topics.Results, partition));
        long now = Now(), heldUp = now - _lastRound - (long)LongestTurn.TotalMicroseconds;
        if (_lastRound != 0 && heldUp > 0)
        {
            Scheduler.View.HeldUp(heldUp, now);
            SchedulerLog.HeldUp(_logger, (now - _lastRound) / 1000);
        }

        // Two that start at the same moment do not see each other before: the one with the larger incarnation stays.
        if (_feed.Namesake > _feed.Incarnation)
            throw new KafkaFailureException(KafkaFailureKind.Fenced, $"another process has taken the id '{Id}' (incarnation {_feed.Namesake}); this one ends");
        _lastRound = now;
        while (_workNotStored.TryDequeue(out (long Token, DispatchLoss Loss) item)) Dispatcher.NotSent(item.Token, item.Loss, now);
        Dispatcher.Tick(now);
        if (now >= _nextLoad) ReportLoad(now);
        _producers.UpdateRates();
        if (now >= _nextCount) CountPartitions(now);
        if (now >= _nextSample) Sample(group, now);
        _deadLetters.WriteAgain();
        _commits.Look(group, _assigned, now);
        if (_producers.Failure is { } failure) throw failure;
        if (Scheduler.PolicyFailures != _reportedFailures && Scheduler.OnFallback)
        {
            _reportedFailures = Scheduler.PolicyFailures;
            SchedulerLog.OnFallback(_logger, _reportedFailures, _settings.Scheduler.Fallback);
        }

        AfterRound?.Invoke(this);
        return taken;
    }

    // Beside this thread, since brokers take a moment to answer.
    private void CountPartitions(long now)
    {
        if (_counting is { IsCompleted: false }) return;
        bool missing = _counting?.Result == true;
        if (_counterparts.Requests > 0 && _counterparts.Requests != _partitions)
        {
            _partitions = _counterparts.Requests;
            Scheduler.View.SetPartitionShare((float)_assigned.Count / _partitions);
        }

        _nextCount = now + (long)(missing ? CountPeriodWhileMissing : CountPeriod).TotalMicroseconds;
        _counting = Task.Run(() => _counterparts.Compare(_stop), CancellationToken.None);
    }

    // Reads what is known of the cluster, and then for one telemetry period more: a worker that lives has said so by then.
    private void BootstrapView()
    {
        foreach (string topic in (string[])[TopicCatalogue.Workers, TopicCatalogue.Telemetry, TopicCatalogue.Load, TopicCatalogue.Policies])
            _cluster.FollowAll(_kafka, _kafka.Topics.Of(topic));
        _cluster.CatchUp(_onCluster, _settings.StartTimeout, _stop);

        // What was there already may be a former incarnation's; what comes from now on is a live one's. This one's number is larger than a former one's,
        // though the clock may have gone back since.
        bool usedBefore = _feed.Namesake is not null;
        _feed.Incarnation = Math.Max(Now(), (_feed.Namesake ?? 0) + 1);
        _feed.Namesake = null;
        TimeSpan period = TimeSpan.FromMilliseconds(250);
        foreach (StreamSched.Core.Cluster.WorkerState worker in Scheduler.View.Workers.Values)
            if (worker.Description.TelemetryPeriod > period && worker.Description.TelemetryPeriod < TimeSpan.FromSeconds(10))
                period = worker.Description.TelemetryPeriod;
        if (usedBefore && period < 1.5 * IdleLoadPeriod) period = 1.5 * IdleLoadPeriod;
        long began = _time.GetTimestamp();
        while (_time.GetElapsedTime(began) < period && !_stop.IsCancellationRequested && _feed.Namesake is null)
            _cluster.Poll(TimeSpan.FromMilliseconds(20), _onCluster);
        if (_feed.Namesake is not null)
            throw new KafkaFailureException(
                KafkaFailureKind.Fenced, $"a live scheduler has the id '{Id}' already: give this one another --id, or stop the other");
    }

    private void ReportLoad(long now)
    {
        // Alone, or without partitions, there is no scheduler to tell; operators want to see who is there all the same.
        bool needed = _assigned.Count > 0 && _assigned.Count < _partitions;
        _nextLoad = now + (long)(needed ? _settings.LoadPeriod : IdleLoadPeriod).TotalMicroseconds;
        Scheduler.View.Advance(now);
        Scheduler.View.TakeSnapshot();
        ReadOnlySpan<byte> report = _load!.Write(Scheduler, (float)_assigned.Count / _partitions, Conditions.InForce, now);
        // A report of thousands of processors is not written a hundred times a second.
        _nextLoad = Math.Max(_nextLoad, now + (report.Length / LoadBytesPerMicro));
        _producers.Other.Produce(_loadTopic, -1, Encoding.UTF8.GetBytes(_settings.Dispatch.SchedulerId), report);
    }

    private static DispatchLoss LossOf(ErrorCode code) => code switch
    {
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition => DispatchLoss.NoTopic,
        _ => code.IsRefusal() ? DispatchLoss.Refused : DispatchLoss.NotStored,
    };

    // Views and clients belong to this thread; whoever collects metrics reads what was sampled here.
    private void Sample(GroupConsumer group, long now)
    {
        _nextSample = now + (long)SamplePeriod.TotalMicroseconds;
        _workerConditions.Update();
        ClockConditions.Tell(Conditions, Id, _clock.MachineAhead);
        if (!_instruments.WantsProcessors) return;
        Volatile.Write(ref _processors, SchedulerInstruments.Sample(Scheduler.View));
        Volatile.Write(ref _lag, group.Lag());
    }

    private void OnResult(in ReceivedRecord record)
    {
        if (!Dispatcher.Result(record.Value, Now()))
            SchedulerLog.Ignored(_logger, record.Topic, record.Partition, record.Offset, "no readable result");
    }

    // Of dead letters: nothing else has a token.
    private void OnDelivered(ProducerTopic topic, int partition, long offset, long token, Error? error) => _deadLetters.OnDelivered(token, error);

    private Activity? StartActivity(in ReceivedRecord record, out int traceLength)
    {
        traceLength = 0;
        if (record.Headers is not { Count: > 0 } headers) return null;
        Activity? activity = Tracing.Source.HasListeners() && TraceContext.TryExtract(headers, out ActivityContext parent)
            ? Tracing.Source.StartActivity("schedule", ActivityKind.Consumer, parent) : null;
        if (activity is { IsAllDataRequested: true })
        {
            record.Describe(activity, "process");
            activity.SetTag(Attributes.Group, _kafka.Group(_settings.Group)).SetTag(Attributes.Scheduler, Id);
        }

        traceLength = TraceContext.Pack(headers, activity?.Id, _traceBytes);
        return activity;
    }

    private void Acknowledge(int partition, long offset) => _group?.Acknowledge(partition, offset);

    private void Describe(Activity activity, in Admission admission)
    {
        if (admission.Problem is { } problem) activity.SetStatus(ActivityStatusCode.Error, problem);
        if (admission.Worker is { } worker) activity.SetTag(Attributes.MessageId, admission.Id.ToString()).SetTag(Attributes.Worker, worker);
        if (admission.Worker is not null || admission.State == RequestState.Answered)
            activity.SetTag(Attributes.Policy, Scheduler.Policy).SetTag(Attributes.Outcome, admission.Worker is null ? "rejected" : "placed");
    }

    private long Now() => _clock.Now;
}
