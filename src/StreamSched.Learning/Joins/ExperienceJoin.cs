namespace StreamSched.Learning.Joins;

/// <summary>
/// Joins the decisions of one partition with their results and with feedback. Each may be read before the others; the first result in the log wins, as for
/// devices. Holds no client and no clock: the host gives records in the order of each log, and tells how far the logs have come. What was joined, and which
/// positions are still needed, can be stored in one transaction; a successor that starts from there, and is told what was joined before
/// (<see cref="Recover"/>), gives what this one would have given. One thread at a time; in steady state nothing is allocated.
/// </summary>
/// <typeparam name="TDecision">A decision as the host keeps it.</typeparam>
public sealed class ExperienceJoin<TDecision>
{
    /// <summary>Why nothing is to be learned: no result came.</summary>
    public const string NoResult = "no-result";

    /// <summary>Why nothing is to be learned: the result answers an attempt whose decision was not read.</summary>
    public const string OtherAttempt = "other-attempt";

    /// <summary>Why nothing is to be learned: too many requests waited.</summary>
    public const string TableFull = "table-full";

    // Tickets of rows that are closed stay until they are met, unless there are too many of them.
    private const int None = -1, MostStale = 4096, StaleFactor = 8;
    private readonly JoinSettings _settings;
    private readonly IJoinSink<TDecision> _sink;

    // The index of an open row, or the complement of the number of a kept one.
    private readonly Dictionary<JoinKey, long> _byKey = [];
    private readonly SlotTable<Row> _rows = new();
    private readonly SlotTable<Node> _nodes = new();
    private readonly SlotTable<Said> _said = new();
    private readonly PriorityQueue<Ticket, long> _due = new();
    private readonly Queue<(long Offset, Ticket Row)> _decisions = new(), _results = new(), _feedback = new();
    private Kept[] _kept = new Kept[256];
    private long _keptFrom, _keptTo;
    private long _watermark = long.MinValue;

    /// <summary>Makes a join that knows nothing yet.</summary>
    /// <param name="settings">How long it waits.</param>
    /// <param name="sink">Takes what it gives.</param>
    public ExperienceJoin(JoinSettings settings, IJoinSink<TDecision> sink) => (_settings, _sink) = (settings, sink);

    /// <summary>What was counted.</summary>
    public JoinCounters Counters { get; } = new();

    /// <summary>Requests that wait for a decision or a result.</summary>
    public int OpenCount => _rows.Count;

    /// <summary>Joined requests that feedback can still correct.</summary>
    public int KeptCount => (int)(_keptTo - _keptFrom);

    /// <summary>When the next request is given up unless something comes, µs since 1970; null: none waits.</summary>
    public long? NextDue
    {
        get
        {
            while (_due.TryPeek(out Ticket ticket, out long due))
            {
                if (IsDue(ticket, due)) return due;
                _due.Dequeue();
            }

            return null;
        }
    }

    /// <summary>Lowest offset of a decision that is still needed; null: none that was read is.</summary>
    public long? NeededDecision => Lowest(_decisions);

    /// <summary>Lowest offset of a result that is still needed; null: none that was read is.</summary>
    public long? NeededResult => Lowest(_results);

    /// <summary>Lowest offset of feedback that is still needed; null: none that was read is.</summary>
    public long? NeededFeedback => Lowest(_feedback);

