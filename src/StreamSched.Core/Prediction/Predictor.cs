using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Prediction;

/// <summary>
/// Computes what each placement of a task would mean for a request, and the one feasibility mask: variant fits, does not fail, worker gets work, accurate
/// enough, mean predicted completion within the deadline. A worker that gets no work has an infinite backlog, hence no completion in time.
/// </summary>
internal sealed class Predictor(ClusterView view, PredictionSettings settings)
{
    private const int Lanes = Columns.Lanes;

    // What a request's own fields and the record around it add to its payload, about.
    private const int EnvelopeBytes = 300;

    // Network delay out and back and what it costs by site of the worker, for the present request.
    private float[] _out = new float[2 * Lanes];
    private float[] _back = new float[2 * Lanes];
    private float[] _networkCost = new float[2 * Lanes];
    private float[] _roundTrip = new float[2 * Lanes];
    private float[] _transmission = new float[2 * Lanes];

    private readonly FirstPass _firstPass = new();
    private readonly TaskTable _best = new();

    // ASET's 2δ and the transmission to the scheduler.
    private float _access;

    /// <summary>The curve from slack to probability that is in force.</summary>
    public OnTimeModel OnTime { get; set; } = settings.OnTime;

    /// <summary>What a request is predicted to wait for.</summary>
    public WaitingRule Waiting { get; set; }

    /// <summary>Fills the candidates' columns for a request.</summary>
    /// <param name="request">The request; its task is known.</param>
    /// <param name="candidates">Receives the predictions.</param>
    /// <param name="firstPass">What a placement is worth before its price, where only the best need to be seen; null: all are.</param>
    public unsafe void Predict(in Request request, Candidates candidates, NetValue? firstPass = null)
    {
        NetworkDelays(request);
        TaskTable table = view.Table(request.Task, request.Origin);
        float remaining = request.Deadline - ((view.Now - request.Started) * 1e-6f);
        ReadOnlySpan<float> ahead = Waiting == WaitingRule.DueBefore ? view.BacklogBefore(request.DeadlineAt) : view.BacklogColumn;
        if (table.Closed > 0) view.OpenProbe(table);
        int feasible;

        // Pinned once per request: pinning for every gather costs a quarter of the whole.
        fixed (float* delaysOut = _out, delaysBack = _back, backlogs = view.BacklogColumn, corrections = view.NetworkCorrectionColumn,
            deviations = view.NetworkDeviationColumn, aheads = ahead, unknown = view.BacklogDeviationColumn, scales = view.ErrorScaleColumn,
            capacityPrices = view.CapacityPriceColumn, delayPrices = view.DelayPriceColumn, utilisations = view.Utilisation, residuals = view.OnTimeResidual,
            trust = view.TrustColumn)
        {
            PredictionColumns from = new()
            {
                Out = delaysOut, Back = delaysBack, Sites = view.Network.Count, Backlog = backlogs, Correction = corrections, Deviation = deviations,
                Ahead = aheads, Unknown = unknown, Scale = scales, CapacityPrice = capacityPrices, DelayPrice = delayPrices, Utilisation = utilisations,
                Residual = residuals, Trust = trust, OnTime = OnTime, Left = remaining, Widen = settings.MaskDeviations, Floor = request.MinAccuracy,
            };
            int best = firstPass is { } value && table.Count > FirstPass.Most && settings.Mask == FeasibilityRule.Completion ? SeeBest(from, table, value) : 0;
            if (best > 0) _best.Take(table, _firstPass.Rows[..best]);
            candidates.Start(best > 0 ? _best : table, _networkCost, _roundTrip);
            candidates.Remaining = remaining;
            candidates.Means = best > 0 && firstPass is { IsCorrected: true } ? _firstPass.Means : null;
            feasible = FillIn(from, candidates);
        }

        candidates.Feasible = settings.Mask == FeasibilityRule.Aset ? MaskAsAset(request, candidates) : feasible;

        // Where only those that fail could do it, one that fails sometimes is better than a refusal, and one that always does is not worse.
        if (candidates.Feasible == 0 && table.Closed > 0)
        {
            candidates.TakesFailing = true;
            candidates.Feasible = settings.Mask == FeasibilityRule.Aset ? MaskAsAset(request, candidates) : MaskAgain(request, candidates);
        }
    }

