using System.Runtime.Intrinsics;

namespace StreamSched.Core.Cluster;

/// <summary>The scaled view: what the other schedulers sent, as they report it, or assumed to be like our own until they do.</summary>
/// <param name="settings">How it is kept.</param>
/// <param name="processors">What is known of each processor.</param>
/// <param name="workers">The workers by id.</param>
internal sealed class PeerLoads(ViewSettings settings, ProcessorColumns processors, IReadOnlyDictionary<string, WorkerState> workers)
{
    private readonly Dictionary<string, PeerLoad> _peers = new(StringComparer.Ordinal);
    private readonly List<LoadSnapshot> _snapshots = [];

    // Seconds of work by slot.
    private const double MostSentAtOnce = 60, MostUnderWay = 3600;
    private int _nextSnapshot;

    /// <summary>Our assigned partitions of requests over all.</summary>
    public float PartitionShare { get; private set; } = 1;

    /// <summary>Work of all others per unit of our own.</summary>
    public float OthersRatio { get; private set; }

    /// <summary>Work of those among the others that report nothing, per unit of our own.</summary>
    public float SilentRatio { get; private set; }

    /// <summary>Other schedulers whose reports are fresh.</summary>
    public int FreshPeers { get; private set; }

    /// <summary>Sets our partition share.</summary>
    /// <param name="partitionShare">Assigned partitions over all, in (0, 1]; 0 counts as 1, since nothing is sent then.</param>
    public void SetPartitionShare(float partitionShare)
    {
        PartitionShare = partitionShare is > 0 and < 1 ? partitionShare : 1;
        Rescale();
    }

    /// <summary>
    /// Remembers what we have sent so far, so that another's report can be compared with our own work of the same instant. To be called whenever
    /// our own report is made.
    /// </summary>
    /// <param name="now">µs.</param>
    public void TakeSnapshot(long now)
    {
        const int Kept = 32;
        if (_snapshots.Count < Kept) _snapshots.Add(new LoadSnapshot());
        LoadSnapshot snapshot = _snapshots[_nextSnapshot % _snapshots.Count];
        _nextSnapshot = (_nextSnapshot + 1) % Kept;
        snapshot.Take(now, processors);
    }

    /// <summary>
    /// Our own report: what was sent to each processor, and what of it has ended, as capacity: in full batches. What several schedulers send at the same time
    /// runs in batches together, so each reports its part of them.
    /// </summary>
    /// <param name="loads">Receives a row per processor.</param>
    public void Report(List<ProcessorLoad> loads)
    {
        loads.Clear();
        for (int p = 0; p < processors.Count; p++)
        {
            if (processors.Rows[p].Worker is not { } worker) continue;
            // Nobody sends anything there: a registration of a worker that is not there costs no report.
            if (processors.Available[p] == 0 && processors.OwnSent[p] == 0) continue;
            loads.Add(new ProcessorLoad(
                worker.Description.Id, worker.Description.Incarnation, processors.Rows[p].Id, processors.OwnSent[p],
                processors.OwnSent[p] - processors.Rows[p].OwnCapacity));
        }
    }

    /// <summary>Takes another scheduler's report.</summary>
    /// <param name="scheduler">Its id.</param>
    /// <param name="incarnation">Its incarnation: the totals start at zero with it.</param>
    /// <param name="sequence">Number of the report; older ones are ignored.</param>
    /// <param name="at">When it was made. µs.</param>
    /// <param name="partitionShare">Its share of the requests.</param>
    /// <param name="loads">Its totals.</param>
    /// <param name="membership">Changes whenever a worker comes or goes.</param>
    /// <param name="now">µs.</param>
    /// <returns>Whether anything follows from it.</returns>
    public bool Reported(
        string scheduler, long incarnation, long sequence, long at, float partitionShare, ReadOnlySpan<ProcessorLoad> loads, int membership, long now)
    {
        if (!_peers.TryGetValue(scheduler, out PeerLoad? peer) || peer.Incarnation < incarnation)
        {
            if (peer is not null) Drop(peer);
            else if (_peers.Count >= settings.MaxPeers && !ForgetSilent()) return false;
            _peers[scheduler] = peer = new PeerLoad(incarnation, processors.Set.Length);
        }

        if (peer.Incarnation > incarnation || sequence <= peer.Sequence) return false;
        bool first = peer.Sequence < 0;
        Unapply(peer);
        (peer.Sequence, peer.HeardAt, peer.PartitionShare) = (sequence, now, Math.Clamp(float.IsFinite(partitionShare) ? partitionShare : 0, 0, 1));
        LoadSnapshot? then = SnapshotAt(at, now);
        float ratio = peer.PartitionShare / PartitionShare;
        peer.Start(loads.Length, membership);
        for (int i = 0; i < loads.Length; i++)
        {
            ref readonly ProcessorLoad load = ref loads[i];
            if (Find(peer, i, load) is not (>= 0 and int p)) continue;
            // Nobody sends more than that in the tenths of a second that lie between reports; a queue that a wrong number filled would never drain.
            float sent = (float)Math.Min(load.Sent - peer.Sent[p], MostSentAtOnce * processors.Slots[p]);
            double ownSent = then?.SentTo(p) ?? processors.OwnSent[p];

            // What it really sent since its last report replaces what we had assumed for the same time.
            if (!first && sent >= 0)
                processors.Queue[p] = Math.Max(
                    0, processors.Queue[p] + (processors.InverseSlots[p] * (sent - (peer.Fresh ? ratio * (float)(ownSent - peer.OwnSentAt[p]) : 0))));
            peer.Sent[p] = load.Sent;
            peer.Net[p] = (float)Math.Clamp(load.Sent - load.Finished, 0, MostUnderWay * processors.Slots[p]);
            peer.OwnSentAt[p] = ownSent;
            peer.OwnAt[p] = then?.OwnOf(p) ?? processors.Own[p];
        }

        peer.Fresh = true;
        Apply(peer);
        Rescale();
        return true;
    }

