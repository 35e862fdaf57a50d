using StreamSched.Core.Serving;

namespace StreamSched.Core.Cluster;

/// <content>
/// Who fails. A placement whose answers are failures, or a worker that leaves requests unanswered, is closed: the mask passes it only where nothing else is feasible, and
/// for a probe now and then, so that it comes back once it answers again. A quick failure would else count as quick, and silence as an empty queue: both draw the work.
/// </content>
public sealed partial class ClusterView
{
    // Weight of one outcome: three failures in a row close a placement. While it is closed outcomes are few, so each counts for more: six probes in a row open it again.
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

    // Columns by placement.
    private float[] _failure = new float[Lanes];
    private int[] _expiredInRow = new int[Lanes];
    private bool[] _closed = new bool[Lanes];
    private long[] _probeAt = new long[Lanes];
    private int[] _probeWait = new int[Lanes];
    private long _heldUpUntil;

    /// <summary>Grows by one whenever a placement is closed or opened again.</summary>
    public int FailureVersion { get; private set; }

    /// <summary>Whether a placement gets no work but probes, since what it is given is not answered.</summary>
    /// <param name="placement">Index of a placement.</param>
    public bool IsFailing(int placement) => _closed[placement];

    /// <summary>The placements that get no work but probes.</summary>
    public IEnumerable<FailingPlacement> Failing() =>
        from worker in _workers.Values
        from k in worker.Placements
        where _closed[k]
        select new FailingPlacement(worker.Description.Id, _processorId[_processorOf[k]], _variant[k].Name, _expiredInRow[k] >= ExpiredInRow ? 1 : _failure[k], worker.IsSilent);

    /// <summary>Takes note of what an answer says about who gave it.</summary>
    /// <param name="placement">Who answered.</param>
    /// <param name="generation">The placement's generation when it was sent.</param>
    /// <param name="kind">What came.</param>
    public void Responded(int placement, int generation, AnswerKind kind)
    {
        if (_generation[placement] != generation) return;
        WorkerState worker = _workerOf[_processorOf[placement]]!;
        Expect(worker);
        if (worker.Silence > 0 || worker.IsSilent)
        {
            worker.Silence -= (worker.IsSilent ? ProbeWeight : SilenceWeight) * worker.Silence;
            JudgeSilence(worker);
        }

        if (kind == AnswerKind.Refused) return;
        _expiredInRow[placement] = kind == AnswerKind.Expired ? _expiredInRow[placement] + 1 : 0;
        if (kind != AnswerKind.Expired) Failed(placement, kind == AnswerKind.Failed ? 1 : 0);
        JudgePlacement(placement);
    }

    /// <summary>Takes note that a request got no answer until its time was over, though its worker is alive.</summary>
    /// <param name="placement">Who was to answer.</param>
    /// <param name="generation">The placement's generation when it was sent.</param>
    /// <param name="sentAt">When, µs.</param>
    public void Unanswered(int placement, int generation, long sentAt)
    {
        // What was sent before this scheduler was held up itself may have been answered unread.
        if (_generation[placement] != generation || sentAt < _heldUpUntil) return;
        WorkerState worker = _workerOf[_processorOf[placement]]!;
        worker.Silence += SilenceWeight * (1 - worker.Silence);
        Failed(placement, 1);
        JudgePlacement(placement);
        JudgeSilence(worker);
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
            if (_closed[k] && _probeAt[k] <= Now && (next < 0 || _probeAt[k] < _probeAt[table.Placement[next]])) next = row;
        }

        if (next < 0) return;
        table.Serves[next] = table.Fits[next];
        table.ProbeRow = next;
        _probeAt[table.Placement[next]] = Now; // the next turn is another's, should no policy choose this one
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
        TaskTable table = _tableOf[placement];
        _probeAt[placement] = Now + _probeWait[placement];
        table.SinceProbe = 0;
        if (table.ProbeRow == _row[placement]) CloseProbe(table);
    }

    private void Failed(int placement, float failed)
    {
        ref float rate = ref _failure[placement];
        rate += (_closed[placement] ? ProbeWeight : FailureWeight) * (failed - rate);
        if (rate < 1e-6f) rate = 0;
        if (_closed[placement])
            _probeWait[placement] = failed > 0 ? Math.Min(2 * _probeWait[placement], LongestProbeWaitMicros) : ShortestProbeWaitMicros;
    }

    private void JudgePlacement(int placement)
    {
        float limit = _closed[placement] ? FailureOver : FailureLimit;
        bool closed = _failure[placement] > limit || _expiredInRow[placement] >= ExpiredInRow || _workerOf[_processorOf[placement]]!.IsSilent;
        if (closed == _closed[placement]) return;
        Renew();
        TaskTable table = _tableOf[placement];
        int row = _row[placement];
        if (table.ProbeRow == row) table.ProbeRow = -1;
        _closed[placement] = closed;
        table.Closed += closed ? 1 : -1;
        table.Serves[row] = closed ? 0 : table.Fits[row];
        _probeWait[placement] = ShortestProbeWaitMicros;
        _probeAt[placement] = Now + ShortestProbeWaitMicros;
        FailureVersion++;
    }

    private void JudgeSilence(WorkerState worker)
    {
        bool overdue = worker is { UnderWay: > 0, Liveness: Liveness.Fresh } && Now > worker.ExpectedBy;
        bool silent = overdue || worker.Silence > (worker.IsSilent ? FailureOver : SilenceLimit);
        if (silent == worker.IsSilent) return;
        worker.IsSilent = silent;
        foreach (int k in worker.PlacementIndices) JudgePlacement(k);
    }

    // An answer is expected by then. The longest that was predicted since the worker was idle counts: its processors differ.
    private void ExpectAnswer(WorkerState worker, int placement, float network)
    {
        Renew();
        float predicted = network + _backlog[_processorOf[placement]] + _tableOf[placement].Run[_row[placement]];
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
