using System.Runtime.InteropServices;
using System.Text;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Core.Serving;

namespace StreamSched.Kafka.Dispatching;

/// <summary>
/// Sees every request of the assigned partitions through to its one terminal answer: decides, sends, waits for the answer to be read back from the log, sends
/// again what a dead worker left, expires what nobody answered. Knows no Kafka client: records come in by calls and go out through
/// <see cref="IDispatchSink"/>. One thread at a time; in steady state nothing is allocated per request.
/// </summary>
public sealed partial class Dispatcher
{
    private const long FirstPause = 250_000, LongestPause = 5_000_000; // µs until a request whose work item was not stored is placed anew
    private const int SurelyRefused = 64 * 1024; // bytes; smaller ones may have been refused for what was sent with them
    private const long KeptBytes = 64 * 1024 * 1024; // of buffers that wait for messages
    private readonly DispatchSettings _settings;
    private readonly Scheduler _scheduler;
    private readonly IDispatchSink _sink;
    private readonly MessageDecoder _decoder;
    private readonly NameHash _hash;
    private readonly AnsweredIds _answered;
    private readonly MessageBuffers _buffers = new(KeptBytes);
    private readonly DueWheel _due = new();
    private readonly WaitingLines _lines = new();
    private readonly Dictionary<RequestKey, int> _byKey = [];
    private readonly Stack<int> _free = new();
    private readonly List<int> _lost = [];
    private PartitionCounts[] _perPartition = new PartitionCounts[16];
    private readonly RecordWriter _writer;
    private Pending[] _pending = new Pending[256];
    private int[] _slotOfHandle = new int[256];
    private int _end;
    private int _membership = -1;
    private long _nextLostCheck;
    private long _lastResult;

    /// <summary>Makes a dispatcher without anything pending.</summary>
    /// <param name="settings">How requests are seen through.</param>
    /// <param name="scheduler">Who decides; its view must be fed by the caller, on the same thread.</param>
    /// <param name="sink">Where records go.</param>
    /// <param name="decoder">Reads requests and results of foreign writers.</param>
    /// <param name="hashSeed">Drawn once per process.</param>
    public Dispatcher(DispatchSettings settings, Scheduler scheduler, IDispatchSink sink, MessageDecoder decoder, ulong hashSeed)
    {
        (_settings, _scheduler, _sink, _decoder, _hash) = (settings, scheduler, sink, decoder, new NameHash(hashSeed));
        _answered = new AnsweredIds(settings.Deduplication, settings.DeduplicationEntries);
        _writer = new RecordWriter(settings, scheduler);
    }

    /// <summary>What was counted.</summary>
    public DispatchCounters Counters { get; } = new();

    /// <summary>Requests without an answer in the log.</summary>
    public int PendingCount => _byKey.Count;

    /// <summary>Requests of one partition without an answer in the log.</summary>
    /// <param name="partition">Of requests.</param>
    public int PendingOf(int partition) => (uint)partition < (uint)_perPartition.Length ? _perPartition[partition].Pending : 0;

    /// <summary>Requests of one partition that wait for a worker of their task, of those without an answer.</summary>
    /// <param name="partition">Of requests.</param>
    public int WaitingOf(int partition) => _lines.CountOf(partition);

    /// <summary>Requests of one partition that were taken in since the start, repeated and unreadable ones not counted.</summary>
    /// <param name="partition">Of requests.</param>
    public long TakenOf(int partition) => (uint)partition < (uint)_perPartition.Length ? _perPartition[partition].Taken : 0;

