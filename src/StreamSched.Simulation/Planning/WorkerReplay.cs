using StreamSched.Core.Serving;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Planning;

/// <summary>
/// One worker by itself: what becomes of the requests that a plan sends there, by the world's rules. Once placements are given, workers do not touch each
/// other, so a change of the plan is judged by replaying one worker or two. It keeps its state every few milliseconds and begins at the last one before a
/// change. A trial ends where the worker holds the same requests as before the change; what it has learned of batch times may differ by a little, and decides
/// little, so a change that is kept is replayed to the end.
/// </summary>
/// <param name="problem">The run.</param>
/// <param name="worker">Which worker.</param>
/// <param name="placementOf">The plan: where each request is placed. The caller changes it.</param>
/// <param name="earned">What each request earned; kept up to date for those that are placed here.</param>
internal sealed class WorkerReplay(PlanningProblem problem, int worker, int[] placementOf, double[] earned)
{
    private const long Period = 10_000; // µs between states that are kept: a few batches
    private readonly WorkerModel _model = problem.Workers[worker];
    private readonly List<int> _requests = [];
    private readonly List<WorkerState> _kept = [new WorkerState(problem.Workers[worker])];
    private readonly WorkerState _now = new(problem.Workers[worker]);
    private readonly Change[] _changes = [.. problem.Changes.Where(c => c.Kind == EventKind.SlowDown && c.Target == worker)];
    private readonly Waiting<int>[] _batch = new Waiting<int>[256];
    private bool _keeps;

    /// <summary>Value of everything that is placed here.</summary>
    public double Earned { get; private set; }

    /// <summary>Batch time of everything that is placed here, in seconds.</summary>
    public double Busy { get; private set; }

    /// <summary>Adds a request that the plan places here; the next replay counts it.</summary>
    public void Add(int request) => _requests.Insert(Find(request), request);

    /// <summary>Takes out a request, which the plan still places here.</summary>
    public void Remove(int request)
    {
        int i = Find(request);
        if (i == _requests.Count || _requests[i] != request) throw new InvalidOperationException($"request {request} is not on worker {worker}");
        _requests.RemoveAt(i);
    }

    /// <summary>What would come, nearly, of the plan as it is now, which differs from the one before in what arrives here between two instants.</summary>
    /// <param name="change">The instants, µs.</param>
    /// <param name="busy">Batch time, in seconds.</param>
    /// <returns>The value.</returns>
    public double Try((long First, long Last) change, out double busy)
    {
        _keeps = false;
        return Replay(change.First, change.Last, out busy);
    }

    /// <summary>The same, and from now on that is how it is.</summary>
    /// <param name="change">The instants, µs.</param>
    public void Keep((long First, long Last) change)
    {
        _keeps = true;
        Earned = Replay(change.First, change.Last, out double busy);
        Busy = busy;
    }

