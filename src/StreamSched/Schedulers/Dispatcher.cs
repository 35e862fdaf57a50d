using System.Runtime.InteropServices;
using System.Text;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Kafka.Identity;

namespace StreamSched.Schedulers;

/// <summary>
/// Drives the <see cref="RequestLifecycle{TBody}"/> of the assigned partitions with records: requests and results come in by calls, and work items, answers and
/// decisions go out through <see cref="IDispatchSink"/>. Knows no Kafka client. One thread at a time; in steady state nothing is allocated per request.
/// </summary>
internal sealed class Dispatcher : ILifecycleDriver
{
    private const long KeptBytes = 64 * 1024 * 1024; // of buffers that wait for messages
    private readonly DispatchSettings _settings;
    private readonly Scheduler _scheduler;
    private readonly IDispatchSink _sink;
    private readonly MessageDecoder _decoder;
    private readonly NameHash _hash;
    private readonly RecentRequestIds _answered;
    private readonly MessageBuffers _buffers = new(KeptBytes);
    private readonly Dictionary<RequestKey, int> _byKey = [];
    private readonly RecordWriter _writer;
    private readonly SchedulerInstruments? _instruments;
    private readonly RequestLifecycle<Envelope> _lifecycle;
    private long _decisionBegan;

    /// <summary>Makes a dispatcher without open requests.</summary>
    /// <param name="settings">How requests are taken in.</param>
    /// <param name="scheduler">Decides; its view must be fed by the caller, on the same thread.</param>
    /// <param name="sink">Where records go.</param>
    /// <param name="decoder">Reads requests and results of foreign writers.</param>
    /// <param name="hashSeed">Drawn once per process.</param>
    /// <param name="instruments">What is measured.</param>
    public Dispatcher(
        DispatchSettings settings, Scheduler scheduler, IDispatchSink sink, MessageDecoder decoder, ulong hashSeed, SchedulerInstruments? instruments = null)
    {
        (_settings, _scheduler, _sink, _decoder, _hash, _instruments) = (settings, scheduler, sink, decoder, new NameHash(hashSeed), instruments);
        _answered = new RecentRequestIds(settings.Deduplication, settings.DeduplicationEntries);
        _writer = new RecordWriter(settings, scheduler);
        _lifecycle = new RequestLifecycle<Envelope>(settings.Lifecycle, scheduler, this);
    }

    /// <summary>What was counted.</summary>
    public DispatchCounters Counters { get; } = new();

    /// <summary>Requests without an answer in the log.</summary>
    public int PendingCount => _byKey.Count;

    /// <summary>Requests of one partition without an answer in the log.</summary>
    /// <param name="partition">Of requests.</param>
    public int PendingOf(int partition) => _lifecycle.OpenOf(partition);

    /// <summary>Requests of one partition that wait for a worker of their task, of those without an answer.</summary>
    /// <param name="partition">Of requests.</param>
    public int WaitingOf(int partition) => _lifecycle.WaitingOf(partition);

    /// <summary>Requests of one partition that were taken in since the start, repeated and unreadable ones not counted.</summary>
    /// <param name="partition">Of requests.</param>
    public long TakenOf(int partition) => _lifecycle.TakenOf(partition);

    /// <summary>Takes in a request.</summary>
    /// <param name="partition">Of requests.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="received">When the broker got it, µs since 1970.</param>
    /// <param name="message">The record's value.</param>
    /// <param name="trace">Its trace context, packed; empty: none.</param>
    /// <param name="now">µs since 1970.</param>
    /// <returns>What became of it. Of one that cannot be read the caller writes a dead letter and acknowledges the offset.</returns>
    public Admission Request(int partition, long offset, long received, ReadOnlySpan<byte> message, ReadOnlySpan<byte> trace, long now)
    {
        Counters.Requests++;
        string? problem = null;
        if (!TryRead(message, out InferenceRequestView view, out AvroFault fault)) problem = fault.ToString();
        else if (!RequestCheck.HasIds(view))
            problem = view.Id == Guid.Empty ? "id is empty" : $"device has {view.Device.Length} bytes, not 1 to {RequestCheck.MaxNameBytes}";
        if (problem is not null)
        {
            Counters.Unreadable++;
            return new Admission { Problem = problem };
        }

        RequestKey key = new(view.Id, _hash.Of(view.Device));
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_byKey, key, out bool isOpen);
        if (isOpen || _answered.Contains(key))
        {
            if (!isOpen) _byKey.Remove(key);
            Repeated(isOpen ? place : -1, partition, offset);
            return default;
        }

        int handle = place = _lifecycle.Track(Resolve(view, received, message.Length, out bool implausible), partition);
        Keep(handle, key, offset, received, implausible, message, trace, view.Device);
        if (RequestCheck.InvalidField(view, _settings) is null)
        {
            _lifecycle.Place(handle, now);
        }
        else
        {
            Counters.Invalid++;
            _lifecycle.Answer(handle, SchedulerAnswer.Invalid, default, now);
        }

