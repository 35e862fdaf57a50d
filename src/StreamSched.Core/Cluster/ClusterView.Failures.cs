using StreamSched.Core.Serving;

namespace StreamSched.Core.Cluster;

/// <content>
/// Who fails. A placement whose answers are failures, or a worker that leaves requests unanswered, is closed: the mask passes it only where nothing else is
/// feasible, and for a probe now and then, so that it comes back once it answers again. A quick failure would else count as quick, and silence as an empty
/// queue: both draw the work.
/// </content>
public sealed partial class ClusterView
{
    // Weight of one outcome: three failures in a row close a placement. While it is closed outcomes are few, so each counts for more: six probes in a row
    // open it again.
    private const float FailureWeight = 0.1f, ProbeWeight = 0.4f;

    // Above the first a placement is closed, below the second it is open again. Far apart: one that fails half of the time must not be open half of the time.
    private const float FailureLimit = 0.25f, FailureOver = 0.05f;

    // A worker that answers nothing is known by fewer outcomes, which come late: three in a row.
    private const float SilenceWeight = 0.25f, SilenceLimit = 0.5f;

    // So many answers EXPIRED without one that ran say that nothing runs there. A worker with too much to do runs something between them.
    private const int ExpiredInRow = 32;

    // One probe per so many requests of a task: with several closed placements as with one, they get less than 3 % of the requests.
    private const int RequestsPerProbe = 40;
    private const int ShortestProbeWaitMicros = 100_000, LongestProbeWaitMicros = 3_200_000;

    // A worker without any answer is silent after this, and this many times what was predicted for the next one.
    private const long SilenceMicros = 1_000_000;
    private const float SilenceFactor = 3;

    private long _heldUpUntil;

    /// <summary>Grows by one whenever a placement is closed or opened again.</summary>
    public int FailureVersion { get; private set; }

    /// <summary>The placements that get no work but probes.</summary>
    public IEnumerable<FailingPlacement> Failing() =>
        from worker in _workers.Values
        from k in worker.Placements
        where _placements[k].IsClosed
        select new FailingPlacement(worker.Description.Id, _placements[k].Variant.Name, worker.IsSilent);

    /// <summary>Takes note of what an answer says about who gave it.</summary>
    /// <param name="placement">Who answered.</param>
    /// <param name="generation">The placement's generation when it was sent.</param>
    /// <param name="kind">What came.</param>
    public void Responded(int placement, int generation, AnswerKind kind)
    {
        if (_placements[placement].Generation != generation) return;
        WorkerState worker = _processors.Rows[_placements[placement].Processor].Worker!;
        Expect(worker);
        if (worker.Silence > 0 || worker.IsSilent)
        {
            worker.Silence -= (worker.IsSilent ? ProbeWeight : SilenceWeight) * worker.Silence;
            UpdateSilence(worker);
        }

        if (kind == AnswerKind.Refused) return;
        _placements[placement].ExpiredInRow = kind == AnswerKind.Expired ? _placements[placement].ExpiredInRow + 1 : 0;
        if (kind != AnswerKind.Expired) Failed(placement, kind == AnswerKind.Failed ? 1 : 0);
        UpdateFailing(placement);
    }

    /// <summary>Takes note that a request got no answer until its time was over, though its worker is alive.</summary>
    /// <param name="placement">Who was to answer.</param>
    /// <param name="generation">The placement's generation when it was sent.</param>
    /// <param name="sentAt">When, µs.</param>
    public void Unanswered(int placement, int generation, long sentAt)
    {
        // What was sent before this scheduler was held up itself may have been answered unread.
        if (_placements[placement].Generation != generation || sentAt < _heldUpUntil) return;
        WorkerState worker = _processors.Rows[_placements[placement].Processor].Worker!;
        worker.Silence += SilenceWeight * (1 - worker.Silence);
        Failed(placement, 1);
        UpdateFailing(placement);
        UpdateSilence(worker);
    }

