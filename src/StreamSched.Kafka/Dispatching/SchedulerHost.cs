using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Avro;
using StreamSched.Core.Scheduling;

namespace StreamSched.Kafka.Dispatching;

/// <summary>
/// One scheduler on Kafka: a member of the group on <c>requests</c> that reads <c>results</c> of its partitions, everybody's <c>workers</c>, <c>telemetry</c>,
/// <c>load</c> and <c>policies</c>, and feeds one <see cref="Dispatcher"/>. All of it happens on the thread that calls <see cref="Run"/>.
/// </summary>
public sealed class SchedulerHost : IGroupMember, IDispatchSink, IDisposable
{
    // With nothing to do the loop wakes this often, for what time demands and for results, which only free the view.
    private static readonly TimeSpan IdleWait = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan IdleLoadPeriod = TimeSpan.FromSeconds(1), SamplePeriod = TimeSpan.FromSeconds(1);

    // Results only free what the view holds: a few milliseconds later will do, and fetching them one by one costs as much as scheduling.
    private static readonly TimeSpan ResultGathering = TimeSpan.FromMilliseconds(5);
    private readonly KafkaSettings _kafka;
    private readonly SchedulerHostSettings _settings;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly MessageDecoder _decoder;
    private readonly SchedulerProducers _producers;
    private readonly TopicReader _cluster;
    private readonly TopicReader _results;
    private readonly ClusterFeed _feed;
    private readonly WorkerConditions _workerConditions;
    private readonly List<int> _assigned = [];
    private readonly RecordHandler _onResult;
    private readonly RecordHandler _onCluster;
    private readonly ProducerTopic _resultsTopic;
    private readonly ProducerTopic _loadTopic;
    private readonly byte[] _traceBytes = new byte[TraceContext.PackedLength];
    private GroupConsumer? _group;
    private CancellationToken _stop;
    private Activity? _activity; // of the request that is being decided on; null: nobody traces it
    private ProcessorGauge[] _processors = [];
    private IReadOnlyList<PartitionLag> _lag = [];
    private long _nextSample;
    private long _lastRound;
    private KafkaFailureException? _notKept;
    private LoadReporter? _load;
    private int _partitions;
    private long _nextLoad;
    private long _reportedFailures;
    private volatile bool _ready;

    /// <summary>Makes a scheduler; it connects in <see cref="Run"/>.</summary>
    /// <param name="kafka">The installation.</param>
    /// <param name="settings">How it works.</param>
    /// <param name="logger">For what an operator should know.</param>
    /// <param name="time">Clock.</param>
    public SchedulerHost(KafkaSettings kafka, SchedulerHostSettings settings, ILogger logger, TimeProvider time)
    {
        (_kafka, _settings, _logger, _time) = (kafka, settings, logger, time);
        Conditions = new Conditions(logger, time);
        _decoder = new MessageDecoder(settings.SchemaFolder is null ? SchemaCatalogue.Own : SchemaCatalogue.Load(settings.SchemaFolder));
        Scheduler = new Scheduler(settings.Scheduler, settings.Network(), time, Now());
        ulong seed = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
        Dispatcher = new Dispatcher(settings.Dispatch, Scheduler, this, _decoder, seed);
        _producers = new SchedulerProducers(kafka, settings.Batching, logger, time, OnDelivered);
        _cluster = new TopicReader(kafka, logger, time);
        _results = new TopicReader(kafka, logger, time, kafka.Topics.Results, gather: ResultGathering);
        _workerConditions = new WorkerConditions(Scheduler.View, Conditions);
        _feed = new ClusterFeed(kafka, settings, Scheduler, _decoder, logger);
        _resultsTopic = _producers.Other.Topic(kafka.Topics.Results);
        _loadTopic = _producers.Other.Topic(kafka.Topics.Of(Topics.Load));
        _onResult = OnResult;
        _onCluster = (in ReceivedRecord record) => _feed.Take(record, Now(), catchingUp: !_ready);
    }

    /// <summary>Who decides.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>Who sees requests through.</summary>
    public Dispatcher Dispatcher { get; }

    /// <summary>Whether the cluster's state is known, requests are taken and no condition is in the way.</summary>
    public bool IsReady => NotReady is null;

    /// <summary>Why it is not ready; null: it is.</summary>
    public string? NotReady => _ready ? Conditions.NotReady : "starting";

    /// <summary>What an operator must know.</summary>
    public Conditions Conditions { get; }

    /// <summary>Called on the host's thread after every round of the loop, for those who watch or drive it.</summary>
    public Action<SchedulerHost>? AfterRound { get; set; }