        ref readonly RequestEntry entry = ref _lifecycle[handle];
        return new Admission { Id = view.Id, State = entry.State, Worker = entry.Worker?.Description.Id };
    }

    /// <summary>Takes in a result of an assigned partition, from the live log or while recovering.</summary>
    /// <param name="message">The record's value.</param>
    /// <param name="now">µs since 1970.</param>
    /// <returns>False: unreadable; it answers nothing.</returns>
    public bool Result(ReadOnlySpan<byte> message, long now)
    {
        if (!_decoder.TryView<InferenceResultView, InferenceResult>(message, out InferenceResultView view, out _))
        {
            Counters.UnreadableResults++;
            return false;
        }

        _lifecycle.AnswersRead(now);
        RequestKey key = new(view.Id, _hash.Of(view.Device));
        bool isOpen = _byKey.TryGetValue(key, out int handle); // what is open was not answered yet
        if (!_answered.Add(key, now))
        {
            Counters.Duplicates++;
            return true;
        }

        string outcome;
        if (view.Status != ResultStatus.Ok) (outcome, Counters.NotOk) = ("not_ok", Counters.NotOk + 1);
        else if (view.Late) (outcome, Counters.Late) = ("late", Counters.Late + 1);
        else (outcome, Counters.OnTime) = ("on_time", Counters.OnTime + 1);
        if (!isOpen) return true;
        ref readonly RequestEntry entry = ref _lifecycle[handle];
        _instruments?.Answered(now - entry.Request.Started, outcome);
        (int partition, long offset) = (entry.Partition, _lifecycle.Body(handle).Offset);

        // An answer is an answer, but nothing is learned from absurd numbers.
        if (_lifecycle.IsCurrent(handle, view.Attempt, view.Incarnation) && view.RangeFault() is null)
            _lifecycle.AnsweredByWorker(handle, WorkerAnswer.KindOf(view), WorkerAnswer.Measure(_scheduler, _writer, entry, view, now), now);
        else _lifecycle.AnsweredOtherwise(handle, now);
        _sink.Acknowledge(partition, offset);
        return true;
    }

    /// <summary>A work item was not stored.</summary>
    /// <param name="token">As the sink was given it.</param>
    /// <param name="loss">Why not.</param>
    /// <param name="now">µs since 1970.</param>
    public void NotSent(long token, DispatchLoss loss, long now)
    {
        Counters.NotSent++;
        int handle = (int)(token >> 32) - 1;
        // The request was answered or sent elsewhere meanwhile.
        if ((uint)handle >= (uint)_lifecycle.End || _lifecycle[handle].State != RequestState.Dispatched || TokenOf(handle) != token) return;
        _lifecycle.NotDispatched(handle, loss, now);
    }

    /// <summary>
    /// Sends open requests of a partition to its end once more. What is committed is the prefix without them, so a single one that waits for an hour would have
    /// a successor read an hour's requests and answers again. Each moves to its copy when that is read (<see cref="Request"/>).
    /// </summary>
    /// <param name="partition">Of requests.</param>
    /// <param name="before">Requests at lower offsets are sent, unless a copy is still ahead.</param>
    /// <param name="end">The end of the partition: a copy that was not read when reading has come so far beyond <paramref name="before"/> is lost.</param>
    public void CarryForward(int partition, long before, long end)
    {
        for (int handle = 0; handle < _lifecycle.End; handle++)
        {
            if (!_lifecycle.IsOpen(handle, partition)) continue;
            ref Envelope envelope = ref _lifecycle.Body(handle);
            if (envelope.Offset >= before || envelope.CarriedTo >= before) continue;
            envelope.CarriedTo = end;
            Counters.Carried++;
            _sink.Carry(partition, envelope.Device, envelope.Message, envelope.Trace, envelope.Received);
        }
    }

    /// <summary>The offset of the first request of a partition whose answer by this scheduler has not come back from the log in time; -1: none.</summary>
    /// <param name="partition">Of requests.</param>
    public long FirstOverdue(int partition)
    {
        long first = long.MaxValue;
        if (_lifecycle.OverdueOf(partition) == 0) return -1;
        for (int handle = 0; handle < _lifecycle.End; handle++)
            if (_lifecycle.IsOpen(handle, partition) && _lifecycle[handle].IsOverdue) first = Math.Min(first, _lifecycle.Body(handle).Offset);
        return first;
    }

    /// <summary>Does what is due. To be called every few milliseconds.</summary>
    /// <param name="now">µs since 1970.</param>
    public void Tick(long now) => _lifecycle.Tick(now);

    /// <summary>Forgets the requests of a partition that belongs to another scheduler now.</summary>
    /// <param name="partition">Of requests.</param>
    /// <param name="now">µs since 1970.</param>
    public void Drop(int partition, long now) => _lifecycle.Drop(partition, now);

    void ILifecycleDriver.Deciding() => _decisionBegan = _instruments?.BeginDecision() ?? 0;

    void ILifecycleDriver.Decided(int handle, in Decision decision, Candidates candidates, long now) =>
        _instruments?.EndDecision(_decisionBegan, decision.Policy);

    void ILifecycleDriver.Record(int handle, in Decision decision, Candidates candidates, long now)
    {
        Counters.CountDecision(decision.Policy, decision.IsPlaced);
        ref readonly RequestEntry entry = ref _lifecycle[handle];
        if (decision.IsPlaced && entry.Attempt == 1) Counters.Placed++;
        else if (decision.IsPlaced) Counters.SentAgain++;
        if (_settings.WriteDecisions)
            _sink.Decision(entry.Partition, _lifecycle.Body(handle).Key.Id, _writer.Decision(entry, _lifecycle.Body(handle), decision, candidates, now));
    }

    void ILifecycleDriver.Dispatch(int handle, long now)
    {
        ref Envelope envelope = ref _lifecycle.Body(handle);
        ReadOnlySpan<byte> item = _writer.WorkItem(_lifecycle[handle], envelope, now, out string worker);
        _sink.Work(worker, envelope.Key.Id, item, envelope.Trace, TokenOf(handle));
    }

    void ILifecycleDriver.Answer(int handle, bool again, long now)
    {
        ref readonly RequestEntry entry = ref _lifecycle[handle];
        ref Envelope envelope = ref _lifecycle.Body(handle);
        if (again) Counters.NotReadBack++;
        else if (entry.Answer == SchedulerAnswer.Rejected) Counters.CountRejected(entry.Reason);
        else if (entry.Answer == SchedulerAnswer.Expired) Counters.Expired++;
        TryRead(envelope.Message, out InferenceRequestView view, out _);
        _sink.Result(entry.Partition, envelope.Device, _writer.Result(entry, envelope, view, now), envelope.Trace);
    }

    Request ILifecycleDriver.Resolve(int handle)
    {
        TryRead(_lifecycle.Body(handle).Message, out InferenceRequestView view, out _);
        return Resolve(view, _lifecycle[handle].Request.Started, _lifecycle.Body(handle).MessageLength, out _);
    }

    void ILifecycleDriver.Released(int handle)
    {
        ref Envelope envelope = ref _lifecycle.Body(handle);
        _byKey.Remove(envelope.Key);
        _buffers.Return(envelope.Buffer);
    }

    // The same request: its answer stands, or comes. An open one moves to the later offset, so that a copy lets go of what was committed so far.
    private void Repeated(int handle, int partition, long offset)
    {
        Counters.Repeated++;
        if (handle < 0 || _lifecycle[handle].Partition != partition)
        {
            _sink.Acknowledge(partition, offset);
            return;
        }

        ref Envelope envelope = ref _lifecycle.Body(handle);
        (long before, envelope.Offset, envelope.CarriedTo) = (envelope.Offset, offset, 0);
        _sink.Acknowledge(partition, before);
    }

    private long TokenOf(int handle) =>
        ((long)(handle + 1) << 32) | ((_lifecycle.Body(handle).Offset & 0xFF_FFFF) << 8) | ((long)_lifecycle[handle].Attempt & 0xFF);

    private Request Resolve(in InferenceRequestView view, long received, int messageLength, out bool implausible)
    {
        long started = _settings.Clock.Start(view.Created, received, out implausible);
        Span<char> name = stackalloc char[RequestCheck.MaxNameBytes];
        int task = _scheduler.View.TaskIndex(NameOf(view.Task, name));
        ReadOnlySpan<char> site = NameOf(view.Site, name);
        return new Request
        {
            Task = task, Site = _scheduler.View.Network.SiteIndex(site), Origin = _scheduler.View.OriginIndex(site),
            Started = started, Deadline = (float)_settings.DeadlineOf(view).TotalSeconds,
            MinAccuracy = _settings.FloorOf(view), Weight = view.Weight, PayloadBytes = messageLength,
        };
    }

    // Nobody has a name that is too long, nor the empty one.
    private static ReadOnlySpan<char> NameOf(ReadOnlySpan<byte> utf8, Span<char> buffer) =>
        utf8.Length > buffer.Length ? [] : buffer[..Encoding.UTF8.GetChars(utf8, buffer)];

    private bool TryRead(ReadOnlySpan<byte> message, out InferenceRequestView view, out AvroFault fault) =>
        _decoder.TryView<InferenceRequestView, InferenceRequest>(message, out view, out fault);

    private void Keep(
        int handle, in RequestKey key, long offset, long received, bool implausible, ReadOnlySpan<byte> message, ReadOnlySpan<byte> trace,
        ReadOnlySpan<byte> device)
    {
        byte[] buffer = _buffers.Rent(message.Length + trace.Length + device.Length);
        message.CopyTo(buffer);
        trace.CopyTo(buffer.AsSpan(message.Length));
        device.CopyTo(buffer.AsSpan(message.Length + trace.Length));

        // Field by field: assigning a struct with references as a whole goes through a slow copy of the run time. The body is all zero.
        ref Envelope envelope = ref _lifecycle.Body(handle);
        envelope.Key = key;
        envelope.Offset = offset;
        envelope.Received = received;
        envelope.Implausible = implausible;
        envelope.Buffer = buffer;
        envelope.MessageLength = message.Length;
        envelope.TraceLength = trace.Length;
        envelope.DeviceLength = device.Length;
    }
}