    /// <summary>Takes in what a predecessor has joined.</summary>
    /// <param name="key">The request.</param>
    /// <param name="resultOffset">Offset of its result; negative: none came.</param>
    /// <param name="revision">The latest revision.</param>
    /// <param name="feedback">What the device has said of it.</param>
    /// <param name="feedbackOffset">Offset of the latest of that; negative: it has said nothing.</param>
    /// <param name="kept">Where the host finds it.</param>
    /// <param name="at">When it was stored, µs since 1970.</param>
    public void Recover(JoinKey key, long resultOffset, int revision, FeedbackFacts feedback, long feedbackOffset, long kept, long at)
    {
        if (!_byKey.TryGetValue(key, out long place))
        {
            Keep(new Kept
            {
                Key = key, ResultOffset = resultOffset, Revision = revision, Feedback = feedback, FeedbackOffset = feedbackOffset, Body = kept, At = at,
            });
        }
        else if (place < 0 && revision >= At(~place).Revision)
        {
            ref Kept known = ref At(~place);
            (known.Revision, known.Feedback, known.FeedbackOffset, known.Body) = (revision, feedback, feedbackOffset, kept);
        }
    }

    /// <summary>Takes in a decision.</summary>
    /// <param name="head">What the join needs of it.</param>
    /// <param name="body">As the host keeps it; released when it is not needed any more.</param>
    public void Decision(in DecisionHead head, TDecision body)
    {
        if (_byKey.TryGetValue(head.Key, out long place) && place < 0)
        {
            Counters.RepeatedDecisions++;
            _sink.Release(body);
            return;
        }

        int r = Open(head.Key);
        ref Row row = ref _rows[r];
        row.Attempts++;
        int n = _nodes.Take();
        _nodes[n] = new Node { Head = head, Body = body, Next = row.First };
        row.First = n;
        if (row.Attempts > _settings.MostAttempts) DropOldest(ref row);
        Need(_decisions, head.Offset, r);
        long deadline = head.Deadline > 0 ? head.Deadline : head.At;
        Wait(r, Math.Min(deadline, head.At + _settings.LongestWait) + _settings.Patience);
        if (row.HasResult && Matches(head, row.Result)) Join(r, n, null);
        else MakeRoom();
    }

    /// <summary>Takes in a result.</summary>
    /// <param name="head">What the join needs of it.</param>
    /// <param name="facts">What it tells.</param>
    public void Result(in ResultHead head, in ResultFacts facts)
    {
        if (_byKey.TryGetValue(head.Key, out long place) && place < 0)
        {
            if (At(~place).ResultOffset != head.Offset) Counters.Duplicates++;
            return;
        }

        int r = Open(head.Key);
        ref Row row = ref _rows[r];
        if (row.HasResult)
        {
            if (row.Result.Offset != head.Offset) Counters.Duplicates++;
            return;
        }

        (row.Result, row.Facts, row.HasResult) = (head, facts, true);
        Need(_results, head.Offset, r);
        Wait(r, head.At + _settings.Patience);
        int match = row.First;
        while (match != None && !Matches(_nodes[match].Head, head)) match = _nodes[match].Next;
        if (match != None) Join(r, match, null);
        else MakeRoom();
    }

    /// <summary>Takes in a result that nothing was decided for.</summary>
    public void Undecided() => Counters.Undecided++;

    /// <summary>Takes in feedback.</summary>
    /// <param name="head">What it says.</param>
    public void Feedback(in FeedbackHead head)
    {
        if (_byKey.TryGetValue(head.Key, out long place) && place < 0)
        {
            Revise(~place, head.Offset, head.Facts);
            return;
        }

        int r = Open(head.Key);
        ref Row row = ref _rows[r];
        Hold(ref row, head.Offset, head.Facts);
        Need(_feedback, head.Offset, r);
        Wait(r, head.At + _settings.Patience);
        MakeRoom();
    }

    /// <summary>Tells how far the logs have come: what comes from now on is of this time or later.</summary>
    /// <param name="watermark">µs since 1970; a value below the last one changes nothing.</param>
    public void Advance(long watermark)
    {
        if (watermark <= _watermark) return;
        _watermark = watermark;
        while (NextDue <= watermark) GiveUp(_due.Dequeue().Row, NoResult);
        while (_keptFrom < _keptTo && At(_keptFrom).At + _settings.RevisionWindow < watermark) Forget();
    }

    private static bool Matches(in DecisionHead decision, in ResultHead result) => decision.Attempt == result.Attempt && decision.Scheduler == result.Scheduler;