    /// <summary>To be called for every request of a task with a closed placement: opens one for a probe when it is due.</summary>
    internal void OpenProbe(TaskTable table)
    {
        if (++table.SinceProbe < RequestsPerProbe) return;
        table.SinceProbe = 0;
        CloseProbe(table);
        int next = -1;
        for (int row = 0; row < table.Count; row++)
        {
            int k = table.Placement[row];
            if (_placements[k].IsClosed && _placements[k].ProbeAt <= Now && (next < 0 || _placements[k].ProbeAt < _placements[table.Placement[next]].ProbeAt))
                next = row;
        }

        if (next < 0) return;
        table.Serves[next] = table.Fits[next];
        table.ProbeRow = next;
        _placements[table.Placement[next]].ProbeAt = Now; // the next turn is another's, should no policy choose this one
    }

    private static void CloseProbe(TaskTable table)
    {
        if (table.ProbeRow >= 0) table.Serves[table.ProbeRow] = 0;
        table.ProbeRow = -1;
    }

    // One that is closed was sent something: a probe, or work that nobody else could do.
    private void Probed(int placement)
    {
        Renew();
        TaskTable table = _placements[placement].Table;
        _placements[placement].ProbeAt = Now + _placements[placement].ProbeWait;
        table.SinceProbe = 0;
        if (table.ProbeRow == _placements[placement].Row) CloseProbe(table);
    }

    private void Failed(int placement, float failed)
    {
        ref float rate = ref _placements[placement].Failure;
        rate += (_placements[placement].IsClosed ? ProbeWeight : FailureWeight) * (failed - rate);
        if (rate < 1e-6f) rate = 0;
        if (_placements[placement].IsClosed)
            _placements[placement].ProbeWait = failed > 0 ? Math.Min(2 * _placements[placement].ProbeWait, LongestProbeWaitMicros) : ShortestProbeWaitMicros;
    }

    private void UpdateFailing(int placement)
    {
        float limit = _placements[placement].IsClosed ? FailureOver : FailureLimit;
        bool closed = _placements[placement].Failure > limit || _placements[placement].ExpiredInRow >= ExpiredInRow
            || _processors.Rows[_placements[placement].Processor].Worker!.IsSilent;
        if (closed == _placements[placement].IsClosed) return;
        Renew();
        TaskTable table = _placements[placement].Table;
        int row = _placements[placement].Row;
        if (table.ProbeRow == row) table.ProbeRow = -1;
        _placements[placement].IsClosed = closed;
        table.Closed += closed ? 1 : -1;
        table.Serves[row] = closed ? 0 : table.Fits[row];
        _placements[placement].ProbeWait = ShortestProbeWaitMicros;
        _placements[placement].ProbeAt = Now + ShortestProbeWaitMicros;
        FailureVersion++;
    }

    private void UpdateSilence(WorkerState worker)
    {
        bool overdue = worker is { UnderWay: > 0, Liveness: Liveness.Fresh } && Now > worker.ExpectedBy;
        bool silent = overdue || worker.Silence > (worker.IsSilent ? FailureOver : SilenceLimit);
        if (silent == worker.IsSilent) return;
        worker.IsSilent = silent;
        foreach (int k in worker.PlacementIndices) UpdateFailing(k);
    }

    // An answer is expected by then. The longest that was predicted since the worker was idle counts: its processors differ.
    private void ExpectAnswer(WorkerState worker, int placement, float network)
    {
        Renew();
        float predicted = network + _processors.Backlog[_placements[placement].Processor] + _placements[placement].Table.BatchTime[_placements[placement].Row];
        long patience = float.IsFinite(predicted) ? SilenceMicros + (long)(SilenceFactor * predicted * 1e6f) : long.MaxValue;
        if (worker.UnderWay++ > 0)
        {
            if (patience > worker.Patience) worker.Patience = patience;
            return;
        }

        worker.Patience = patience;
        Expect(worker);
    }

    private void Expect(WorkerState worker) => worker.ExpectedBy = worker.Patience == long.MaxValue ? long.MaxValue : Now + worker.Patience;
}