    /// <summary>Takes in a request.</summary>
    /// <param name="partition">Of requests.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="received">When the broker got it, µs since 1970.</param>
    /// <param name="message">The record's value.</param>
    /// <param name="trace">Its trace context, packed; empty: none.</param>
    /// <param name="now">µs since 1970.</param>
    /// <param name="problem">Why it cannot be read.</param>
    /// <returns>False: unreadable. The caller writes a dead letter and finishes the offset.</returns>
    public bool Request(int partition, long offset, long received, ReadOnlySpan<byte> message, ReadOnlySpan<byte> trace, long now, out string? problem)
    {
        Counters.Requests++;
        problem = null;
        if (!TryRead(message, out InferenceRequestView view, out AvroFault fault))
        {
            problem = fault.ToString();
        }
        else if (!RequestCheck.HasIds(view))
        {
            problem = view.Id == Guid.Empty ? "id is empty" : $"device has {view.Device.Length} bytes, not 1 to {RequestCheck.MaxNameBytes}";
        }

        if (problem is not null)
        {
            Counters.Unreadable++;
            return false;
        }

        RequestKey key = new(view.Id, _hash.Of(view.Device));
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_byKey, key, out bool pendingAlready);
        if (pendingAlready || _answered.Contains(key))
        {
            if (!pendingAlready) _byKey.Remove(key);
            Repeated(pendingAlready ? place : -1, partition, offset);
            return true;
        }

        int slot = place = Accept(key, partition, offset, message, trace);
        ref Pending pending = ref _pending[slot];
        pending.Received = received;
        pending.Request = Understand(view, received, message.Length, out pending.Implausible);
        string? field = RequestCheck.InvalidField(view, _settings);
        if (field is not null)
        {
            Counters.Invalid++;
            Answer(slot, view, OwnAnswer.Invalid, default, field, now);
        }
        else
        {
            Place(slot, view, now);
        }

        return true;
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

        _lastResult = now;
        RequestKey key = new(view.Id, _hash.Of(view.Device));
        // What is pending was not answered yet.
        bool pendingHere = _byKey.TryGetValue(key, out int slot);
        if (!_answered.Add(key, now))
        {
            Counters.Duplicates++;
            return true;
        }