    private int Open(JoinKey key)
    {
        if (_byKey.TryGetValue(key, out long place)) return (int)place;
        int r = _rows.Take();
        _rows[r] = new Row { Key = key, First = None, FirstSaid = None, LastSaid = None, Generation = _rows[r].Generation, Due = long.MinValue };
        _byKey[key] = r;
        return r;
    }

    // The latest instant counts; earlier tickets are stale.
    private void Wait(int r, long due)
    {
        ref Row row = ref _rows[r];
        if (due <= row.Due) return;
        row.Due = due;
        if (_due.Count >= MostStale && _due.Count >= StaleFactor * _rows.Count) RemoveStale();
        _due.Enqueue(TicketOf(r), due);
    }

    private void RemoveStale()
    {
        (Ticket, long)[] current = [.. _due.UnorderedItems.Where(t => IsDue(t.Element, t.Priority))];
        _due.Clear();
        _due.EnqueueRange(current);
    }

    private void Need(Queue<(long Offset, Ticket Row)> queue, long offset, int r)
    {
        if (queue.Count >= MostStale && queue.Count >= StaleFactor * _rows.Count)
        {
            for (int left = queue.Count; left > 0; left--)
                if (queue.Dequeue() is var needed && IsCurrent(needed.Row)) queue.Enqueue(needed);
        }

        queue.Enqueue((offset, TicketOf(r)));
    }

    private void Join(int r, int node, string? skipLearn)
    {
        ref Row row = ref _rows[r];
        skipLearn ??= row.Facts.SkipLearn;
        Counters.Joined++;
        if (skipLearn is not null) Counters.Skipped++;
        long kept = _sink.Joined(_nodes[node].Head, _nodes[node].Body, row.Result, row.Facts, skipLearn);
        Close(r, row.Result.Offset, kept, _nodes[node].Head.At);
    }

    private void GiveUp(int r, string skipLearn)
    {
        ref Row row = ref _rows[r];
        if (row.First == None)
        {
            if (row.HasResult) Counters.Orphans++;
            else Counters.Dangling++;
            _byKey.Remove(row.Key);
            Free(r);
        }
        else if (row.HasResult)
        {
            Join(r, row.First, OtherAttempt);
        }
        else
        {
            Counters.Defaulted++;
            long kept = _sink.Defaulted(_nodes[row.First].Head, _nodes[row.First].Body, skipLearn);
            Close(r, -1, kept, _nodes[row.First].Head.At);
        }
    }

    // From an open request to one that feedback can correct.
    private void Close(int r, long resultOffset, long body, long decidedAt)
    {
        (JoinKey key, int said) = (_rows[r].Key, _rows[r].FirstSaid);
        _rows[r].FirstSaid = None;
        Free(r);
        Keep(new Kept { Key = key, ResultOffset = resultOffset, FeedbackOffset = None, Body = body, At = Math.Max(_watermark, decidedAt) });
        while (said != None)
        {
            Revise(_keptTo - 1, _said[said].Offset, _said[said].Facts);
            said = Return(said);
        }
    }

    private void Revise(long number, long offset, FeedbackFacts facts)
    {
        ref Kept kept = ref At(number);
        if (offset <= kept.FeedbackOffset) return; // read again after a restart
        kept.FeedbackOffset = offset;
        FeedbackFacts all = kept.Feedback.With(facts);
        if (all == kept.Feedback || kept.Revision >= _settings.MostRevisions)
        {
            Counters.RepeatedFeedback++;
        }
        else if (kept.Body >= 0 && _sink.Revised(kept.Body, kept.Revision + 1, all, offset) is var body && body >= 0)
        {
            Counters.Revised++;
            (kept.Revision, kept.Feedback, kept.Body) = (kept.Revision + 1, all, body);
        }
        else
        {
            Counters.Dangling++;
        }
    }