    // The place of a request in the order of arrival; of one instant the one that was decided on first.
    private int Find(int request)
    {
        long at = problem.ArrivesAt(request, placementOf[request]), decided = problem[request].DecidedAt;
        int low = 0, high = _requests.Count;
        while (low < high)
        {
            int middle = (low + high) / 2, other = _requests[middle];
            long theirs = problem.ArrivesAt(other, placementOf[other]), theirDecision = problem[other].DecidedAt;
            bool before = theirs != at ? theirs < at : theirDecision != decided ? theirDecision < decided : other < request;
            if (before) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private int FirstAfter(long now)
    {
        int low = 0, high = _requests.Count;
        while (low < high)
        {
            int middle = (low + high) / 2, other = _requests[middle];
            if (problem.ArrivesAt(other, placementOf[other]) <= now) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private double Replay(long from, long until, out double busy)
    {
        // State k is the one when everything up to k periods has happened.
        int k = (int)Math.Clamp((from - 1) / Period, 0, _kept.Count - 1);
        _now.CopyFrom(_kept[k]);
        int next = FirstAfter(k == 0 ? -1 : k * Period), change = 0;
        while (change < _changes.Length && k > 0 && _changes[change].At <= k * Period) change++;
        while (true)
        {
            long arrival = next < _requests.Count ? problem.ArrivesAt(_requests[next], placementOf[_requests[next]]) : long.MaxValue;
            long changes = change < _changes.Length ? _changes[change].At : long.MaxValue;
            int first = FirstToEnd();
            long end = first < 0 ? long.MaxValue : _now.Slots[first].EndsAt;
            long at = Math.Min(arrival, end);
            if (at == long.MaxValue) break;
            at = Math.Min(at, changes);
            for (; at > (k + 1) * Period; k++)
            {
                if (k + 1 >= _kept.Count)
                {
                    if (!_keeps) break;
                    _kept.Add(new WorkerState(_model));
                }
                else if (!_keeps && (k + 1) * Period > until && HoldsTheSame(_now, _kept[k + 1]))
                {
                    // From here on everything is as it was.
                    busy = Busy + _now.Busy - _kept[k + 1].Busy;
                    return Earned + _now.Earned - _kept[k + 1].Earned;
                }

                if (_keeps) _kept[k + 1].CopyFrom(_now);
            }

            if (changes == at)
            {
                Apply(_changes[change++], at);
            }
            else if (arrival == at && (end > at || problem[_requests[next]].DecidedAt <= _now.Slots[first].PlannedAt))
            {
                Arrive(_requests[next++], at);
            }
            else
            {
                Finish(first, at);
            }
        }

        if (_keeps && _kept.Count > k + 1) _kept.RemoveRange(k + 1, _kept.Count - k - 1);
        busy = _now.Busy;
        return _now.Earned;
    }

    private static bool HoldsTheSame(WorkerState a, WorkerState b) => a.Signature == b.Signature && a.Slowness == b.Slowness;

    private int FirstToEnd()
    {
        int first = -1;
        for (int s = 0; s < _now.Slots.Length; s++)
        {
            RunningBatch slot = _now.Slots[s];
            if (slot.Count == 0) continue;
            if (first < 0 || slot.EndsAt < _now.Slots[first].EndsAt || (slot.EndsAt == _now.Slots[first].EndsAt && slot.Planned < _now.Slots[first].Planned))
                first = s;
        }

        return first;
    }

    private void Arrive(int request, long now)
    {
        int placement = placementOf[request];
        (_, int processor, int variant) = problem.Placements[placement];
        _now.Queues[processor].Add(variant, new Waiting<int>(request, problem.AnswerBy(request, placement)));
        _now.Waiting += WorkerState.Mark(request, placement);
        Start(processor, now);
    }

    private bool Start(int processor, long now)
    {
        bool started = false;
        WorkQueue<int> queue = _now.Queues[processor];
        while (queue.Count > 0 && FreeSlot(processor) is >= 0 and int s)
        {
            while (queue.TryTakeExpired(now, out _, out Waiting<int> expired))
            {
                _now.Waiting -= WorkerState.Mark(expired.Item, placementOf[expired.Item]);
                if (_keeps) earned[expired.Item] = 0;
            }

            int n = queue.TryTakeBatch(now, _batch, out int variant);
            if (n == 0) break;
            Begin(_now.Slots[s], n, variant, now);
            started = true;
        }

        if (started && _model.HasInterference) Disturb(now);
        return started;
    }

    private int FreeSlot(int processor)
    {
        for (int s = 0; s < _now.Slots.Length; s++)
            if (_now.Slots[s].Processor == processor && _now.Slots[s].Count == 0) return s;
        return -1;
    }

    private void Begin(RunningBatch slot, int n, int variant, long now)
    {
        slot.Fit(n);
        double noise = 0;
        for (int i = 0; i < n; i++)
        {
            int request = slot.Requests[i] = _batch[i].Item, placement = placementOf[request];
            _now.Waiting -= WorkerState.Mark(request, placement);
            noise += problem.ServiceFactor(request, placement);
        }

        (slot.Count, slot.Variant, slot.Started, slot.Updated, slot.Undisturbed, slot.RegisteredFactor) = (n, variant, now, now, 0, 1);
        slot.Remaining = _model.Truth[variant, slot.Processor]!.Seconds(n) * noise / n;
        slot.Rate = 1 / _now.Slowness;
        slot.Planned = 0;
        _now.Counts[variant]++;
        if (!_model.HasInterference) Plan(slot, now);
    }

    private void Plan(RunningBatch slot, long now)
    {
        slot.EndsAt = now + Math.Max(0, PlanningProblem.Micros(slot.Remaining / slot.Rate));
        slot.PlannedAt = now;
        slot.Planned = ++_now.Planned;
    }

    private void Disturb(long now)
    {
        foreach (RunningBatch slot in _now.Slots)
        {
            if (slot.Count == 0) continue;
            slot.Progress(now);
            (float factor, slot.RegisteredFactor) = _model.SlowDown(slot.Variant, _now.Counts, _model.Interference);

            double rate = 1 / (_now.Slowness * factor);
            if (rate == slot.Rate && slot.Planned != 0) continue;
            slot.Rate = rate;
            Plan(slot, now);
        }
    }

    private void Finish(int s, long now)
    {
        RunningBatch slot = _now.Slots[s];
        slot.Progress(now);
        for (int i = 0; i < slot.Count; i++)
        {
            int request = slot.Requests[i];
            double worth = problem[request].Counted ? problem.Worth(request, placementOf[request], now) : 0;
            _now.Earned += worth;
            if (_keeps) earned[request] = worth;
        }

        _now.Queues[slot.Processor].Measured(slot.Variant, _model.Profile[slot.Variant, slot.Processor]!, slot.Count, (float)slot.Undisturbed, now);
        _now.Busy += (now - slot.Started) * 1e-6;
        _now.Counts[slot.Variant]--;
        slot.Count = 0;
        if (!Start(slot.Processor, now) && _model.HasInterference) Disturb(now);
    }

    private void Apply(in Change change, long now)
    {
        _now.Slowness = change.Begins ? _now.Slowness * change.Factor : _now.Slowness / change.Factor;
        Disturb(now);
    }
}
