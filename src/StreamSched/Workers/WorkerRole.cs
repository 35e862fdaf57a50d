using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Clocks;
using StreamSched.Core.Serving;
using StreamSched.Hosting;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;
using StreamSched.Onnx.Catalogue;
using StreamSched.Onnx.Energy;
using StreamSched.Onnx.Execution;
using StreamSched.Onnx.Models;
using StreamSched.Schedulers;
using InterferenceTable = StreamSched.Core.Cluster.InterferenceTable;

namespace StreamSched.Workers;

/// <summary>
/// A worker: measures its models, registers, answers what arrives in its topic in batches, tells how it is doing, and withdraws when it is told to stop.
/// </summary>
/// <remarks>
/// The thread that calls <see cref="Run"/> reads and queues; a slot that becomes free forms the next batch on its own thread, under <c>_gate</c>. An item is
/// committed once its result is stored.
/// </remarks>
internal sealed partial class WorkerRole : IRole, IGroupMember, IAsyncDisposable
{
    private static readonly TimeSpan RegisterPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WithdrawTimeout = TimeSpan.FromSeconds(1), ShortestWait = TimeSpan.FromMilliseconds(500),
        PartitionsAge = TimeSpan.FromMilliseconds(100);
    private readonly KafkaSettings _kafka;
    private readonly WorkerSettings _settings;
    private readonly ILogger _logger;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly TopicAdmin _admin;
    private readonly SteadyClock _clock;
    private readonly BrokerClock _brokerClock = new();
    private readonly SchedulerClocks _schedulerClocks = new();
    private readonly MessageDecoder _decoder;
    private readonly RecordProducer _producer;
    private readonly ProducerTopic _results;
    private readonly ResultWriter _writer;
    private readonly ResultOutbox _outbox;
    private readonly RunningBatches _running = new();
    private readonly WorkerInstruments _instruments;
    private readonly Lock _gate = new();
    private readonly WorkQueue<WorkEntry> _queue = new();
    private readonly Dictionary<string, int> _variantIndex = new(StringComparer.Ordinal);
    private readonly List<string> _variants = [];
    private readonly Waiting<WorkEntry>[] _batch = new Waiting<WorkEntry>[ModelManifest.LargestBatch];
    private InterferenceTable? _interference; // as registered
    private Registrar? _registrar;
    private long _incarnation;
    private ModelCatalogue? _catalogue;
    private ProcessorLoop? _loop;
    private GroupConsumer? _consumer;
    private Exception? _failure;
    private int _partitions; // of results, as far as known
    private long _partitionsAsked;
    private long _sequence;
    private long _finishedMicros;
    private long _registerAgainAt; // a timestamp; 0: it is registered, or will hear of it
    private int _held;
    private volatile bool _draining;
    private volatile bool _ready;

    /// <summary>Makes a worker; it connects in <see cref="Run"/>.</summary>
    /// <param name="kafka">The installation.</param>
    /// <param name="settings">The worker.</param>
    /// <param name="loggers">For what an operator should know.</param>
    /// <param name="time">Clock.</param>
    /// <param name="embedded">The cluster, if it is inside this process.</param>
    public WorkerRole(KafkaSettings kafka, WorkerSettings settings, ILoggerFactory loggers, TimeProvider time, EmbeddedCluster? embedded = null)
    {
        if (!TopicCatalogue.IsWorkerId(settings.Id)) throw new RoleException($"worker id '{settings.Id}' must be 1 to 64 of a-z, 0-9 and '-'");
        (_kafka, _settings, _loggers, _logger, _time) = (kafka, settings, loggers, loggers.CreateLogger<WorkerRole>(), time);
        Conditions = new Conditions(loggers, time);
        _admin = new TopicAdmin(kafka, loggers, time, embedded);
        _clock = new SteadyClock(time);
        _instruments = new WorkerInstruments(settings.Id, () => _ready ? this : null);
        _decoder = new MessageDecoder(ForeignSchemas.Of(settings.SchemaFolder));
        _producer = new RecordProducer(kafka, loggers, time, OnDelivered);
        _results = _producer.Topic(kafka.Topics.Results);
        _writer = new ResultWriter(settings);
        _outbox = new ResultOutbox(settings, _producer, _results, _writer, offset => _consumer?.Acknowledge(0, offset), Conditions, loggers, _clock);
    }

    /// <summary>Whether it is registered, takes work and no condition is in the way.</summary>
    public bool IsReady => NotReady is null;

    /// <summary>Why it is not ready; null: it is.</summary>
    public string? NotReady => _ready ? Conditions.NotReady : "starting";

