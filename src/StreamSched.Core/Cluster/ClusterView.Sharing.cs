using System.Runtime.Intrinsics;

namespace StreamSched.Core.Cluster;

/// <content>The scaled view: what the other schedulers sent, as they report it, or assumed to be like our own until they do.</content>
public sealed partial class ClusterView
{
    private readonly Dictionary<string, Peer> _peers = new(StringComparer.Ordinal);
    private readonly List<Snapshot> _snapshots = [];

    // Seconds of work by slot.
    private const double MostSentAtOnce = 60, MostUnderWay = 3600;
    private int _nextSnapshot;
    private float _share = 1;

    // Work of all others per unit of our own, and of those among them that do not report.
    private float _othersRatio;
    private float _silentRatio;

    /// <summary>Our assigned partitions of requests over all.</summary>
    public float Share => _share;

    /// <summary>Other schedulers whose reports are fresh.</summary>
    public int FreshPeers { get; private set; }

    /// <summary>Sets our share of the requests.</summary>
    /// <param name="share">Assigned partitions over all, in (0, 1]; 0 counts as 1, since nothing is sent then.</param>
    public void SetShare(float share)
    {
        _share = share is > 0 and < 1 ? share : 1;
        Rescale();
    }

    /// <summary>
    /// Remembers what we have sent so far, so that another's report can be compared with our own work of the same instant. To be called whenever
    /// our own report is made.
    /// </summary>
    public void TakeSnapshot()
    {
        const int Kept = 32;
        if (_snapshots.Count < Kept) _snapshots.Add(new Snapshot());
        Snapshot snapshot = _snapshots[_nextSnapshot % _snapshots.Count];
        _nextSnapshot = (_nextSnapshot + 1) % Kept;
        snapshot.At = Now;
        snapshot.Grow(_own.Length);
        _own.AsSpan(0, _processorCount).CopyTo(snapshot.Own);
        _ownSent.AsSpan(0, _processorCount).CopyTo(snapshot.Sent);
    }

    /// <summary>
    /// Our own report: what was sent to each processor, and what of it has ended, as capacity: in full batches. What several schedulers send at the same time
    /// runs in batches together, so each reports its part of them.
    /// </summary>
    /// <param name="loads">Receives a row per processor.</param>
    public void Report(List<ProcessorLoad> loads)
    {
        loads.Clear();
        for (int p = 0; p < _processorCount; p++)
        {
            if (_workerOf[p] is not { } worker) continue;
            if (_available[p] == 0 && _ownSent[p] == 0) continue; // nobody sends anything there: registrations of workers that are not there cost no report
            loads.Add(new ProcessorLoad(worker.Description.Id, worker.Description.Incarnation, _processorId[p], _ownSent[p], _ownSent[p] - _ownCapacity[p]));
        }
    }

    /// <summary>Takes another scheduler's report.</summary>
    /// <param name="scheduler">Its id.</param>
    /// <param name="incarnation">Its life: the totals start at zero with it.</param>
    /// <param name="sequence">Number of the report; older ones are ignored.</param>
    /// <param name="at">When it was made. µs.</param>
    /// <param name="share">Its share of the requests.</param>
    /// <param name="loads">Its totals.</param>
    /// <param name="now">µs.</param>
    public void PeerReported(string scheduler, long incarnation, long sequence, long at, float share, ReadOnlySpan<ProcessorLoad> loads, long now)
    {
        Advance(now);
        if (!_peers.TryGetValue(scheduler, out Peer? peer) || peer.Incarnation < incarnation)
        {
            if (peer is not null) Drop(peer);
            else if (_peers.Count >= _settings.MaxPeers && !ForgetSilent()) return;
            _peers[scheduler] = peer = new Peer(incarnation, _own.Length);
        }

        if (peer.Incarnation > incarnation || sequence <= peer.Sequence) return;
        bool first = peer.Sequence < 0;
        Unapply(peer);
        (peer.Sequence, peer.HeardAt, peer.Share) = (sequence, now, Math.Clamp(float.IsFinite(share) ? share : 0, 0, 1));
        Snapshot? then = SnapshotAt(at);
        float ratio = peer.Share / _share;
        peer.Start(loads.Length, MembershipVersion);
        for (int i = 0; i < loads.Length; i++)
        {
            ref readonly ProcessorLoad load = ref loads[i];
            if (Find(peer, i, load) is not (>= 0 and int p)) continue;
            // Nobody sends more than that in the tenths of a second that lie between reports; a queue that a wrong number filled would never drain.
            float sent = (float)Math.Min(load.Sent - peer.Sent[p], MostSentAtOnce * _slots[p]);
            double ownSent = then is null ? _ownSent[p] : then.Sent[p];

            // What it really sent since its last report replaces what we had assumed for the same time.
            if (!first && sent >= 0)
                _queue[p] = Math.Max(0, _queue[p] + (_inverseSlots[p] * (sent - (peer.Fresh ? ratio * (float)(ownSent - peer.OwnSentAt[p]) : 0))));
            peer.Sent[p] = load.Sent;
            peer.Net[p] = (float)Math.Clamp(load.Sent - load.Finished, 0, MostUnderWay * _slots[p]);
            peer.OwnSentAt[p] = ownSent;
            peer.OwnAt[p] = then is null ? _own[p] : then.Own[p];
        }

        peer.Fresh = true;
        Apply(peer);
        Rescale();
    }

