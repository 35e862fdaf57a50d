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

    // Network delay out and back, its jitter and what it costs by site of the worker, for the present request.
    private float[] _out = new float[Lanes];
    private float[] _back = new float[Lanes];
    private float[] _spread = new float[Lanes];
    private float[] _networkCost = new float[Lanes];
    private float[] _roundTrip = new float[Lanes];
    private float[] _transmission = new float[Lanes];

    // ASET's 2δ and the transmission to the scheduler.
    private float _access;

    /// <summary>The curve from slack to probability that is in force.</summary>
    public OnTimeModel OnTime { get; set; } = settings.OnTime;

    /// <summary>What a request is predicted to wait for.</summary>
    public WaitingRule Waiting { get; set; }

    /// <summary>Fills the candidates' columns for a request.</summary>
    /// <param name="request">The request; its task is known.</param>
    /// <param name="candidates">Receives the predictions.</param>
    public unsafe void Predict(in Request request, Candidates candidates)
    {
        NetworkDelays(request);
        candidates.Start(view.Table(request.Task), _networkCost, _roundTrip);
        float remaining = request.Deadline - ((view.Now - request.Started) * 1e-6f);
        candidates.Remaining = remaining;
        TaskTable table = candidates.Table;
        OnTimeModel onTime = OnTime;
        Vector256<float> zero = Vector256<float>.Zero, left = Vector256.Create(remaining);
        Vector256<float> widen = Vector256.Create(settings.MaskDeviations), floor = Vector256.Create(request.MinAccuracy);
        ReadOnlySpan<float> ahead = Waiting == WaitingRule.DueBefore ? view.BacklogBefore(request.DeadlineAt) : view.BacklogColumn;
        int feasible = 0;
        if (table.Closed > 0) view.OpenProbe(table);

        // Pinned once per request: pinning for every gather costs a quarter of the whole.
        fixed (float* delaysOut = _out, delaysBack = _back, backlogs = view.BacklogColumn, corrections = view.NetworkCorrectionColumn,
            deviations = view.NetworkDeviationColumn, aheads = ahead, unknown = view.BacklogDeviationColumn, scales = view.ErrorScaleColumn,
            capacityPrices = view.CapacityPriceColumn, delayPrices = view.DelayPriceColumn)
        {
            for (int i = 0; i < table.Padded; i += Lanes)
            {
                Vector256<int> site = Load(table.Site, i);
                Vector256<float> networkOut = Vector256.Max(zero, Columns.Gather(delaysOut, site) + candidates.ByProcessor(corrections, i));
                Vector256<float> networkBack = Columns.Gather(delaysBack, site);
                Vector256<float> backlog = candidates.ByProcessor(backlogs, i);
                Vector256<float> processorTime = Load(table.ProcessorTime, i), batchTime = Load(table.BatchTime, i), capacity = Load(table.Capacity, i);
                Vector256<float> waiting = Vector256.Max(zero, candidates.ByProcessor(aheads, i) - networkOut);
                Vector256<float> network = networkOut + networkBack;
                Vector256<float> completion = network + waiting + processorTime;
                Vector256<float> slack = left - completion;
                Vector256<float> deviation = onTime.Deviation(batchTime, network, candidates.ByProcessor(deviations, i), candidates.ByProcessor(unknown, i));
                Vector256<int> mask = Load(table.Serves, i)
                    & Vector256.GreaterThanOrEqual(Load(table.Accuracy, i), floor).AsInt32()
                    & Vector256.GreaterThanOrEqual(slack + (widen * deviation), zero).AsInt32();
                Vector256<float> capacityPrice = capacity * candidates.ByProcessor(capacityPrices, i);
                Vector256<float> delayPrice = processorTime * candidates.ByProcessor(delayPrices, i) * (backlog + batchTime);

                // Copied, since the table moves on as soon as the request is counted in.
                Store(processorTime, candidates.ProcessorTimeColumn, i);
                Store(batchTime, candidates.BatchTimeColumn, i);
                Store(capacity, candidates.CapacityColumn, i);
                Store(networkOut, candidates.NetworkOutColumn, i);
                Store(networkBack, candidates.NetworkBackColumn, i);
                Store(waiting, candidates.WaitingColumn, i);
                Store(completion, candidates.CompletionColumn, i);
                Store(slack, candidates.SlackColumn, i);
                Store(deviation, candidates.DeviationColumn, i);
                Store(deviation * candidates.ByProcessor(scales, i), candidates.WidthColumn, i);
                Store(capacityPrice, candidates.CapacityPriceColumn, i);
                Store(delayPrice, candidates.DelayPriceColumn, i);
                mask.StoreUnsafe(ref MemoryMarshal.GetReference(candidates.MaskColumn), (nuint)i);
                feasible += (int)uint.PopCount(mask.ExtractMostSignificantBits());
            }
        }

        candidates.Feasible = settings.Mask == FeasibilityRule.Aset ? MaskAsAset(request, candidates) : feasible;

        // Where only those that fail could do it, one that fails sometimes is better than a refusal, and one that always does is not worse.
        if (candidates.Feasible == 0 && table.Closed > 0)
        {
            candidates.TakesFailing = true;
            candidates.Feasible = settings.Mask == FeasibilityRule.Aset ? MaskAsAset(request, candidates) : MaskAgain(request, candidates);
        }
    }

    // The same mask over what was computed already.
    private int MaskAgain(in Request request, Candidates candidates)
    {
        int feasible = 0;
        for (int i = 0; i < candidates.Count; i++)
        {
            bool holds = candidates.Serving[i] != 0 && candidates.Accuracy[i] >= request.MinAccuracy && InTime(candidates, i);
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
                && table.Accuracy[i] >= request.MinAccuracy;
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
        if (!(table.Accuracy[i] >= request.MinAccuracy)) return RejectReason.Accuracy;
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
            int length = (map.Count + Lanes - 1) / Lanes * Lanes;
            (_out, _back, _spread, _networkCost) = (new float[length], new float[length], new float[length], new float[length]);
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
            _spread[s] = MathF.Sqrt((there.Jitter * there.Jitter) + (back.Jitter * back.Jitter));
        }
    }

    private static Vector256<float> Load(float[] column, int i) => Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(column), (nuint)i);

    private static Vector256<int> Load(int[] column, int i) => Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(column), (nuint)i);

    private static void Store(Vector256<float> value, Span<float> column, int i) =>
        value.StoreUnsafe(ref MemoryMarshal.GetReference(column), (nuint)i);
}