        string outcome;
        if (view.Status != ResultStatus.Ok) (outcome, Counters.NotOk) = ("not_ok", Counters.NotOk + 1);
        else if (view.Late) (outcome, Counters.Late) = ("late", Counters.Late + 1);
        else (outcome, Counters.OnTime) = ("on_time", Counters.OnTime + 1);
        if (!pendingHere) return true;
        ref Pending pending = ref _pending[slot];
        SchedulerInstruments.Answered(now - pending.Request.Started, outcome);
        if (pending.Handle >= 0) Learn(ref pending, view, now);
        (int partition, long offset) = (pending.Partition, pending.Offset);
        Release(slot);
        _sink.Finished(partition, offset);
        return true;
    }

    /// <summary>A work item was not stored.</summary>
    /// <param name="token">As the sink was given it.</param>
    /// <param name="loss">Why not.</param>
    /// <param name="now">µs since 1970.</param>
    public void NotSent(long token, WorkLoss loss, long now)
    {
        Counters.NotSent++;
        int slot = (int)(token >> 32) - 1;
        if ((uint)slot >= (uint)_end || _pending[slot].State != PendingState.Sent || TokenOf(slot) != token) return; // answered or sent elsewhere meanwhile
        ref Pending pending = ref _pending[slot];
        if (pending.Handle >= 0 && loss == WorkLoss.NoTopic) _scheduler.Unanswered(pending.Handle, now);
        else if (pending.Handle >= 0) _scheduler.WriteOff(pending.Handle, now);
        pending.Handle = -1;
        TryRead(pending.Message, out InferenceRequestView view, out _);
        if (loss == WorkLoss.Refused && (pending.MessageLength >= SurelyRefused || pending.Attempt > 1)) Answer(slot, view, OwnAnswer.TooLarge, default, null, now);
        else if (now >= pending.Request.DeadlineAt) SetState(slot, PendingState.Lapsing, pending.Request.DeadlineAt + Micros(_settings.Grace));
        else SetState(slot, PendingState.NotSent, now + Math.Min(pending.Attempt * FirstPause, LongestPause));
    }

    /// <summary>
    /// Sends open requests of a partition to its end once more. What is committed is the prefix without them, so a single one that waits for an hour would have a successor
    /// read an hour's requests and answers again. Each moves to its copy when that is read (<see cref="Request"/>).
    /// </summary>
    /// <param name="partition">Of requests.</param>
    /// <param name="before">Requests at lower offsets are sent, unless a copy is still ahead.</param>
    /// <param name="end">The end of the partition: a copy that was not read when reading has come so far beyond <paramref name="before"/> is lost.</param>
    public void CarryForward(int partition, long before, long end)
    {
        for (int slot = 0; slot < _end; slot++)
        {
            ref Pending pending = ref _pending[slot];
            if (pending.State == PendingState.Free || pending.Partition != partition || pending.Offset >= before || pending.CarriedTo >= before) continue;
            pending.CarriedTo = end;
            Counters.Carried++;
            TryRead(pending.Message, out InferenceRequestView view, out _);
            _sink.Carry(partition, view.Device, pending.Message, pending.Trace, pending.Received);
        }
    }

    /// <summary>The offset of the first request of a partition whose answer by this scheduler has not come back from the log in time; -1: none.</summary>
    /// <param name="partition">Of requests.</param>
    public long FirstOverdue(int partition)
    {
        long first = long.MaxValue;
        if ((uint)partition >= (uint)_perPartition.Length || _perPartition[partition].Overdue == 0) return -1;
        for (int slot = 0; slot < _end; slot++)
            if (_pending[slot].Overdue && _pending[slot].Partition == partition) first = Math.Min(first, _pending[slot].Offset);
        return first;
    }

    /// <summary>Does what time demands: expiry, sending again, requests that wait for a worker. To be called every few milliseconds.</summary>
    /// <param name="now">µs since 1970.</param>
    public void Tick(long now)
    {
        _scheduler.View.Advance(now);
        bool changed = _membership != _scheduler.View.MembershipVersion;
        if (changed || now >= _nextLostCheck)
        {
            _membership = _scheduler.View.MembershipVersion;
            _nextLostCheck = now + 20_000;
            SendLostAgain(now);
            if (_lines.Count > 0) PlaceWaiting(changed, now);
        }

        while (_due.TryTake(now, out int slot)) Due(slot, now);
    }

    /// <summary>Forgets the requests of a partition that belongs to another scheduler now.</summary>
    /// <param name="partition">Of requests.</param>
    /// <param name="now">µs since 1970.</param>
    public void Drop(int partition, long now)
    {
        for (int slot = 0; slot < _end; slot++)
        {
            if (_pending[slot].State == PendingState.Free || _pending[slot].Partition != partition) continue;
            if (_pending[slot].Handle >= 0) _scheduler.WriteOff(_pending[slot].Handle, now);
            Release(slot);
        }
    }

    private void Due(int slot, long now)
    {
        ref Pending pending = ref _pending[slot];
        TryRead(pending.Message, out InferenceRequestView view, out _);
        switch (pending.State)
        {
            case PendingState.WaitingForWorker:
                Answer(slot, view, OwnAnswer.Rejected, RejectReason.NoWorker, null, now);
                break;
            case PendingState.NotSent:
                Place(slot, view, now);
                break;
            case PendingState.Answering: // it did not come back
                Counters.NotReadBack++;
                if (!pending.Overdue) _perPartition[pending.Partition].Overdue++;
                pending.Overdue = true;
                Answer(slot, view, pending.Answer, pending.Reason, RequestCheck.InvalidField(view, _settings), now);
                break;
            default:
                if (pending.Handle >= 0) GiveUp(pending, now);
                pending.Handle = -1;
                Counters.Expired++;
                Answer(slot, view, OwnAnswer.Expired, default, null, now);
                break;
        }
    }

    // Only where results were read since its time was over it is the worker that is silent, and not the log.
    private void GiveUp(in Pending pending, long now)
    {
        if (_lastResult >= pending.Request.DeadlineAt) _scheduler.Unanswered(pending.Handle, now);
        else _scheduler.WriteOff(pending.Handle, now);
    }

    private void Place(int slot, in InferenceRequestView view, long now)
    {
        ref Pending pending = ref _pending[slot];
        Request request = pending.Request;
        if (now >= request.DeadlineAt)
        {
            // Too late for inference; but another scheduler may have sent it to a worker whose answer is on its way.
            SetState(slot, PendingState.Lapsing, request.DeadlineAt + Micros(_settings.Grace));
            return;
        }

        long began = SchedulerInstruments.BeginDecision();
        Decision decision = _scheduler.Decide(request, now);
        SchedulerInstruments.EndDecision(began, decision.Policy);
        if (!decision.IsPlaced && decision.Reason == RejectReason.NoWorker)
        {
            long last = request.DeadlineAt - (long)(_scheduler.View.ShortestRun(request.Task) * 1e6f);
            SetState(slot, PendingState.WaitingForWorker, Math.Max(last, now));
            if (_lines.CountOf(pending.Partition) > _settings.MaxWaiting) RejectLongestWaiting(pending.Partition, now);
            return;
        }

        pending.Attempt++;
        Counters.CountDecision(decision.Policy, decision.IsPlaced);
        if (decision.IsPlaced)
        {
            pending.Handle = decision.Handle;
            if (decision.Handle >= _slotOfHandle.Length) Array.Resize(ref _slotOfHandle, Math.Max(decision.Handle + 1, 2 * _slotOfHandle.Length));
            _slotOfHandle[decision.Handle] = slot;
            if (pending.Attempt == 1) Counters.Placed++;
            else Counters.SentAgain++;
            ReadOnlySpan<byte> item = _writer.WorkItem(pending, decision, now, out string worker);
            SetState(slot, PendingState.Sent, request.DeadlineAt + Micros(_settings.Grace));
            _sink.Work(worker, view.Id, item, pending.Trace, TokenOf(slot));
        }
        else
        {
            Answer(slot, view, OwnAnswer.Rejected, decision.Reason, null, now);
        }

        if (_settings.WriteDecisions) _sink.Decision(pending.Partition, view.Id, _writer.Decision(pending, view, decision, now));
    }

    private void Answer(int slot, in InferenceRequestView view, OwnAnswer answer, RejectReason reason, string? field, long now)
    {
        ref Pending pending = ref _pending[slot];
        if (pending.State != PendingState.Answering && answer == OwnAnswer.Rejected) Counters.CountRejected(reason);
        pending.Answer = answer;
        pending.Reason = reason;
        SetState(slot, PendingState.Answering, now + Micros(_settings.ReadBackTimeout));
        _sink.Result(pending.Partition, view.Device, _writer.Result(pending, view, answer, reason, field, now), pending.Trace);
    }

    private void SendLostAgain(long now)
    {
        _scheduler.CollectLost(_lost);
        foreach (int handle in _lost)
        {
            int slot = _slotOfHandle[handle];
            _scheduler.WriteOff(handle, now);
            _pending[slot].Handle = -1;
            TryRead(_pending[slot].Message, out InferenceRequestView view, out _);
            Place(slot, view, now);
        }
    }

    // A task that no worker ever offered becomes known with a registration alone.
    private void PlaceWaiting(bool membershipChanged, long now)
    {
        for (int partition = 0; partition < _lines.Partitions; partition++)
        {
            for (int slot = _lines.First(partition), next; slot >= 0; slot = next)
            {
                next = _lines.Next(slot);
                ref Pending pending = ref _pending[slot];
                if (pending.Request.Task < 0 && !membershipChanged) continue;
                InferenceRequestView view = default;
                if (pending.Request.Task < 0)
                {
                    TryRead(pending.Message, out view, out _);
                    pending.Request = Understand(view, pending.Request.Started, pending.MessageLength, out _);
                }

                if (!_scheduler.View.AnyAvailable(pending.Request.Task)) continue;
                TryRead(pending.Message, out view, out _);
                Place(slot, view, now);
            }
        }
    }

    private void RejectLongestWaiting(int partition, long now)
    {
        int slot = _lines.First(partition);
        TryRead(_pending[slot].Message, out InferenceRequestView view, out _);
        Answer(slot, view, OwnAnswer.Rejected, RejectReason.NoWorker, null, now);
    }

    // The same request: its answer stands, or comes. An open one moves to the later offset, so that a copy lets go of what was committed so far.
    private void Repeated(int slot, int partition, long offset)
    {
        Counters.Repeated++;
        if (slot < 0 || _pending[slot].Partition != partition)
        {
            _sink.Finished(partition, offset);
            return;
        }

        ref Pending pending = ref _pending[slot];
        (long before, pending.Offset, pending.CarriedTo) = (pending.Offset, offset, 0);
        _sink.Finished(partition, before);
    }

    private long TokenOf(int slot) => ((long)(slot + 1) << 32) | ((_pending[slot].Offset & 0xFF_FFFF) << 8) | ((long)_pending[slot].Attempt & 0xFF);

    private void Learn(ref Pending pending, in InferenceResultView view, long now)
    {
        ref readonly InFlight entry = ref _scheduler[pending.Handle];
        bool same = view.Attempt == pending.Attempt && view.Incarnation == entry.Worker!.Description.Incarnation;
        bool ran = view.Batch > 0;
        if (!same || view.RangeFault() is not null) // an answer is an answer, but nothing is learned from absurd numbers
        {
            _scheduler.WriteOff(pending.Handle, now);
        }
        else
        {
            float interference = entry.Worker!.Description.Interference.IsEmpty || view.Company.IsEmpty ? 1 : _writer.Interference(entry.Placement, view.Company);
            // Durations only, since the worker's clock may be another: what is left of the time since it was sent is the result's way.
            long spent = view.NetworkMicros + view.QueueMicros + view.ServiceMicros;
            bool told = view.NetworkMicros > 0 && view.QueueMicros + view.ServiceMicros > 0;
            float delay = told ? (now - entry.SentAt - spent) * 1e-6f : -1;
            if (told && ClockDifference.Between(entry.SentAt + spent, view.Finished) is { } ahead) _scheduler.View.ClockSeen(entry.Placement, entry.Generation, ahead);
            Measurement measured = new(
                view.ServiceMicros * 1e-6f, ran ? view.Batch : 0, interference,
                view.NetworkMicros > 0 ? (view.NetworkMicros * 1e-6f) - entry.NetworkOut : float.NaN, delay is >= 0 and < 1 ? delay : -1);
            _scheduler.Answered(pending.Handle, KindOf(view), measured, now);
        }

        pending.Handle = -1;
    }

    private static AnswerKind KindOf(in InferenceResultView view) => view.Status switch
    {
        ResultStatus.Ok => AnswerKind.Served,
        ResultStatus.Expired => AnswerKind.Expired,
        ResultStatus.Failed when view.Reason.SequenceEqual("shape"u8) || view.Reason.SequenceEqual("encoding"u8) || view.Reason.SequenceEqual("not-finite"u8) => AnswerKind.Refused,
        _ => AnswerKind.Failed,
    };

    private Request Understand(in InferenceRequestView view, long received, int messageLength, out bool implausible)
    {
        long started = _settings.Clock.Start(view.Created, received, out implausible);
        return new Request
        {
            Task = TaskIndex(view.Task), Site = SiteIndex(view.Site), Started = started, Deadline = (float)Deadline(view).TotalSeconds,
            MinAccuracy = view.MinAccuracy ?? Floor(view), Weight = view.Weight, PayloadBytes = messageLength,
        };
    }

    private TimeSpan Deadline(in InferenceRequestView view)
    {
        if (view.DeadlineMicros is > 0 and { } micros && micros <= _settings.MaxDeadline.TotalMicroseconds) return TimeSpan.FromMicroseconds(micros);
        if (_settings.TaskDeadlines.Count == 0) return _settings.DefaultDeadline;
        return _settings.TaskDeadlines.TryGetValue(Encoding.UTF8.GetString(view.Task), out TimeSpan deadline) ? deadline : _settings.DefaultDeadline;
    }

    private float Floor(in InferenceRequestView view) =>
        _settings.UserFloors.Count > 0 && view.HasUser ? _settings.UserFloors.GetValueOrDefault(Encoding.UTF8.GetString(view.User)) : 0;

    private int TaskIndex(ReadOnlySpan<byte> utf8)
    {
        Span<char> name = stackalloc char[RequestCheck.MaxNameBytes];
        return utf8.Length > name.Length ? -1 : _scheduler.View.TaskIndex(name[..Encoding.UTF8.GetChars(utf8, name)]);
    }

    private int SiteIndex(ReadOnlySpan<byte> utf8)
    {
        Span<char> name = stackalloc char[RequestCheck.MaxNameBytes];
        return utf8.Length > name.Length ? 0 : _scheduler.View.Network.SiteIndex(name[..Encoding.UTF8.GetChars(utf8, name)]);
    }

    private bool TryRead(ReadOnlySpan<byte> message, out InferenceRequestView view, out AvroFault fault) =>
        InferenceRequestView.TryDecodeFramed(message, out view, out fault)
        || (fault.Kind == AvroFaultKind.UnknownFingerprint && _decoder.TryGetBody(message, InferenceRequest.Schema, out ReadOnlySpan<byte> body, out fault)
            && InferenceRequestView.TryDecode(body, out view, out fault));

    private int Accept(in RequestKey key, int partition, long offset, ReadOnlySpan<byte> message, ReadOnlySpan<byte> trace)
    {
        int slot = _free.TryPop(out int free) ? free : _end++;
        if (slot == _pending.Length) Array.Resize(ref _pending, 2 * slot);
        byte[] buffer = _buffers.Rent(message.Length + trace.Length);
        message.CopyTo(buffer);
        trace.CopyTo(buffer.AsSpan(message.Length));

        // Field by field: assigning a struct with references as a whole goes through a slow copy of the run time. The slot is all zero.
        ref Pending pending = ref _pending[slot];
        pending.Key = key;
        pending.Partition = partition;
        pending.Offset = offset;
        pending.Handle = -1;
        pending.Buffer = buffer;
        pending.MessageLength = message.Length;
        pending.TraceLength = trace.Length;
        pending.State = PendingState.Lapsing;
        if (partition >= _perPartition.Length) Array.Resize(ref _perPartition, Math.Max(partition + 1, 2 * _perPartition.Length));
        _perPartition[partition].Pending++;
        _perPartition[partition].Taken++;
        return slot;
    }

    private void Release(int slot)
    {
        ref Pending pending = ref _pending[slot];
        _lines.Remove(slot, pending.Partition);
        if (pending.Overdue) _perPartition[pending.Partition].Overdue--;
        _due.Clear(slot);
        _byKey.Remove(pending.Key);
        _perPartition[pending.Partition].Pending--;
        _buffers.Return(pending.Buffer);
        pending = default;
        _free.Push(slot);
    }

    private void SetState(int slot, PendingState state, long due)
    {
        ref Pending pending = ref _pending[slot];
        if (state == PendingState.WaitingForWorker) _lines.Add(slot, pending.Partition);
        else if (pending.State == PendingState.WaitingForWorker) _lines.Remove(slot, pending.Partition);
        pending.State = state;
        _due.Set(slot, due);
    }

    private static long Micros(TimeSpan span) => (long)span.TotalMicroseconds;

    private struct PartitionCounts
    {
        public int Pending;
        public int Overdue;
        public long Taken;
    }
}
