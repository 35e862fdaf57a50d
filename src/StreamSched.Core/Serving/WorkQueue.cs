namespace StreamSched.Core.Serving;

/// <summary>
/// The queue of one processor: one line per model variant, ordered by the instant at which the answer must leave. It says what runs next and what cannot be
/// answered in time any more. Not thread-safe; allocates only when a line grows.
/// </summary>
/// <remarks>
/// The rule is work-conserving: a free processor starts at once with what is there, and batches form while it is busy. The variant whose most urgent
/// request is due first goes first (earliest deadline first); its batch grows to the size with the least time per request, but never beyond what lets its
/// most urgent member finish in time. A member that cannot wait for the batch of those who wait with it gives way: run alone or nearly so, the almost late
/// ones would make every batch small, and then all are late.
/// </remarks>
/// <typeparam name="T">What the worker keeps of a request.</typeparam>
public sealed class WorkQueue<T>
{
    private readonly List<Line> _lines = [];

    /// <summary>Requests that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Number of lines ever opened.</summary>
    public int Variants => _lines.Count;

    /// <summary>
    /// Opens a line for a variant, or gives an existing one a new table: a model was replaced or measured again, and what batches took before is forgotten.
    /// </summary>
    /// <param name="variant">Index of the variant, counted up from 0 without gaps.</param>
    /// <param name="table">Its measured times on this processor; the same object as before changes nothing.</param>
    /// <param name="now">µs.</param>
    public void SetTable(int variant, ServiceTable table, long now)
    {
        if (variant == _lines.Count) _lines.Add(new Line(table, now));
        else if (!ReferenceEquals(_lines[variant].Table, table)) _lines[variant].Begin(table, now);
    }

    /// <summary>Takes note of how long a batch took.</summary>
    /// <param name="variant">Index of the variant.</param>
    /// <param name="table">The table of the model that ran; what a former model took says nothing of the present one, and is ignored.</param>
    /// <param name="batch">How many ran together; 0: none did.</param>
    /// <param name="seconds">How long they took, as they would have taken without co-runners.</param>
    /// <param name="now">µs.</param>
    public void Measured(int variant, ServiceTable table, int batch, float seconds, long now)
    {
        if (batch > 0 && ReferenceEquals(_lines[variant].Table, table)) _lines[variant].Times.Add(seconds / table.Seconds(batch), now);
    }

    /// <summary>Requests of one variant that wait.</summary>
    /// <param name="variant">Index of the variant.</param>
    public int WaitingOf(int variant) => _lines[variant].Count;

    /// <summary>How long a batch is expected to take without co-runners, in seconds, by what the last ones took.</summary>
    /// <param name="variant">Index of the variant.</param>
    /// <param name="batch">How many run together.</param>
    /// <param name="now">µs.</param>
    public float Expected(int variant, int batch, long now) => _lines[variant].Times.Ratio(now) * _lines[variant].Table.Seconds(batch);

    /// <summary>Predicted processor time of all that waits, in seconds, batches counted as they would form.</summary>
    /// <param name="now">µs.</param>
    public double BacklogSeconds(long now)
    {
        double seconds = 0;
        foreach (Line line in _lines)
        {
            int best = line.Table.BestBatch;
            seconds += line.Times.Ratio(now) * ((line.Count / best * line.Table.Seconds(best)) + line.Table.Seconds(line.Count % best));
        }

        return seconds;
    }

    /// <summary>Puts a request in line.</summary>
    /// <param name="variant">Index of the variant.</param>
    /// <param name="waiting">The request.</param>
    public void Add(int variant, in Waiting<T> waiting)
    {
        _lines[variant].Push(waiting);
        Count++;
    }

    /// <summary>
    /// Takes out one request that cannot be answered in time, if there is one: not even if it ran alone and now, or, of the variant that is next, not together
    /// with those who wait behind it. To be called until it gives false, before <see cref="TryTakeBatch"/>.
    /// </summary>
    /// <param name="now">µs.</param>
    /// <param name="variant">Its variant.</param>
    /// <param name="expired">The request.</param>
    public bool TryTakeExpired(long now, out int variant, out Waiting<T> expired)
    {
        int next = MostUrgent();
        for (variant = 0; variant < _lines.Count; variant++)
        {
            Line line = _lines[variant];
            int run = variant == next ? Math.Clamp(line.Count - 1, 1, line.Table.BestBatch) : 1;
            if (line.Count == 0 || line.Peek().AnswerBy >= now + Micros(line.Times.Ratio(now) * line.Table.Seconds(run))) continue;
            if (line.Peek().AnswerBy > now && line.Times.IsTrialDue(now)) continue; // it is run, and measured
            expired = line.Pop();
            Count--;
            return true;
        }

        expired = default;
        return false;
    }

