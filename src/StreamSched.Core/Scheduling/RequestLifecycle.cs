using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Scheduling;

/// <summary>
/// Brings every request from its receipt to its one terminal answer: decides, dispatches, lets it wait for a worker, decides anew what a dead worker left,
/// expires what nobody answered. All that is known of a request is one row of its table. A driver (<see cref="ILifecycleDriver"/>) carries out what it decides:
/// the scheduler's role on Kafka, or the simulator. One thread at a time; in steady state nothing is allocated per request.
/// </summary>
/// <typeparam name="TBody">What the driver keeps with a request.</typeparam>
public sealed class RequestLifecycle<TBody>
{
    private const long LostCheckPeriod = 20_000; // µs
    private const long FirstPause = 250_000, LongestPause = 5_000_000; // µs until a request whose work item was not stored is decided on anew
    private const int SurelyRefused = 64 * 1024; // bytes; smaller ones may have been refused for what was sent with them
    private readonly Scheduler _scheduler;
    private readonly ILifecycleDriver _driver;
    private readonly long _grace;
    private readonly long? _readBack;
    private readonly int _maxWaiting;
    private readonly TimingWheel _due = new();
    private readonly WaitingLines _lines = new();
    private readonly Stack<int> _free = new();
    private RequestEntry[] _entries = new RequestEntry[256];
    private TBody[] _bodies = new TBody[256];
    private PartitionCounts[] _partitions = new PartitionCounts[16];
    private int _membership = -1;
    private long _nextLostCheck;
    private long _answersReadAt;

    /// <summary>Makes a lifecycle without requests.</summary>
    /// <param name="settings">Times and bounds.</param>
    /// <param name="scheduler">Decides; its view must be fed by the caller, on the same thread.</param>
    /// <param name="driver">Carries out what is decided.</param>
    public RequestLifecycle(LifecycleSettings settings, Scheduler scheduler, ILifecycleDriver driver)
    {
        (_scheduler, _driver, _maxWaiting) = (scheduler, driver, settings.MaxWaiting);
        _grace = (long)settings.Grace.TotalMicroseconds;
        _readBack = (long?)settings.ReadBackTimeout?.TotalMicroseconds;
    }

    /// <summary>One more than the largest handle in use.</summary>
    public int End { get; private set; }

    /// <summary>Requests that wait for a worker of their task.</summary>
    public int Waiting => _lines.Count;

    /// <summary>What is known of a request.</summary>
    /// <param name="handle">As <see cref="Track"/> gave it.</param>
    public ref readonly RequestEntry this[int handle] => ref _entries[handle];

    /// <summary>What the driver keeps with a request.</summary>
    /// <param name="handle">As <see cref="Track"/> gave it.</param>
    public ref TBody Body(int handle) => ref _bodies[handle];

    /// <summary>Open requests of a partition.</summary>
    /// <param name="partition">Of requests.</param>
    public int OpenOf(int partition) => CountsOf(partition).Open;

    /// <summary>Open requests of a partition that wait for a worker of their task.</summary>
    /// <param name="partition">Of requests.</param>
    public int WaitingOf(int partition) => _lines.CountOf(partition);

    /// <summary>Open requests of a partition whose answer by this scheduler has not come back from the log in time.</summary>
    /// <param name="partition">Of requests.</param>
    public int OverdueOf(int partition) => CountsOf(partition).Overdue;

    /// <summary>Requests of a partition that were taken in since the start.</summary>
    /// <param name="partition">Of requests.</param>
    public long TakenOf(int partition) => CountsOf(partition).Taken;

    /// <summary>Whether a handle names an open request of a partition.</summary>
    /// <param name="handle">Below <see cref="End"/>.</param>
    /// <param name="partition">Of requests.</param>
    public bool IsOpen(int handle, int partition) => _entries[handle].State != RequestState.Free && _entries[handle].Partition == partition;

    /// <summary>Takes a request in. Next is <see cref="Place"/> or <see cref="Answer"/>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="partition">Of requests.</param>
    /// <returns>Its handle.</returns>
    public int Track(in Request request, int partition)
    {
        int handle = _free.TryPop(out int free) ? free : End++;
        if (handle == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * handle);
            Array.Resize(ref _bodies, 2 * handle);
        }

