namespace StreamSched.Core.Cluster;

/// <summary>
/// What one scheduler knows of the cluster: the workers with their processors and placements (worker, processor, variant), the work under way, and the prices.
/// All durations are seconds in columns of <see cref="float"/>, all instants µs since 1970. One thread at a time.
/// </summary>
/// <remarks>
/// Everything that changes with time (<see cref="Advance"/>) changes by the same interval for all processors, so that it is one pass over the columns and needs
/// no timer. Membership changes rebuild the task tables; indices of processors and placements stay valid until their worker is withdrawn.
/// </remarks>
public sealed partial class ClusterView
{
    private const long RefreshMicros = 5_000;
    private const int MostOrigins = 4096; // names that devices give themselves
    private readonly ViewSettings _settings;
    private readonly Dictionary<string, WorkerState> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _tasks = new(StringComparer.Ordinal);
    private readonly List<string> _taskNames = [];
    private readonly List<TaskTable> _tables = [];
    private readonly AccuracyTable _accuracies = new();
    private readonly Dictionary<string, int> _origins = new(StringComparer.Ordinal);
    private readonly List<string> _originNames = [AccuracyEstimate.Everywhere];
    private int _accuracyVersion;
    private readonly ProcessorColumns _processors = new(new ColumnSet());
    private readonly ColumnSet _placementSet = new();
    private readonly Column<PlacementRow> _placements;
    private readonly DueBands _bands;
    private readonly PeerLoads _peers;
    private readonly ServiceCorrections _corrections;
    private readonly CorrectionScores _scores, _otherScores;
    private readonly Prices _prices;
    private readonly Stack<int> _freeProcessors = new();
    private readonly Stack<int> _freePlacements = new();
    private int _placementCount;
    private long _nextRefresh;
    private long _lastRefresh;

    // Whether the columns no longer follow from what they are derived from, though no time has passed.
    private bool _changed = true;
    private bool _servesOther, _servesAsRegistered;

    /// <summary>Makes an empty view.</summary>
    /// <param name="settings">How it is kept.</param>
    /// <param name="network">Sites and links; sites of workers are added to it.</param>
    /// <param name="now">µs.</param>
    public ClusterView(ViewSettings settings, NetworkMap network, long now)
    {
        (_settings, Network, Now, _nextRefresh) = (settings, network, now, now);
        _placements = _placementSet.Add<PlacementRow>();
        _bands = new DueBands(_processors);
        _peers = new PeerLoads(settings, _processors, _workers);
        _corrections = new ServiceCorrections(settings, _processors, _placements);
        (_scores, _otherScores) = (new CorrectionScores(_processors, _processors.Trust), new CorrectionScores(_processors, _processors.OtherTrust));
        _prices = new Prices(settings, _processors, _peers);
    }

    /// <summary>Its columns, for who puts a recorded moment back.</summary>
    internal ProcessorColumns Processors => _processors;

    /// <summary>The columns of its placements, for the same.</summary>
    internal ColumnSet Placements => _placementSet;

    /// <summary>Sites and links.</summary>
    public NetworkMap Network { get; }

    /// <summary>The instant that the view stands at. µs.</summary>
    public long Now { get; private set; }

    /// <summary>The workers by id.</summary>
    public IReadOnlyDictionary<string, WorkerState> Workers => _workers;

    /// <summary>One more than the largest index of a processor.</summary>
    public int ProcessorCount => _processors.Count;

    /// <summary>Grows by one whenever a worker comes or goes.</summary>
    public int MembershipVersion { get; private set; }

    /// <summary>Name of a task.</summary>
    /// <param name="task">Its index.</param>
    public string TaskName(int task) => _taskNames[task];

    /// <summary>Index of a task, or -1 if no worker ever offered it.</summary>
    /// <param name="task">The task's name.</param>
    public int TaskIndex(string task) => _tasks.GetValueOrDefault(task, -1);

    /// <summary>Index of a task, or -1 if no worker ever offered it.</summary>
    /// <param name="task">The task's name.</param>
    public int TaskIndex(ReadOnlySpan<char> task) => _tasks.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(task, out int index) ? index : -1;

    /// <summary>The worker that a processor belongs to.</summary>
    /// <param name="processor">Index of a processor.</param>
    public WorkerState? WorkerOf(int processor) => _processors.Rows[processor].Worker;

    /// <summary>A processor's name within its worker.</summary>
    /// <param name="processor">Index of a processor.</param>
    public string ProcessorId(int processor) => _processors.Rows[processor].Id;

    /// <summary>The processor of a placement.</summary>
    /// <param name="placement">Index of a placement.</param>
    public int ProcessorOf(int placement) => _placements[placement].Processor;

    /// <summary>Which processors are alike, from 0: those of workers of one class.</summary>
    /// <param name="placement">A placement.</param>
    internal int ClassOf(int placement) => _processors.Rows[ProcessorOf(placement)].Class;