    // Reports name the same processors in the same order again and again: finding each by its names would be most of what a report costs.
    private int Find(Peer peer, int i, in ProcessorLoad load)
    {
        ref (string Worker, string Processor, long Incarnation, int Index) row = ref peer.Rows[i];
        if (row.Incarnation == load.Incarnation && row.Processor == load.Processor && row.Worker == load.Worker) return row.Index;
        row = (load.Worker, load.Processor, load.Incarnation, Find(load));
        return row.Index;
    }

    private int Find(in ProcessorLoad load)
    {
        if (!_workers.TryGetValue(load.Worker, out WorkerState? worker) || worker.Description.Incarnation != load.Incarnation) return -1;
        foreach (int p in worker.ProcessorIndices)
            if (_processorId[p] == load.Processor) return p;
        return -1;
    }

    private Snapshot? SnapshotAt(long at)
    {
        Snapshot? best = null;
        foreach (Snapshot snapshot in _snapshots)
            if (snapshot.At <= at && (best is null || snapshot.At > best.At)) best = snapshot;
        return best is not null && Now - best.At < 1_000_000 ? best : null;
    }

    private void JudgePeers(long now)
    {
        long silence = (long)_settings.PeerSilence.TotalMicroseconds;
        foreach ((string id, Peer peer) in _peers)
        {
            if (peer.Fresh && now - peer.HeardAt > silence)
            {
                Unapply(peer);
                peer.Fresh = false;
                Rescale();
            }
            else if (!peer.Fresh && now - peer.HeardAt > 600_000_000)
            {
                _peers.Remove(id); // ten minutes: it is not coming back
                return;
            }
        }
    }

    private bool ForgetSilent()
    {
        foreach ((string id, Peer peer) in _peers)
            if (!peer.Fresh) return _peers.Remove(id);
        return false;
    }

    private void Drop(Peer peer)
    {
        Unapply(peer);
        peer.Fresh = false;
    }

    private void Apply(Peer peer)
    {
        for (int p = 0; p < _processorCount; p += Lanes) Store(Load(_reported, p) + Load(peer.Net, p), _reported, p);
        FreshPeers++;
    }

    private void Unapply(Peer peer)
    {
        if (!peer.Fresh) return;
        for (int p = 0; p < _processorCount; p += Lanes) Store(Vector256.Max(Vector256<float>.Zero, Load(_reported, p) - Load(peer.Net, p)), _reported, p);
        FreshPeers--;
    }

    // The ratios follow the shares; the assumed work is derived from them and the bases.
    private void Rescale()
    {
        float reporting = 0;
        foreach (Peer peer in _peers.Values)
            if (peer.Fresh) reporting += peer.Share / _share;
        float all = _settings.Scaled ? (1 - _share) / _share : 0;
        if (!_settings.Scaled) reporting = 0;
        _othersRatio = Math.Max(all, reporting);
        _silentRatio = Math.Max(0, all - reporting);
        for (int p = 0; p < _processorCount; p += Lanes) Store(_silentRatio * (Load(_own, p) - Load(_ownAtTelemetry, p)), _assumed, p);
        if (_settings.Scaled)
        {
            foreach (Peer peer in _peers.Values)
            {
                if (!peer.Fresh) continue;
                float ratio = peer.Share / _share;
                for (int p = 0; p < _processorCount; p += Lanes) Store(Load(_assumed, p) + (ratio * (Load(_own, p) - Load(peer.OwnAt, p))), _assumed, p);
            }
        }

        _changed = true;
    }

    private sealed class Peer(long incarnation, int length)
    {
        public long Incarnation { get; } = incarnation;

        public long Sequence { get; set; } = -1;

        public long HeardAt { get; set; }

        public float Share { get; set; }

        public bool Fresh { get; set; }

        public double[] Sent { get; private set; } = new double[length];

        public double[] OwnSentAt { get; private set; } = new double[length];

        public float[] Net { get; private set; } = new float[length];

        public float[] OwnAt { get; private set; } = new float[length];

        /// <summary>Where the rows of the last report belong, as long as no worker comes or goes.</summary>
        public (string Worker, string Processor, long Incarnation, int Index)[] Rows { get; private set; } = [];

        private int _membership = -1;

        public void Start(int rows, int membership)
        {
            if (membership != _membership) Array.Clear(Rows);
            _membership = membership;
            if (Rows.Length < rows) Rows = new (string, string, long, int)[rows];
        }

        public void Forget(IEnumerable<int> processors)
        {
            foreach (int p in processors) Sent[p] = OwnSentAt[p] = Net[p] = OwnAt[p] = 0;
        }

        public void Grow(int length)
        {
            Sent = Longer(Sent, length);
            OwnSentAt = Longer(OwnSentAt, length);
            Net = Longer(Net, length);
            OwnAt = Longer(OwnAt, length);
        }
    }

    private sealed class Snapshot
    {
        public long At { get; set; } = long.MinValue;

        public float[] Own { get; private set; } = [];

        public double[] Sent { get; private set; } = [];

        public void Grow(int length)
        {
            if (Own.Length >= length) return;
            Own = Longer(Own, length);
            Sent = Longer(Sent, length);
        }
    }

    private static T[] Longer<T>(T[] column, int length)
    {
        Array.Resize(ref column, length);
        return column;
    }
}