    // Reports name the same processors in the same order again and again: finding each by its names would be most of what a report costs.
    private int Find(PeerLoad peer, int i, in ProcessorLoad load)
    {
        ref (string Worker, string Processor, long Incarnation, int Index) row = ref peer.Rows[i];
        if (row.Incarnation == load.Incarnation && row.Processor == load.Processor && row.Worker == load.Worker) return row.Index;
        row = (load.Worker, load.Processor, load.Incarnation, Find(load));
        return row.Index;
    }

    private int Find(in ProcessorLoad load)
    {
        if (!workers.TryGetValue(load.Worker, out WorkerState? worker) || worker.Description.Incarnation != load.Incarnation) return -1;
        foreach (int p in worker.ProcessorIndices)
            if (processors.Rows[p].Id == load.Processor) return p;
        return -1;
    }

    private LoadSnapshot? SnapshotAt(long at, long now)
    {
        LoadSnapshot? best = null;
        foreach (LoadSnapshot snapshot in _snapshots)
            if (snapshot.At <= at && (best is null || snapshot.At > best.At)) best = snapshot;
        return best is not null && now - best.At < 1_000_000 ? best : null;
    }

    /// <summary>Finds out who of the others is silent.</summary>
    /// <param name="now">µs.</param>
    /// <returns>Whether anything follows from it.</returns>
    public bool UpdateLiveness(long now)
    {
        bool changed = false;
        long silence = (long)settings.PeerSilence.TotalMicroseconds;
        foreach ((string id, PeerLoad peer) in _peers)
        {
            if (peer.Fresh && now - peer.HeardAt > silence)
            {
                Drop(peer);
                Rescale();
                changed = true;
            }
            else if (!peer.Fresh && now - peer.HeardAt > 600_000_000)
            {
                _peers.Remove(id); // ten minutes: it is not coming back
                break;
            }
        }

        return changed;
    }

    /// <summary>Makes room for as many processors as the columns have.</summary>
    public void Grow()
    {
        foreach (PeerLoad peer in _peers.Values) peer.Grow(processors.Set.Length);
    }

    /// <summary>Forgets what was sent to processors that are gone, or are counted anew. The next report of each peer is where counting begins.</summary>
    /// <param name="gone">Their indices.</param>
    public void Forget(IReadOnlyList<int> gone)
    {
        foreach (PeerLoad peer in _peers.Values) peer.Forget(gone);
        foreach (LoadSnapshot snapshot in _snapshots) snapshot.Forget(gone);
    }

    private bool ForgetSilent()
    {
        foreach ((string id, PeerLoad peer) in _peers)
            if (!peer.Fresh) return _peers.Remove(id);
        return false;
    }

    private void Drop(PeerLoad peer)
    {
        Unapply(peer);
        peer.Fresh = false;
    }

    private void Apply(PeerLoad peer)
    {
        for (int p = 0; p < processors.Count; p += Columns.Lanes) processors.Reported.Store(p, processors.Reported.Load(p) + peer.Net.Load(p));
        FreshPeers++;
    }

    private void Unapply(PeerLoad peer)
    {
        if (!peer.Fresh) return;
        for (int p = 0; p < processors.Count; p += Columns.Lanes)
            processors.Reported.Store(p, Vector256.Max(Vector256<float>.Zero, processors.Reported.Load(p) - peer.Net.Load(p)));
        FreshPeers--;
    }

    // The ratios follow the shares; the assumed work is derived from them and the bases.
    private void Rescale()
    {
        float reporting = 0;
        foreach (PeerLoad peer in _peers.Values)
            if (peer.Fresh) reporting += peer.PartitionShare / PartitionShare;
        float all = settings.Scaled ? (1 - PartitionShare) / PartitionShare : 0;
        if (!settings.Scaled) reporting = 0;
        OthersRatio = Math.Max(all, reporting);
        SilentRatio = Math.Max(0, all - reporting);
        Column<float> own = processors.Own, assumed = processors.Assumed;
        for (int p = 0; p < processors.Count; p += Columns.Lanes) assumed.Store(p, SilentRatio * (own.Load(p) - processors.OwnAtTelemetry.Load(p)));
        if (!settings.Scaled) return;
        foreach (PeerLoad peer in _peers.Values)
        {
            if (!peer.Fresh) continue;
            float ratio = peer.PartitionShare / PartitionShare;
            for (int p = 0; p < processors.Count; p += Columns.Lanes) assumed.Store(p, assumed.Load(p) + (ratio * (own.Load(p) - peer.OwnAt.Load(p))));
        }
    }
}