    /// <summary>The variant of a placement.</summary>
    /// <param name="placement">Index of a placement.</param>
    public VariantDescription VariantOf(int placement) => _placements[placement].Variant;

    /// <summary>Changes whenever the index of a placement is given to another one.</summary>
    /// <param name="placement">Index of a placement.</param>
    public int GenerationOf(int placement) => _placements[placement].Generation;

    /// <summary>Whether a worker of the task would be given work now.</summary>
    /// <param name="task">Index of a task.</param>
    public bool AnyAvailable(int task)
    {
        if (task < 0) return false;
        TaskTable table = Table(task);
        for (int i = 0; i < table.Count; i++)
            if (_processors.Available[table.Processor[i]] > 0) return true;
        return false;
    }

    /// <summary>Batch time in seconds of the quickest registered placement of a task, alive or not; 0 if there is none.</summary>
    /// <param name="task">Index of a task, or -1.</param>
    public float ShortestBatchTime(int task)
    {
        if (task < 0) return 0;
        TaskTable table = Table(task);
        float shortest = float.PositiveInfinity;
        for (int i = 0; i < table.Count; i++) shortest = Math.Min(shortest, table.BatchTime[i]);
        return table.Count == 0 ? 0 : shortest;
    }

    internal TaskTable Table(int task)
    {
        Renew();
        return _tables[task];
    }

    /// <summary>The table of a task, with the accuracies that are believed with frames of an origin.</summary>
    /// <param name="task">Index of the task.</param>
    /// <param name="origin">Index of the origin.</param>
    internal TaskTable Table(int task, int origin)
    {
        TaskTable table = Table(task);
        if (_servesAsRegistered) table.LookAsRegistered();
        else table.Look(origin, _originNames[origin], _accuracies, _accuracyVersion);
        return table;
    }

    /// <summary>
    /// The scheduler itself was held up, and read nothing for that long: no worker was silent meanwhile.
    /// </summary>
    /// <param name="micros">For how long, µs.</param>
    /// <param name="now">µs.</param>
    public void HeldUp(long micros, long now)
    {
        _heldUpUntil = now;
        foreach (WorkerState worker in _workers.Values)
        {
            worker.LastHeard = Math.Min(now, worker.LastHeard + micros);
            if (worker.ExpectedBy < long.MaxValue - micros) worker.ExpectedBy += micros;
        }
    }

    /// <summary>Moves the view to an instant: virtual queues drain, rates fade, work under way progresses.</summary>
    /// <param name="now">µs; an earlier instant than the last changes nothing.</param>
    public void Advance(long now)
    {
        if (now >= _nextRefresh) Refresh(now);
        if (now <= Now && !_changed) return;
        float dt = Math.Max(0, now - Now) * 1e-6f;
        Now = Math.Max(Now, now);
        _changed = false;
        _prices.Advance(dt);
    }

    /// <summary>Sets two constants of the price rule, which come with the policy in force.</summary>
    /// <param name="capacityWeight">η.</param>
    /// <param name="targetUtilisation">ū.</param>
    public void SetConstants(float capacityWeight, float targetUtilisation)
    {
        _prices.SetConstants(capacityWeight, targetUtilisation);
        _changed = true;
    }

    /// <summary>Says whose choices come next.</summary>
    /// <param name="other">Whether it is the policy beside the one in force, since each network is trusted by its own answers.</param>
    /// <param name="asRegistered">Whether accuracies are as registered for it.</param>
    internal void Serve(bool other, bool asRegistered) => (_servesOther, _servesAsRegistered) = (other, asRegistered);

    /// <summary>Another policy is tried, or held back, beside the one in force.</summary>
    /// <param name="former">Whether it is the one that was in force; otherwise nothing is known of it.</param>
    internal void ResetOtherTrust(bool former) => _otherScores.Reset(former ? _scores : null);

    /// <summary>What was tried beside the policy in force is in force now.</summary>
    internal void AdoptOtherTrust() => _scores.Reset(_otherScores);

    /// <summary>Takes over what labels have shown of variants' accuracies, instead of all that was told before.</summary>
    /// <param name="estimates">Which of them counts, <see cref="AccuracyTable"/> says; what is not among them is as registered.</param>
    public void SetAccuracies(IEnumerable<AccuracyEstimate> estimates)
    {
        _accuracies.Replace(estimates);
        _accuracyVersion++;
        foreach (AccuracyEstimate estimate in _accuracies.Estimates)
        {
            if (estimate.Origin == AccuracyEstimate.Everywhere || _origins.Count == MostOrigins) continue;
            if (_origins.TryAdd(estimate.Origin, _originNames.Count)) _originNames.Add(estimate.Origin);
        }
    }

    /// <summary>Index of where frames come from, for <see cref="Requests.Request.Origin"/>; 0: labels have told nothing of it.</summary>
    /// <param name="site">The devices' site.</param>
    public int OriginIndex(ReadOnlySpan<char> site) => _origins.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(site, out int index) ? index : 0;