    /// <summary>What an operator must know.</summary>
    public Conditions Conditions { get; }

    /// <summary>Its incarnation.</summary>
    public long Incarnation => _incarnation;

    /// <summary>Requests that it holds.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>Items that it has read and whose results are not stored yet.</summary>
    public int Unfinished => _consumer?.Unfinished ?? 0;

    /// <summary>Requests that wait, by variant.</summary>
    public Dictionary<string, int> Waiting
    {
        get
        {
            Dictionary<string, int> waiting = [];
            lock (_gate)
            {
                for (int v = 0; v < _variants.Count; v++)
                    if (_queue.WaitingOf(v) is > 0 and int n) waiting[_variants[v]] = n;
            }

            return waiting;
        }
    }

    /// <summary>Power draw of its processor; null: unknown, or nothing runs yet.</summary>
    public double? Watts => _loop is { } loop ? loop.Energy.Power(_settings.Processor.Slots - loop.FreeSlots).Watts : null;

    /// <summary>Runs until told to stop, then drains and withdraws.</summary>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="RoleException">It cannot run as it was asked to.</exception>
    /// <exception cref="KafkaFailureException">Kafka cannot be used (any more).</exception>
    public async Task Run(CancellationToken stop)
    {
        using TopicReader self = new(_kafka, _loggers, _time);
        foreach (string topic in (string[])[TopicCatalogue.Workers, TopicCatalogue.Telemetry]) self.FollowAll(_kafka, _kafka.Topics.Of(topic));
        long former = 0;
        self.CatchUp((in ReceivedRecord record) => former = Math.Max(former, IncarnationIn(record)), TimeSpan.FromMinutes(1), stop);
        await _admin.CreateWorkTopicAsync(_settings.Id).ConfigureAwait(false); // first, since its limit bounds what models may ask for
        await OpenModels(stop).ConfigureAwait(false);
        former = Math.Max(former, RefuseTakenId(self, stop));

        // Larger than any before: the clock may have gone back since.
        _incarnation = Math.Max(Now(), former + 1);
        _writer.Incarnation = _incarnation;
        _registrar = new Registrar(_settings, _incarnation, _loggers);
        if (stop.IsCancellationRequested) return;
        _loop = new ProcessorLoop(
            _settings.Processor, _catalogue!, _running, new EnergyMeter(_settings.Processor, _settings.Slowdown, _time), _settings.Slowdown, OnBatch, _time,
            Pace());
        _loop.SlotFreed += StartBatches;
        BeginToServe();
        using CancellationTokenSource ended = new(); // not linked to stop: a worker that falls silent while it drains is taken for dead
        Task telemetry = SendTelemetry(ended.Token);
        GroupConsumerSettings settings = new()
        {
            Group = _kafka.Group("worker." + _settings.Id), Topic = _kafka.Topics.Work(_settings.Id), FixedPartitions = [0],
            DrainTimeout = _settings.DrainTimeout,
            TopicGrace = TimeSpan.FromSeconds(3), // it was there a moment ago
            TopicCure = "Start this worker again, which creates it",
            OwesEarlierRecords = false, // what was meant for an earlier incarnation has been sent again
        };
        try
        {
            using GroupConsumer consumer = new(_kafka, settings, this, _loggers, _time, Conditions);
            _consumer = consumer;

            // On a thread of its own: with a few workers in a process the pool's threads would all wait here, and telemetry for one of them.
            await Task.Factory.StartNew(
                () => Serve(consumer, self, stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            await Drain(consumer, self, ended).ConfigureAwait(false);
        }
        finally
        {
            _ready = false;
            await ended.CancelAsync().ConfigureAwait(false);
            await telemetry.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void OnAssigned(IReadOnlyList<AssignedPartition> partitions)
    {
    }

    /// <inheritdoc/>
    public bool OnDraining(IReadOnlyList<int> partitions, TimeSpan remaining)
    {
        _outbox.WriteAgain();
        StartBatches();
        return true;
    }

    /// <inheritdoc/>
    public void OnRevoked(IReadOnlyList<int> partitions, bool lost)
    {
    }

    /// <summary>Ends at once what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_loop is not null) await _loop.DisposeAsync().ConfigureAwait(false);
        if (_catalogue is not null) await _catalogue.DisposeAsync().ConfigureAwait(false);
        _producer.Dispose();
        _admin.Dispose();
        _instruments.Dispose();
    }

    private void Serve(GroupConsumer consumer, TopicReader self, CancellationToken stop)
    {
        _ready = true;
        while (!stop.IsCancellationRequested && !_draining)
        {
            consumer.Poll(TimeSpan.FromMilliseconds(20));
            self.Poll(TimeSpan.Zero, OnOwnRecord);
            _outbox.WriteAgain();
            if (Volatile.Read(ref _registerAgainAt) is not 0 and var at && _time.GetTimestamp() >= at) RegisterAgain();
            ThrowIfFailed();
        }
    }

    // A live process with this id sends telemetry within its period. What was written before proves nothing; and instants of the record do not either, since
    // they are by its clock.
    private long RefuseTakenId(TopicReader self, CancellationToken stop)
    {
        long former = 0;
        self.CatchUp((in ReceivedRecord record) => former = Math.Max(former, IncarnationIn(record)), TimeSpan.FromMinutes(1), stop);
        long began = _time.GetTimestamp();
        bool taken = false;
        while (!taken && _time.GetElapsedTime(began) < 2.5 * _settings.TelemetryPeriod && !stop.IsCancellationRequested)
        {
            self.Poll(TimeSpan.FromMilliseconds(20), (in ReceivedRecord record) =>
            {
                former = Math.Max(former, IncarnationIn(record));
                taken |= record.Topic == _kafka.Topics.Of(TopicCatalogue.Telemetry) && IsOwn(record);
            });
        }

        if (taken) throw new RoleException($"a live worker has the id '{_settings.Id}' already: give this one another --id, or stop the other");
        return former;
    }

    private bool IsOwn(in ReceivedRecord record) => Encoding.UTF8.GetString(record.Key) == _settings.Id;

    // The incarnation that a record gives a worker of this id; 0: none. One that schedulers refuse is nobody's.
    private long IncarnationIn(in ReceivedRecord record)
    {
        if (record.IsTombstone || !IsOwn(record)) return 0;
        long incarnation = record.Topic == _kafka.Topics.Of(TopicCatalogue.Workers)
            ? _decoder.TryDecode(record.Value, out WorkerRegistration? registration, out _) ? registration.Incarnation : 0
            : _decoder.TryDecode(record.Value, out WorkerTelemetry? telemetry, out _) ? telemetry.Incarnation : 0;
        return Plausible.Incarnation(incarnation, Now()) ? incarnation : 0;
    }

    // Its own telemetry comes back with the broker's stamp: whose clock is off, without a doubt.
    private void CompareClocks(in ReceivedRecord record)
    {
        if (!IsOwn(record) || !_decoder.TryDecode(record.Value, out WorkerTelemetry? telemetry, out _) || telemetry.Incarnation != _incarnation) return;
        _brokerClock.Take(telemetry.At, record, Now());
        if (_brokerClock.Ahead is not { } broker) return;
        ClockConditions.Tell(Conditions, _settings.Id, _clock.MachineAhead - broker);
    }

    private void OnOwnRecord(in ReceivedRecord record)
    {
        if (record.Topic == _kafka.Topics.Of(TopicCatalogue.Telemetry)) CompareClocks(record);
        if (record.Topic != _kafka.Topics.Of(TopicCatalogue.Workers) || record.IsTombstone || !IsOwn(record)) return;
        if (!_decoder.TryDecode(record.Value, out WorkerRegistration? registration, out _)) return;
        if (registration.Incarnation > _incarnation)
            throw new RoleException($"another process has taken the id '{_settings.Id}' (incarnation {registration.Incarnation}); this one ends");
        if (registration.Incarnation == _incarnation && registration.Draining) _draining = true;
    }

    private void Register(WorkerRegistration registration)
    {
        Volatile.Write(ref _registerAgainAt, 0);
        if (_producer.Produce(_producer.Topic(_kafka.Topics.Of(TopicCatalogue.Workers)), -1, Encoding.UTF8.GetBytes(_settings.Id), registration.ToFramed(),
            token: 0) is { } refused)
            OnRegistered(refused);
    }

    // Without its registration a worker that lives gets nothing.
    private void OnRegistered(Error? error)
    {
        if (error is null)
        {
            Conditions.Clear("not-registered", _settings.Id);
            return;
        }

        Conditions.Raise(
            "not-registered", _settings.Id,
            $"the registration of worker '{_settings.Id}' was not stored in {_kafka.Topics.Of(TopicCatalogue.Workers)}, so it gets no work: {error.Reason}. "
            + $"It is written again every {RegisterPause.TotalSeconds:0} s",
            blocksReady: true);
        Volatile.Write(ref _registerAgainAt, _time.GetTimestamp() + (long)(RegisterPause.TotalSeconds * _time.TimestampFrequency));
    }

    private void RegisterAgain() => Register(_registrar!.Describe(_catalogue!.Snapshot, Now(), _draining));

    private async Task Drain(GroupConsumer consumer, TopicReader self, CancellationTokenSource telemetry)
    {
        _draining = true;
        WorkerLog.Draining(_logger, _settings.Id, Held);
        Send(Telemetry());
        long began = _time.GetTimestamp();

        // Schedulers hear of it within moments; what they sent until then still arrives.
        TimeSpan quiet = _settings.TelemetryPeriod + TimeSpan.FromMilliseconds(100);
        while (_time.GetElapsedTime(began) < quiet || (Held > 0 && _time.GetElapsedTime(began) < _settings.DrainTimeout))
        {
            consumer.Poll(TimeSpan.FromMilliseconds(10));
            self.Poll(TimeSpan.Zero, static (in ReceivedRecord _) => { });
            _outbox.WriteAgain();
            StartBatches();
        }

        _producer.Drain(Left());
        consumer.Close(Left());
        await telemetry.CancelAsync().ConfigureAwait(false); // a next incarnation with this id takes telemetry for a sign of this one
        try
        {
            await _producer.ProduceAsync(_producer.Topic(_kafka.Topics.Of(TopicCatalogue.Workers)), -1, Encoding.UTF8.GetBytes(_settings.Id), null)
                .WaitAsync(WithdrawTimeout, _time).ConfigureAwait(false);
            WorkerLog.Drained(_logger, _settings.Id);
        }
        catch (Exception exception) when (exception is TimeoutException or KafkaFailureException)
        {
            WorkerLog.NotWithdrawn(_logger, _settings.Id, WithdrawTimeout.TotalSeconds);
        }

        TimeSpan Left() => _settings.DrainTimeout - _time.GetElapsedTime(began) is var left && left > ShortestWait ? left : ShortestWait;
    }

    private async Task SendTelemetry(CancellationToken stop)
    {
        try
        {
            using PeriodicTimer timer = new(_settings.TelemetryPeriod, _time);
            do
            {
                Send(Telemetry());
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The worker ends.
        }
        catch (KafkaFailureException exception)
        {
            _failure = exception; // thrown by the main loop
        }
    }

    private WorkerTelemetry Telemetry()
    {
        IReadOnlyDictionary<string, int> running = _running.Requests;
        double backlog;
        lock (_gate)
        {
            long now = Now();
            backlog = _queue.BacklogSeconds(now);
            foreach ((string variant, int count) in running)
                // On average half of it is done.
                if (_variantIndex.TryGetValue(variant, out int index)) backlog += _queue.Expected(index, count, now) / 2;
        }

        WatchRuns();
        CatalogueSnapshot snapshot = _catalogue!.Snapshot;
        PowerReading power = _loop!.Energy.Power(_settings.Processor.Slots - _loop.FreeSlots);
        return new WorkerTelemetry
        {
            Worker = _settings.Id, Incarnation = _incarnation, Sequence = Interlocked.Increment(ref _sequence), At = Now(),
            State = _draining ? WorkerState.Draining : WorkerState.Ready, FinishedMicros = Interlocked.Read(ref _finishedMicros),
            Processors =
            [
                new ProcessorTelemetry
                {
                    Processor = _settings.Processor.Id, Waiting = Waiting, Running = new Dictionary<string, int>(running),
                    BacklogMicros = (long)(backlog * 1e6), PowerWatts = power.Watts is >= 0 and <= 1e6 ? power.Watts : null,
                    PowerSource = (PowerSource)power.Source, MemoryBytes = snapshot.Models.Values.Sum(m => m.MemoryBytes),
                },
            ],
            Conditions = [.. Conditions.Reported(Conditions.InForce).Select(c => new TelemetryCondition { Code = c.Code, Subject = c.Subject, Text = c.Text })],
        };
    }

    private void Send(WorkerTelemetry telemetry) =>
        _producer.Produce(_producer.Topic(_kafka.Topics.Of(TopicCatalogue.Telemetry)), -1, Encoding.UTF8.GetBytes(_settings.Id), telemetry.ToFramed());

    private void ThrowIfFailed()
    {
        if (_failure is { } failure) throw failure;
        if (_producer.Failure is { } lost) throw lost;
        if (_loop!.Completion.IsFaulted) throw _loop.Completion.Exception!.GetBaseException();
        if (_catalogue!.Completion.IsFaulted) throw _catalogue.Completion.Exception!.GetBaseException();
    }

    private long Now() => _clock.Now;
}