    // Gives how many are feasible.
    private static int FillIn(in PredictionColumns from, Candidates candidates)
    {
        TaskTable table = candidates.Table;
        int feasible = 0;
        for (int i = 0; i < table.Padded; i += Lanes)
        {
            PredictedRows rows = PredictedRows.Of(from, table, i);

            // Copied, since the table moves on as soon as the request is counted in.
            Store(rows.ProcessorTime, candidates.ProcessorTimeColumn, i);
            Store(rows.BatchTime, candidates.BatchTimeColumn, i);
            Store(Load(table.Capacity, i), candidates.CapacityColumn, i);
            Store(rows.NetworkOut, candidates.NetworkOutColumn, i);
            Store(rows.NetworkBack, candidates.NetworkBackColumn, i);
            Store(rows.Waiting, candidates.WaitingColumn, i);
            Store(rows.Completion, candidates.CompletionColumn, i);
            Store(rows.Slack, candidates.SlackColumn, i);
            Store(rows.Deviation, candidates.DeviationColumn, i);
            Store(rows.Width, candidates.WidthColumn, i);
            Store(rows.CapacityPrice, candidates.CapacityPriceColumn, i);
            Store(rows.DelayPrice, candidates.DelayPriceColumn, i);
            rows.Mask.StoreUnsafe(ref MemoryMarshal.GetReference(candidates.MaskColumn), (nuint)i);
            feasible += (int)uint.PopCount(rows.Mask.ExtractMostSignificantBits());
        }

        return feasible;
    }

    // Looks at all rows for those that the rule finds best, and gives how many there are.
    private unsafe int SeeBest(in PredictionColumns from, TaskTable table, in NetValue value)
    {
        _firstPass.Start(table.Padded, value.IsCorrected);
        for (int i = 0; i < table.Padded; i += Lanes)
        {
            PredictedRows rows = PredictedRows.Of(from, table, i);
            Vector256<float> inverseWidth = Vector256<float>.One / rows.Width;
            Vector256<float> against = VectorMath.Exp(-rows.Slack * inverseWidth * OnTimeModel.Steepness);
            Vector256<float> gross = value.Gross(Load(table.Accuracy, i), rows.Completion);
            Vector256<float> costs = Vector256.Max(rows.CapacityPrice, rows.DelayPrice)
                + value.Costs(rows.Completion, rows.ProcessorTime, Load(table.Watts, i));
            if (!value.IsCorrected)
            {
                _firstPass.Add(i, gross, costs, against, rows.Mask);
                continue;
            }

            _firstPass.AddCorrected(i, gross, costs, against, table.ByProcessor(from.Trust, i), rows.Mask);
            _firstPass.AddMeans(rows, inverseWidth, table.ByProcessor(from.Utilisation, i), table.ByProcessor(from.Residual, i));
        }

        return _firstPass.Choose();
    }

    // The same mask over what was computed already.
    private int MaskAgain(in Request request, Candidates candidates)
    {
        int feasible = 0;
        for (int i = 0; i < candidates.Count; i++)
        {
            bool holds = candidates.Serving[i] != 0 && candidates.AccuracyFloor[i] >= request.MinAccuracy && InTime(candidates, i);
            candidates.MaskColumn[i] = holds ? -1 : 0;
            if (holds) feasible++;
        }

        return feasible;
    }

    private bool InTime(Candidates candidates, int i) => candidates.Slack[i] + (settings.MaskDeviations * candidates.Deviation[i]) >= 0;