    /// <summary>Takes note of a request's deadline.</summary>
    /// <param name="deadline">Seconds.</param>
    public void ObserveDeadline(float deadline) => _prices.Observe(deadline);

    /// <summary>Takes note that a request was sent.</summary>
    /// <param name="placement">Where to.</param>
    /// <param name="processorTime">Predicted processor time, in seconds.</param>
    /// <param name="capacity">What it takes of the processor's capacity, in seconds.</param>
    /// <param name="network">Predicted network delay there, in seconds.</param>
    /// <param name="gradient">What a second of slack is worth to the request: v · dP/dslack.</param>
    /// <param name="due">When its answer must be there, µs.</param>
    /// <returns>The band of time in which it is due, for <see cref="Ended"/>.</returns>
    public int Sent(int placement, float processorTime, float capacity, float network, float gradient, long due)
    {
        ref PlacementRow at = ref _placements[placement];
        int p = at.Processor;
        ProcessorColumns columns = _processors;
        ref ProcessorRow row = ref columns.Rows[p];
        float others = _peers.OthersRatio, scale = 1 + others, weight = _settings.MeanWeight, share = capacity * columns.InverseSlots[p] * scale;
        if (at.IsClosed) Probed(placement);
        ExpectAnswer(row.Worker!, placement, network);
        if (columns.UnderWay[p]++ == 0) columns.Elapsed[p] = -(network + columns.ResultDelay[p]);
        at.InFlight++;
        row.OwnCapacity += capacity;
        row.MeanOut += weight * (network - row.MeanOut);
        columns.Own[p] += processorTime;
        columns.OwnSent[p] += capacity;
        columns.Assumed[p] += others * processorTime;
        columns.Queue[p] += share;
        columns.Rate[p] += scale / _settings.RateTimeConstant;
        columns.Utilisation[p] += scale * capacity * columns.InverseSlots[p] / _settings.RateTimeConstant;
        columns.MeanProcessorTime[p] += weight * (processorTime - columns.MeanProcessorTime[p]);
        columns.MeanCapacity[p] += weight * (capacity - columns.MeanCapacity[p]);
        columns.Gradient[p] += weight * (gradient - columns.Gradient[p]);
        CountCoRunners(placement, 1);
        _changed = true;
        int band = _bands.Count(p, processorTime, due, Now);
        if (row.HasDynamicProcessorTime) RefreshWorker(p);
        return band;
    }

    /// <summary>Takes note that a request is not under way any more.</summary>
    /// <param name="placement">Where it was.</param>
    /// <param name="generation">The placement's generation when it was sent; if it is another one now, nothing happens.</param>
    /// <param name="processorTime">What was counted for it when it was sent.</param>
    /// <param name="capacity">What of its capacity was counted.</param>
    /// <param name="band">As <see cref="Sent"/> gave it.</param>
    /// <param name="credit">Whether its processor time was not spent: the virtual queue is given it back.</param>
    public void Ended(int placement, int generation, float processorTime, float capacity, int band, bool credit)
    {
        ref PlacementRow at = ref _placements[placement];
        if (at.Generation != generation) return;
        int p = at.Processor;
        ref ProcessorRow row = ref _processors.Rows[p];
        at.InFlight = Math.Max(0, at.InFlight - 1);
        ref float underWay = ref _processors.UnderWay[p];
        underWay = Math.Max(0, underWay - 1);
        WorkerState worker = row.Worker!;
        worker.UnderWay = Math.Max(0, worker.UnderWay - 1);
        ref float own = ref _processors.Own[p];
        own = underWay == 0 ? 0 : Math.Max(0, own - processorTime);
        _processors.Assumed[p] -= _peers.OthersRatio * processorTime;
        row.OwnCapacity = underWay == 0 ? 0 : Math.Max(0, row.OwnCapacity - capacity);
        if (credit) _processors.Queue[p] = Math.Max(0, _processors.Queue[p] - (capacity * _processors.InverseSlots[p]));
        CountCoRunners(placement, -1);
        _bands.Discount(p, processorTime, band);
        _changed = true;
        if (row.HasDynamicProcessorTime) RefreshWorker(p);
    }

    // Everything that needs no answer within a decision: who is alive, who of the others is silent, which estimates have grown old.
    private void Refresh(long now)
    {
        float seconds = Math.Min((now - _lastRefresh) * 1e-6f, 1);
        _lastRefresh = now;
        _nextRefresh = now + RefreshMicros;
        foreach (WorkerState worker in _workers.Values) UpdateLiveness(worker, now);
        _changed |= _peers.UpdateLiveness(now);
        _bands.Fit(MeanDeadline, _processors.Count);
        _corrections.Fade(seconds);
        for (int p = 0; p < _processors.Count; p++)
            if (_corrections.Forget(p, seconds, now)) RefreshProcessorTime(p);
    }
}