        // Field by field: assigning a struct with references as a whole goes through a slow copy of the run time. The row is all zero.
        ref RequestEntry entry = ref _entries[handle];
        entry.Handle = handle;
        entry.Request = request;
        entry.Partition = partition;
        entry.State = RequestState.Tracked;
        if (partition >= _partitions.Length) Array.Resize(ref _partitions, Math.Max(partition + 1, 2 * _partitions.Length));
        _partitions[partition].Open++;
        _partitions[partition].Taken++;
        return handle;
    }

    /// <summary>
    /// Decides on a request, now and whenever it has to be decided on anew. Where answers do not come back from the log its row may be free afterwards.
    /// </summary>
    /// <param name="handle">A request that is not at a worker.</param>
    /// <param name="now">µs since 1970.</param>
    public void Place(int handle, long now)
    {
        ref RequestEntry entry = ref _entries[handle];
        long deadline = entry.Request.DeadlineAt;
        if (now >= deadline)
        {
            // Too late for inference; but another scheduler may have sent it to a worker whose answer is on its way.
            SetState(handle, RequestState.AwaitingExpiry, deadline + _grace);
            return;
        }

        _driver.Deciding();
        Decision decision = _scheduler.Decide(ref entry, now);
        bool waits = !decision.IsPlaced && decision.Reason == RejectReason.NoWorker;
        if (!waits) entry.Attempt++;
        _driver.Decided(handle, decision, _scheduler.Candidates, now);
        if (waits)
        {
            long last = deadline - (long)(_scheduler.View.ShortestBatchTime(entry.Request.Task) * 1e6f);
            SetState(handle, RequestState.AwaitingWorker, Math.Max(last, now));
            if (_lines.CountOf(entry.Partition) > _maxWaiting) Answer(_lines.First(entry.Partition), SchedulerAnswer.Rejected, RejectReason.NoWorker, now);
        }
        else if (decision.IsPlaced)
        {
            SetState(handle, RequestState.Dispatched, deadline + _grace);
            _driver.Dispatch(handle, now);
            _driver.Record(handle, decision, _scheduler.Candidates, now); // its work does not wait for it
        }
        else
        {
            _driver.Record(handle, decision, _scheduler.Candidates, now);
            Answer(handle, SchedulerAnswer.Rejected, decision.Reason, now);
        }
    }

    /// <summary>
    /// Answers a request without a worker. The same answer is given again until it comes back from the log; where answers do not come back the row is free
    /// afterwards.
    /// </summary>
    /// <param name="handle">A request that is not at a worker.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="reason">Why it is rejected, if it is.</param>
    /// <param name="now">µs since 1970.</param>
    public void Answer(int handle, SchedulerAnswer answer, RejectReason reason, long now)
    {
        ref RequestEntry entry = ref _entries[handle];
        bool again = entry.State == RequestState.Answered;
        (entry.Answer, entry.Reason) = (answer, reason);
        SetState(handle, RequestState.Answered, now + (_readBack ?? 0));
        _driver.Answer(handle, again, now);
        if (_readBack is null) Release(handle);
    }

    /// <summary>Takes note that answers were read, whosever: where none are, the log is silent and not a worker.</summary>
    /// <param name="now">µs since 1970.</param>
    public void AnswersRead(long now) => _answersReadAt = now;

    /// <summary>Whether an answer is to the attempt that is at a worker now.</summary>
    /// <param name="handle">The request.</param>
    /// <param name="attempt">As the answer says.</param>
    /// <param name="incarnation">Of the worker, as the answer says.</param>
    public bool IsCurrent(int handle, int attempt, long incarnation)
    {
        ref RequestEntry entry = ref _entries[handle];
        return entry.Attempt == attempt && entry.Worker is { } worker && worker.Description.Incarnation == incarnation;
    }

    /// <summary>Ends a request whose current attempt was answered, and learns from it.</summary>
    /// <param name="handle">The request.</param>
    /// <param name="kind">What came.</param>
    /// <param name="measured">What the answer tells about times.</param>
    /// <param name="now">µs since 1970.</param>
    /// <param name="arrivedAt">When the device had it, µs since 1970; null: not known.</param>
    public void AnsweredByWorker(int handle, AnswerKind kind, in Measurement measured, long now, long? arrivedAt = null)
    {
        _scheduler.Answered(ref _entries[handle], kind, measured, now, arrivedAt);
        Release(handle);
    }

    /// <summary>Ends a request whose answer teaches nothing: the scheduler's own, one to an earlier attempt, or one with absurd numbers.</summary>
    /// <param name="handle">The request.</param>
    /// <param name="now">µs since 1970.</param>
    public void AnsweredOtherwise(int handle, long now)
    {
        WriteOff(ref _entries[handle], now);
        Release(handle);
    }

    /// <summary>The work item of a request was not stored.</summary>
    /// <param name="handle">A request that was dispatched.</param>
    /// <param name="loss">Why not.</param>
    /// <param name="now">µs since 1970.</param>
    public void NotDispatched(int handle, DispatchLoss loss, long now)
    {
        ref RequestEntry entry = ref _entries[handle];
        if (entry.IsInFlight && loss == DispatchLoss.NoTopic) _scheduler.Unanswered(ref entry, now);
        else WriteOff(ref entry, now);
        if (loss == DispatchLoss.Refused && (entry.Request.PayloadBytes >= SurelyRefused || entry.Attempt > 1))
            Answer(handle, SchedulerAnswer.TooLarge, default, now);
        else if (now >= entry.Request.DeadlineAt) SetState(handle, RequestState.AwaitingExpiry, entry.Request.DeadlineAt + _grace);
        else SetState(handle, RequestState.AwaitingRetry, now + Math.Min(entry.Attempt * FirstPause, LongestPause));
    }

    /// <summary>Does what is due: expiry, deciding anew, requests that wait for a worker. To be called every few milliseconds.</summary>
    /// <param name="now">µs since 1970.</param>
    public void Tick(long now)
    {
        _scheduler.View.Advance(now);
        bool changed = _membership != _scheduler.View.MembershipVersion;
        if (changed || now >= _nextLostCheck)
        {
            _membership = _scheduler.View.MembershipVersion;
            _nextLostCheck = now + LostCheckPeriod;
            PlaceLost(now);
            if (_lines.Count > 0) PlaceWaiting(changed, now);
        }

        Expire(now);
    }

    /// <summary>Only what is due at an instant: a lifecycle whose work cannot be lost and of which nobody waits for a worker needs no more.</summary>
    /// <param name="now">µs since 1970.</param>
    public void Expire(long now)
    {
        while (_due.TryTake(now, out int handle)) Due(handle, now);
    }

    /// <summary>Forgets the requests of a partition that belongs to another scheduler now.</summary>
    /// <param name="partition">Of requests.</param>
    /// <param name="now">µs since 1970.</param>
    public void Drop(int partition, long now)
    {
        for (int handle = 0; handle < End; handle++)
            if (IsOpen(handle, partition)) AnsweredOtherwise(handle, now);
    }

    private void Due(int handle, long now)
    {
        ref RequestEntry entry = ref _entries[handle];
        switch (entry.State)
        {
            case RequestState.AwaitingWorker:
                Answer(handle, SchedulerAnswer.Rejected, RejectReason.NoWorker, now);
                break;
            case RequestState.AwaitingRetry:
                Place(handle, now);
                break;
            case RequestState.Answered: // it did not come back
                if (!entry.IsOverdue) _partitions[entry.Partition].Overdue++;
                entry.IsOverdue = true;
                Answer(handle, entry.Answer, entry.Reason, now);
                break;
            default:
                // Only where answers were read since its time was over it is the worker that is silent, and not the log.
                if (entry.IsInFlight && _answersReadAt >= entry.Request.DeadlineAt) _scheduler.Unanswered(ref entry, now);
                else WriteOff(ref entry, now);
                Answer(handle, SchedulerAnswer.Expired, default, now);
                break;
        }
    }

    private void PlaceLost(long now)
    {
        for (int handle = 0; handle < End; handle++)
        {
            ref RequestEntry entry = ref _entries[handle];
            if (!entry.IsInFlight || !_scheduler.IsLost(entry)) continue;
            _scheduler.WriteOff(ref entry, now);
            Place(handle, now);
        }
    }

    // A task that no worker ever offered becomes known with a registration alone.
    private void PlaceWaiting(bool membershipChanged, long now)
    {
        for (int partition = 0; partition < _lines.Partitions; partition++)
        {
            for (int handle = _lines.First(partition), next; handle >= 0; handle = next)
            {
                next = _lines.Next(handle);
                ref RequestEntry entry = ref _entries[handle];
                if (entry.Request.Task < 0)
                {
                    if (!membershipChanged) continue;
                    entry.Request = _driver.Resolve(handle);
                }

                if (_scheduler.View.AnyAvailable(entry.Request.Task)) Place(handle, now);
            }
        }
    }

    private void WriteOff(ref RequestEntry entry, long now)
    {
        if (entry.IsInFlight) _scheduler.WriteOff(ref entry, now);
    }

    private void SetState(int handle, RequestState state, long due)
    {
        ref RequestEntry entry = ref _entries[handle];
        if (state == RequestState.AwaitingWorker) _lines.Add(handle, entry.Partition);
        else if (entry.State == RequestState.AwaitingWorker) _lines.Remove(handle, entry.Partition);
        entry.State = state;
        _due.Set(handle, due);
    }

    private void Release(int handle)
    {
        _driver.Released(handle);
        ref RequestEntry entry = ref _entries[handle];
        _lines.Remove(handle, entry.Partition);
        _due.Clear(handle);
        ref PartitionCounts counts = ref _partitions[entry.Partition];
        counts.Open--;
        if (entry.IsOverdue) counts.Overdue--;
        entry = default;
        _bodies[handle] = default!;
        _free.Push(handle);
    }

    private PartitionCounts CountsOf(int partition) => (uint)partition < (uint)_partitions.Length ? _partitions[partition] : default;

    private struct PartitionCounts
    {
        public int Open;
        public int Overdue;
        public long Taken;
    }
}