    private void Free(int r)
    {
        ref Row row = ref _rows[r];
        for (int n = row.First; n != None;)
        {
            int next = _nodes[n].Next;
            _sink.Release(_nodes[n].Body);
            _nodes[n] = default;
            _nodes.Return(n);
            n = next;
        }

        for (int said = row.FirstSaid; said != None;) said = Return(said);
        row = new Row { Generation = row.Generation + 1 };
        _rows.Return(r);
    }

    // In the order in which it came, so that the revisions are the same whether it came before the result or after.
    private void Hold(ref Row row, long offset, FeedbackFacts facts)
    {
        if (row.Said++ >= _settings.MostRevisions) return;
        int said = _said.Take();
        _said[said] = new Said { Facts = facts, Offset = offset, Next = None };
        if (row.LastSaid == None) row.FirstSaid = said;
        else _said[row.LastSaid].Next = said;
        row.LastSaid = said;
    }

    private int Return(int said)
    {
        int next = _said[said].Next;
        _said.Return(said);
        return next;
    }

    private void DropOldest(ref Row row)
    {
        int before = row.First;
        while (_nodes[_nodes[before].Next].Next != None) before = _nodes[before].Next;
        int oldest = _nodes[before].Next;
        _nodes[before].Next = None;
        _sink.Release(_nodes[oldest].Body);
        _nodes[oldest] = default;
        _nodes.Return(oldest);
    }

    private void MakeRoom()
    {
        if (_rows.Count <= _settings.MostOpen || NextDue is null) return;
        Counters.Overflowed++;
        GiveUp(_due.Dequeue().Row, TableFull);
    }

    private void Keep(in Kept kept)
    {
        if (_keptTo - _keptFrom >= _settings.MostKept) Forget();
        if (_keptTo - _keptFrom == _kept.Length)
        {
            Kept[] longer = new Kept[2 * _kept.Length];
            for (long number = _keptFrom; number < _keptTo; number++) longer[number & (longer.Length - 1)] = At(number);
            _kept = longer;
        }

        At(_keptTo) = kept;
        _byKey[kept.Key] = ~_keptTo++;
    }

    private void Forget()
    {
        ref Kept oldest = ref At(_keptFrom);
        if (_byKey.TryGetValue(oldest.Key, out long place) && place == ~_keptFrom) _byKey.Remove(oldest.Key);
        oldest = default;
        _keptFrom++;
    }

    private ref Kept At(long number) => ref _kept[number & (_kept.Length - 1)];

    private Ticket TicketOf(int r) => new(r, _rows[r].Generation);

    private bool IsCurrent(Ticket ticket) => _rows[ticket.Row].Generation == ticket.Generation;

    private bool IsDue(Ticket ticket, long due) => IsCurrent(ticket) && _rows[ticket.Row].Due == due;

    // Rows of records that are not needed any more are met once each.
    private long? Lowest(Queue<(long Offset, Ticket Row)> queue)
    {
        while (queue.TryPeek(out (long Offset, Ticket Row) first))
        {
            if (IsCurrent(first.Row)) return first.Offset;
            queue.Dequeue();
        }

        return null;
    }

    private readonly record struct Ticket(int Row, int Generation);

    private struct Row
    {
        public JoinKey Key;
        public int Generation;
        public int First; // node of the latest decision
        public int Attempts;
        public long Due;
        public bool HasResult;
        public ResultHead Result;
        public ResultFacts Facts;
        public int FirstSaid; // feedback that came before
        public int LastSaid;
        public int Said;
    }

    private struct Said
    {
        public FeedbackFacts Facts;
        public long Offset;
        public int Next;
    }

    private struct Node
    {
        public DecisionHead Head;
        public TDecision Body;
        public int Next;
    }

    private struct Kept
    {
        public JoinKey Key;
        public long ResultOffset;
        public int Revision;
        public FeedbackFacts Feedback;
        public long FeedbackOffset;
        public long Body;
        public long At;
    }
}