    private int MaskAsAset(in Request request, Candidates candidates)
    {
        TaskTable table = candidates.Table;
        int[] serving = candidates.Serving;
        int feasible = 0;
        for (int i = 0; i < table.Count; i++)
        {
            int processor = table.Processor[i];
            bool holds = InTimeByAset(request, table, i) && HasCapacity(processor) && view.Available[processor] > 0 && serving[i] != 0
                && table.AccuracyFloor[i] >= request.MinAccuracy;
            candidates.MaskColumn[i] = holds ? -1 : 0;
            if (holds) feasible++;
        }

        return feasible;
    }

    private bool InTimeByAset(in Request request, TaskTable table, int i) =>
        _access + _roundTrip[table.Site[i]] + _transmission[table.Site[i]] + table.Solo[i] <= request.Deadline;

    // A stream's load is that of its frames so far: it is counted in when they are sent.
    private bool HasCapacity(int processor) => view.Utilisation[processor] <= 1;

    /// <summary>The first thing that rules a candidate out; for records and reasons, off the hot path.</summary>
    /// <param name="request">The request that was predicted for.</param>
    /// <param name="candidates">Its candidates.</param>
    /// <param name="i">Which one.</param>
    public RejectReason WhyNot(in Request request, Candidates candidates, int i)
    {
        if (candidates.Mask[i] != 0) return RejectReason.None;
        TaskTable table = candidates.Table;
        if (!(view.Available[table.Processor[i]] > 0)) return RejectReason.NoWorker;
        if (!(table.AccuracyFloor[i] >= request.MinAccuracy)) return RejectReason.Accuracy;
        if (table.Fits[i] == 0) return RejectReason.Memory;
        if (settings.Mask != FeasibilityRule.Aset) return InTime(candidates, i) ? RejectReason.Failing : RejectReason.Deadline;
        return !HasCapacity(table.Processor[i]) ? RejectReason.Capacity : InTimeByAset(request, table, i) ? RejectReason.Failing : RejectReason.Deadline;
    }

    /// <summary>
    /// Why the mask is empty: what the candidate that came furthest failed on. Without a live worker <see cref="RejectReason.NoWorker"/>.
    /// </summary>
    /// <param name="request">The request that was predicted for.</param>
    /// <param name="candidates">Its candidates.</param>
    public RejectReason WhyNone(in Request request, Candidates candidates)
    {
        RejectReason furthest = RejectReason.NoWorker;
        for (int i = 0; i < candidates.Count; i++)
        {
            RejectReason reason = WhyNot(request, candidates, i);
            if (reason > furthest) furthest = reason;
        }

        return furthest;
    }

    private void NetworkDelays(in Request request)
    {
        NetworkMap map = view.Network;
        if (_out.Length < map.Count)
        {
            int length = Math.Max(2 * Lanes, Columns.Padded(map.Count));
            (_out, _back, _networkCost) = (new float[length], new float[length], new float[length]);
            (_roundTrip, _transmission) = (new float[length], new float[length]);
        }

        int from = settings.SchedulerSite ?? request.Site;
        ReadOnlySpan<Link> row = map.Row(from);
        Link access = map[request.Site, from];
        _access = (2 * access.Latency) + (request.PayloadBytes / access.BytesPerSecond);
        for (int s = 0; s < row.Length; s++)
        {
            Link there = row[s], back = map[s, request.Site];
            _out[s] = there.Latency + (request.PayloadBytes / there.BytesPerSecond);
            _back[s] = back.Latency;
            Link home = map[s, from];
            _roundTrip[s] = there.Latency + (2 * there.Jitter) + home.Latency + (2 * home.Jitter);
            _transmission[s] = request.PayloadBytes / there.BytesPerSecond;
            _networkCost[s] = (request.PayloadBytes + EnvelopeBytes) * 1e-9f * there.CostPerGigabyte;
        }
    }

    private static Vector256<float> Load(float[] column, int i) => Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(column), (nuint)i);

    private static Vector256<int> Load(int[] column, int i) => Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(column), (nuint)i);

    private static void Store(Vector256<float> value, Span<float> column, int i) =>
        value.StoreUnsafe(ref MemoryMarshal.GetReference(column), (nuint)i);
}