    /// <summary>Its name in records.</summary>
    public string Id => _settings.Dispatch.SchedulerId;

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
        LearnTheCluster();
        if (stop.IsCancellationRequested) return;
        _partitions = _results.Partitions(_kafka, _kafka.Topics.Requests).Count;
        _load = new LoadReporter(_settings.Dispatch.SchedulerId, Now());
        GroupConsumerOptions options = new()
        {
            Group = _kafka.Group(_settings.Group), Topic = _kafka.Topics.Requests, CompanionTopic = _kafka.Topics.Results,
            MaxInFlight = _settings.MaxInFlight, DrainTimeout = _settings.DrainTimeout,
        };
        DispatchLog.Joining(_logger, _settings.Dispatch.SchedulerId, Scheduler.View.Workers.Count, options.Topic, options.Group, Scheduler.Policy);
        using GroupConsumer group = new(_kafka, options, this, _logger, _time);
        _group = group;
        _ready = true;
        SchedulerInstruments.Add(this);
        try
        {
            TakeRequests(group);
            group.Close();
            DispatchLog.Ended(_logger, _settings.Dispatch.SchedulerId, Dispatcher.PendingCount);
            _producers.Drain(TimeSpan.FromSeconds(5));
        }
        finally
        {
            SchedulerInstruments.Remove(this);
            _ready = false;
            _group = null;
        }
    }

    /// <summary>Reads what the predecessors answered before any request of theirs is read; the other partitions' requests are seen through meanwhile.</summary>
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
                    throw new KafkaFailureException(KafkaFailureKind.Unreachable, $"{_kafka.Topics.Results}/{partition.Partition} could not be read to the end within {_settings.StartTimeout.TotalSeconds:0.#} s");
                SeeThrough();
            }

            DispatchLog.Recovered(
                _logger, partition.Partition, ends[i] - Math.Max(0, partition.CompanionCommitted), partition.CompanionCommitted, partition.Committed);
        }

        Scheduler.View.SetShare((float)_assigned.Count / _partitions);
        _nextLoad = 0;
    }

    /// <inheritdoc/>
    public void OnRecord(in ReceivedRecord record)
    {
        long now = Now();

        // A record's time is by its producer's clock: what lies ahead, or before anything that the topic still keeps, was not the receipt.
        long received = Math.Min(record.TimestampMillis * 1000, now);
        if (now - received > _settings.Dispatch.Clock.PastTolerance.TotalMicroseconds) received = now;
        using Activity? activity = _activity = StartActivity(record, out int traceLength);
        bool readable = Dispatcher.Request(record.Partition, record.Offset, received, record.Value, _traceBytes.AsSpan(0, traceLength), now, out string? problem);
        _activity = null;
        if (readable) return;
        activity?.SetStatus(ActivityStatusCode.Error, problem);
        if (DeadLetters.Send(_producers.Other, _kafka, record, problem!, Token(record.Partition, record.Offset), _logger) is { } refused)
            OnDeadLetter(record.Partition, record.Offset, refused);
    }

    /// <inheritdoc/>
    public void OnDraining(IReadOnlyList<int> partitions, TimeSpan remaining) => SeeThrough();

    /// <inheritdoc/>
    public void OnRevoked(IReadOnlyList<int> partitions, bool lost)
    {
        foreach (int partition in partitions)
        {
            _results.Leave(_kafka.Topics.Results, partition);
            Dispatcher.Drop(partition, Now());
            _assigned.Remove(partition);
        }

        Scheduler.View.SetShare((float)_assigned.Count / _partitions);
        _nextLoad = 0;
    }

    /// <inheritdoc/>
    public void Work(string worker, Guid id, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace)
    {
        Span<byte> key = stackalloc byte[36];
        id.TryFormat(key, out _);
        _activity?.SetTag(Attributes.MessageId, id.ToString()).SetTag(Attributes.Worker, worker).SetTag(Attributes.Policy, Scheduler.Policy).SetTag(Attributes.Outcome, "placed");
        _producers.Work(worker, key, value, trace);
    }

    /// <inheritdoc/>
    public void Result(int partition, ReadOnlySpan<byte> device, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace)
    {
        _activity?.SetTag(Attributes.Policy, Scheduler.Policy).SetTag(Attributes.Outcome, "rejected");
        _producers.Other.Produce(_resultsTopic, partition, device, value, TraceContext.Unpack(trace));
    }

    /// <inheritdoc/>
    public void Decision(int partition, Guid id, ReadOnlySpan<byte> value)
    {
        Span<byte> key = stackalloc byte[36];
        id.TryFormat(key, out _);
        _producers.Decision(partition, key, value);
    }

    /// <inheritdoc/>
    public void Finished(int partition, long offset) => _group?.Finish(partition, offset);

    /// <summary>Ends at once.</summary>
    public void Dispose()
    {
        _results.Dispose();
        _cluster.Dispose();
        _producers.Dispose();
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
    private void SeeThrough()
    {
        _results.Poll(TimeSpan.FromMilliseconds(2), _onResult);
        if (_group is { } group) Round(group);
    }

    // Everything but requests: results, what is said of the cluster, what time demands.
    private int Round(GroupConsumer group)
    {
        int taken = _results.Poll(TimeSpan.Zero, _onResult);
        taken += _cluster.Poll(TimeSpan.Zero, _onCluster);
        foreach (int partition in _assigned) group.AdvanceCompanion(partition, _results.Position(_kafka.Topics.Results, partition));
        long now = Now(), heldUp = now - _lastRound - (long)LongestTurn.TotalMicroseconds;
        if (_lastRound != 0 && heldUp > 0)
        {
            Scheduler.View.HeldUp(heldUp, now);
            DispatchLog.HeldUp(_logger, (now - _lastRound) / 1000);
        }

        _lastRound = now;
        Dispatcher.Tick(now);
        if (now >= _nextLoad) ReportLoad(now);
        _producers.Judge();
        if (now >= _nextSample) Sample(group, now);
        if ((Volatile.Read(ref _notKept) ?? _producers.Failure) is { } failure) throw failure;
        if (Scheduler.PolicyFailures != _reportedFailures && Scheduler.OnFallback)
        {
            _reportedFailures = Scheduler.PolicyFailures;
            DispatchLog.OnFallback(_logger, _reportedFailures, _settings.Scheduler.Fallback);
        }

        AfterRound?.Invoke(this);
        return taken;
    }

    // Reads what is known of the cluster, and then for one telemetry period more: a worker that lives has said so by then.
    private void LearnTheCluster()
    {
        foreach (string topic in (string[])[Topics.Workers, Topics.Telemetry, Topics.Load, Topics.Policies]) _cluster.FollowAll(_kafka, _kafka.Topics.Of(topic));
        _cluster.CatchUp(_onCluster, _settings.StartTimeout, _stop);
        TimeSpan period = TimeSpan.FromMilliseconds(250);
        foreach (StreamSched.Core.Cluster.WorkerState worker in Scheduler.View.Workers.Values)
            if (worker.Description.TelemetryPeriod > period && worker.Description.TelemetryPeriod < TimeSpan.FromSeconds(10)) period = worker.Description.TelemetryPeriod;
        long began = _time.GetTimestamp();
        while (_time.GetElapsedTime(began) < period && !_stop.IsCancellationRequested) _cluster.Poll(TimeSpan.FromMilliseconds(20), _onCluster);
    }

    private void ReportLoad(long now)
    {
        // Alone, or without partitions, there is no scheduler to tell; operators want to see who is there all the same.
        bool needed = _assigned.Count > 0 && _assigned.Count < _partitions;
        _nextLoad = now + (long)(needed ? _settings.LoadPeriod : IdleLoadPeriod).TotalMicroseconds;
        Scheduler.View.Advance(now);
        Scheduler.View.TakeSnapshot();
        _producers.Other.Produce(
            _loadTopic, -1, Encoding.UTF8.GetBytes(_settings.Dispatch.SchedulerId), _load!.Write(Scheduler.View, (float)_assigned.Count / _partitions, Conditions.InForce, now));
    }

    // Views and clients belong to this thread; whoever collects metrics reads what was sampled here.
    private void Sample(GroupConsumer group, long now)
    {
        _nextSample = now + (long)SamplePeriod.TotalMicroseconds;
        _workerConditions.Update();
        if (!SchedulerInstruments.WantsProcessors) return;
        Volatile.Write(ref _processors, SchedulerInstruments.Sample(Scheduler.View));
        Volatile.Write(ref _lag, group.Lag());
    }

    private void OnResult(in ReceivedRecord record)
    {
        if (!Dispatcher.Result(record.Value, Now()))
            DispatchLog.Ignored(_logger, record.Topic, record.Partition, record.Offset, "no readable result");
    }

    // A dead letter's request is finished once the dead letter is stored.
    private void OnDelivered(ProducerTopic topic, int partition, long offset, long token, Error? error)
    {
        OnDeadLetter((int)(token >> 48), token & 0xFFFF_FFFF_FFFF, error);
    }

    // One that cannot be stored for now ends the scheduler: the next one reads the request again. One that is too large would be so every time.
    private void OnDeadLetter(int partition, long offset, Error? error)
    {
        if (error is { Code: not (ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsg or ErrorCode.InvalidRecord) })
        {
            Volatile.Write(ref _notKept, new KafkaFailureException(
                KafkaFailureKind.Refused, $"{_kafka.Topics.Requests}/{partition} offset {offset} cannot be read, and no dead letter of it be stored: {error.Reason}"));
            return;
        }

        if (error is not null) DispatchLog.DeadLetterRefused(_logger, _kafka.Topics.Requests, partition, offset, error.Reason);
        _group?.Finish(partition, offset);
    }

    private static long Token(int partition, long offset) => ((long)partition << 48) | offset;

    private Activity? StartActivity(in ReceivedRecord record, out int traceLength)
    {
        traceLength = 0;
        if (record.Headers is not { Count: > 0 } headers) return null;
        Activity? activity = Tracing.Source.HasListeners() && TraceContext.TryExtract(headers, out ActivityContext parent)
            ? Tracing.Source.StartActivity("schedule", ActivityKind.Consumer, parent) : null;
        if (activity is { IsAllDataRequested: true })
        {
            Tracing.Describe(activity, "process", record);
            activity.SetTag(Attributes.Group, _kafka.Group(_settings.Group)).SetTag(Attributes.Scheduler, Id);
        }

        traceLength = TraceContext.Pack(headers, activity?.Id, _traceBytes);
        return activity;
    }

    private long Now() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