    /// <summary>Takes out the batch that runs next on the free processor.</summary>
    /// <param name="now">µs.</param>
    /// <param name="batch">Receives the requests, most urgent first; its length bounds the batch.</param>
    /// <param name="variant">The variant to run.</param>
    /// <returns>How many requests were taken; 0: nothing waits.</returns>
    public int TryTakeBatch(long now, Span<Waiting<T>> batch, out int variant)
    {
        variant = MostUrgent();
        if (variant < 0) return 0;
        Line line = _lines[variant];
        int size = BatchSize(line.Table, line.Times.Ratio(now), Math.Min(line.Count, batch.Length), line.Peek().AnswerBy - now);
        for (int i = 0; i < size; i++) batch[i] = line.Pop();
        Count -= size;
        return size;
    }

    /// <summary>Takes out everything of a variant, in no order, as when its model is removed.</summary>
    /// <param name="variant">Index of the variant.</param>
    /// <param name="waiting">One request.</param>
    public bool TryTakeAny(int variant, out Waiting<T> waiting)
    {
        waiting = default;
        if (_lines[variant].Count == 0) return false;
        waiting = _lines[variant].Pop();
        Count--;
        return true;
    }

    /// <summary>Takes over everything that waits in another queue and what it knows of batch times, so that one can go on from there more than once.</summary>
    /// <param name="other">A queue with the same lines.</param>
    public void CopyFrom(WorkQueue<T> other)
    {
        for (int v = 0; v < _lines.Count; v++) _lines[v].CopyFrom(other._lines[v]);
        Count = other.Count;
    }

    // The line whose first request is due first; -1: nothing waits.
    private int MostUrgent()
    {
        int urgent = -1;
        long due = long.MaxValue;
        for (int v = 0; v < _lines.Count; v++)
        {
            if (_lines[v].Count == 0 || (urgent >= 0 && _lines[v].Peek().AnswerBy >= due)) continue;
            (due, urgent) = (_lines[v].Peek().AnswerBy, v);
        }

        return urgent;
    }

    // The largest batch that gains per request and lets the most urgent member (slack µs left) finish in time.
    private static int BatchSize(ServiceTable table, float ratio, int waiting, long slack)
    {
        int size = 1;
        int limit = Math.Min(waiting, table.BestBatch);
        for (int b = 2; b <= limit; b++)
        {
            if (Micros(ratio * table.Seconds(b)) > slack) break;
            if (table.Seconds(b) / b <= table.Seconds(size) / size) size = b;
        }

        return size;
    }

    private static long Micros(float seconds) => (long)(seconds * 1e6f);

    // A binary heap by AnswerBy; ties keep the order of arrival.
    private sealed class Line(ServiceTable table, long now)
    {
        private Waiting<T>[] _heap = new Waiting<T>[16];
        private long[] _order = new long[16];
        private long _next;

        public MeasuredTimes Times = new(table, now);

        public ServiceTable Table { get; private set; } = table;

        public int Count { get; private set; }

        public void Begin(ServiceTable other, long now) => (Table, Times) = (other, new MeasuredTimes(other, now));

        public ref readonly Waiting<T> Peek() => ref _heap[0];

        public void Push(in Waiting<T> waiting)
        {
            if (Count == _heap.Length)
            {
                Array.Resize(ref _heap, Count * 2);
                Array.Resize(ref _order, Count * 2);
            }

            int i = Count++;
            (_heap[i], _order[i]) = (waiting, _next++);
            while (i > 0 && Before(i, (i - 1) / 2))
            {
                Swap(i, (i - 1) / 2);
                i = (i - 1) / 2;
            }
        }

        public Waiting<T> Pop()
        {
            Waiting<T> top = _heap[0];
            Count--;
            (_heap[0], _order[0]) = (_heap[Count], _order[Count]);
            _heap[Count] = default;
            for (int i = 0; ;)
            {
                int least = i;
                if ((2 * i) + 1 < Count && Before((2 * i) + 1, least)) least = (2 * i) + 1;
                if ((2 * i) + 2 < Count && Before((2 * i) + 2, least)) least = (2 * i) + 2;
                if (least == i) return top;
                Swap(i, least);
                i = least;
            }
        }

        public void CopyFrom(Line other)
        {
            if (_heap.Length < other.Count)
            {
                _heap = new Waiting<T>[other._heap.Length];
                _order = new long[other._heap.Length];
            }

            Array.Copy(other._heap, _heap, other.Count);
            Array.Copy(other._order, _order, other.Count);
            (Count, _next, Times) = (other.Count, other._next, other.Times);
        }

        private bool Before(int a, int b) =>
            _heap[a].AnswerBy != _heap[b].AnswerBy ? _heap[a].AnswerBy < _heap[b].AnswerBy : _order[a] < _order[b];

        private void Swap(int a, int b)
        {
            (_heap[a], _heap[b]) = (_heap[b], _heap[a]);
            (_order[a], _order[b]) = (_order[b], _order[a]);
        }
    }
}
