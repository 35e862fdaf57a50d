using StreamSched.Core.Serving;

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
    private const int Lanes = TaskTable.Lanes;
    private readonly ViewSettings _settings;
    private readonly Dictionary<string, WorkerState> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _tasks = new(StringComparer.Ordinal);
    private readonly List<TaskTable> _tables = [];
    private readonly Stack<int> _freeProcessors = new();
    private readonly Stack<int> _freePlacements = new();
    private int _processorCount;
    private int _placementCount;

    // Columns by processor; the length is a whole number of vectors.
    private string[] _processorId = new string[Lanes];
    private ProcessorDescription[] _describes = new ProcessorDescription[Lanes];
    private WorkerState?[] _workerOf = new WorkerState?[Lanes];
    private int[][] _placementsOf = new int[Lanes][];
    private int[] _siteOf = new int[Lanes];
    private int[] _count = new int[Lanes];
    private bool[] _dynamicUse = new bool[Lanes];
    private long[] _lastResult = new long[Lanes];
    private double[] _ownSent = new double[Lanes];
    private float[] _ownCapacity = new float[Lanes];
    private float[] _slots = new float[Lanes];
    private float[] _inverseSlots = new float[Lanes];
    private float[] _available = new float[Lanes];
    private float[] _own = new float[Lanes];
    private float[] _reported = new float[Lanes];
    private float[] _assumed = new float[Lanes];
    private float[] _unaccounted = new float[Lanes];
    private float[] _ownAtTelemetry = new float[Lanes];
    private float[] _elapsed = new float[Lanes];
    private float[] _backlog = new float[Lanes];
    private float[] _queue = new float[Lanes];
    private float[] _rate = new float[Lanes];
    private float[] _utilisation = new float[Lanes];
    private float[] _meanUse = new float[Lanes];
    private float[] _meanOut = new float[Lanes];
    private float[] _meanCapacity = new float[Lanes];
    private float[] _meanBatch = new float[Lanes];
    private float[] _gradient = new float[Lanes];
    private float[] _networkCorrection = new float[Lanes];
    private float[] _networkVariance = new float[Lanes];
    private float[] _networkDeviation = new float[Lanes];
    private float[] _backlogDeviation = new float[Lanes];
    private float[] _resultDelay = new float[Lanes];
    private float[] _capacityPrice = new float[Lanes];
    private float[] _delayPrice = new float[Lanes];
    private float[] _surprise = new float[Lanes];
    private float[] _lastingSurprise = new float[Lanes];
    private float[] _logSlowdown = new float[Lanes];
    private float[] _errorSquare = new float[Lanes];
    private float[] _errorScale = new float[Lanes];
    private ServiceEstimate[] _processorEstimate = new ServiceEstimate[Lanes];

    // Columns by placement.
    private int[] _processorOf = new int[Lanes];
    private int[] _generation = new int[Lanes];
    private int[] _inFlight = new int[Lanes];
    private int[] _companyIndex = new int[Lanes];
    private int[] _row = new int[Lanes];
    private TaskTable[] _tableOf = new TaskTable[Lanes];
    private ServiceEstimate[] _estimate = new ServiceEstimate[Lanes];
    private ServiceTable[] _table = new ServiceTable[Lanes];
    private VariantDescription[] _variant = new VariantDescription[Lanes];

    /// <summary>Makes an empty view.</summary>
    /// <param name="settings">How it is kept.</param>
    /// <param name="network">Sites and links; sites of workers are added to it.</param>
    /// <param name="now">µs.</param>
    public ClusterView(ViewSettings settings, NetworkMap network, long now)
    {
        (_settings, Network, Now) = (settings, network, now);
        (_capacityWeight, _targetUtilisation) = (settings.CapacityWeight, settings.TargetUtilisation);
        _nextRefresh = now;
    }

    /// <summary>Sites and links.</summary>
    public NetworkMap Network { get; }

    /// <summary>The instant that the view stands at. µs.</summary>
    public long Now { get; private set; }

    /// <summary>The workers by id.</summary>
    public IReadOnlyDictionary<string, WorkerState> Workers => _workers;

    /// <summary>One more than the largest index of a processor.</summary>
    public int ProcessorCount => _processorCount;

    /// <summary>Grows by one whenever a worker comes or goes.</summary>
    public int MembershipVersion { get; private set; }

    /// <summary>Index of a task, or -1 if no worker ever offered it.</summary>
    /// <param name="task">The task's name.</param>
    public int TaskIndex(string task) => _tasks.GetValueOrDefault(task, -1);

    /// <summary>Index of a task, or -1 if no worker ever offered it.</summary>
    /// <param name="task">The task's name.</param>
    public int TaskIndex(ReadOnlySpan<char> task) => _tasks.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(task, out int index) ? index : -1;

    /// <summary>The worker that a processor belongs to.</summary>
    /// <param name="processor">Index of a processor.</param>
    public WorkerState? WorkerOf(int processor) => _workerOf[processor];

    /// <summary>A processor's name within its worker.</summary>
    /// <param name="processor">Index of a processor.</param>
    public string ProcessorId(int processor) => _processorId[processor];

    /// <summary>The processor of a placement.</summary>
    /// <param name="placement">Index of a placement.</param>
    public int ProcessorOf(int placement) => _processorOf[placement];

    /// <summary>The variant of a placement.</summary>
    /// <param name="placement">Index of a placement.</param>
    public VariantDescription VariantOf(int placement) => _variant[placement];

    /// <summary>Changes whenever the index of a placement is given to another one.</summary>
    /// <param name="placement">Index of a placement.</param>
    public int GenerationOf(int placement) => _generation[placement];

    /// <summary>Whether a worker of the task would be given work now.</summary>
    /// <param name="task">Index of a task.</param>
    public bool AnyAvailable(int task)
    {
        if (task < 0) return false;
        TaskTable table = Table(task);
        for (int i = 0; i < table.Count; i++)
            if (_available[table.Processor[i]] > 0) return true;
        return false;
    }

    /// <summary>Run time in seconds of the quickest registered placement of a task, alive or not; 0 if there is none.</summary>
    /// <param name="task">Index of a task, or -1.</param>
    public float ShortestRun(int task)
    {
        if (task < 0) return 0;
        TaskTable table = Table(task);
        float shortest = float.PositiveInfinity;
        for (int i = 0; i < table.Count; i++) shortest = Math.Min(shortest, table.Run[i]);
        return table.Count == 0 ? 0 : shortest;
    }

    internal TaskTable Table(int task)
    {
        Renew();
        return _tables[task];
    }

    /// <summary>
    /// Takes a worker up, or takes over what it says anew. A new incarnation withdraws the old one first; its placements become invalid.
    /// </summary>
    /// <param name="description">What it can do.</param>
    /// <param name="now">µs.</param>
    /// <param name="heardAt">When it said so, µs; null: now. A registration that was read from the log's past is no sign of life.</param>
    /// <param name="sentAt">When it said so by its own clock, µs; null: not known.</param>
    /// <returns>False if this is older than what is known or too much (<see cref="Refusal"/>), and was ignored.</returns>
    public bool Register(WorkerDescription description, long now, long? heardAt = null, long? sentAt = null)
    {
        long heard = Math.Min(now, heardAt ?? now);
        Advance(now);
        Kept[] kept = [];
        bool draining = description.Draining;
        if (_workers.TryGetValue(description.Id, out WorkerState? old))
        {
            if (old.Description.Incarnation > description.Incarnation) return false;
            if (Refusal(description, heardAt is null) is not null) return false;
            if (old.Description.Incarnation == description.Incarnation)
            {
                kept = [.. old.Processors.Select(Keep)];
                heard = Math.Max(heard, old.LastHeard);
                draining |= old.Draining;
            }

            Remove(old);
        }
        else
        {
            if (Refusal(description, heardAt is null) is not null) return false;
            if (_workers.Count >= _settings.MaxWorkers && LongestDead() is { } dead)
            {
                _workers.Remove(dead.Description.Id);
                Remove(dead);
            }
        }

        int site = SiteOf(description.Site);
        float siteQueue = MeanQueue(site);
        Dictionary<string, int> byId = new(StringComparer.Ordinal);
        List<int> placements = [];
        foreach (ProcessorDescription processor in description.Processors)
        {
            int p = _freeProcessors.TryPop(out int free) ? free : _processorCount++;
            if (p >= _processorId.Length) GrowProcessors();
            ResetProcessor(p, processor, site, siteQueue);
            byId.Add(processor.Id, p);
        }

        WorkerState worker = new(description, site, [.. byId.Values], [], heard);
        foreach (VariantDescription variant in description.Variants)
        {
            if (!_tasks.ContainsKey(variant.Task))
            {
                _tasks.Add(variant.Task, _tables.Count);
                _tables.Add(new TaskTable());
            }

            foreach (ProcessorDescription processor in description.Processors)
            {
                if (!variant.Services.TryGetValue(processor.Id, out ServiceTable? table)) continue;
                int k = _freePlacements.TryPop(out int free) ? free : _placementCount++;
                if (k >= _processorOf.Length) GrowPlacements();
                ResetPlacement(k, byId[processor.Id], variant, table, worker);
                placements.Add(k);
            }
        }

        worker = new WorkerState(description, site, [.. byId.Values], [.. placements], heard) { Draining = draining };
        foreach (int p in byId.Values)
        {
            _workerOf[p] = worker;
            _placementsOf[p] = [.. placements.Where(k => _processorOf[k] == p)]; // at most 64 processors
            _dynamicUse[p] = worker.HasCompany || _placementsOf[p].Any(k => _table[k].BestBatch > 1);
            _meanUse[p] = _placementsOf[p].Length == 0 ? 0.001f : _placementsOf[p].Average(k => _table[k].Seconds(1));
            _meanCapacity[p] = _placementsOf[p].Length == 0 ? 0.001f : _placementsOf[p].Average(k => _table[k].Share(_table[k].BestBatch));
            foreach (Kept before in kept)
                if (before.Id == _processorId[p]) Restore(p, before);
        }

        _workers[description.Id] = worker;
        Count(worker, 1);
        Judge(worker, now);
        Outdate();

        // Other models are believed anew; a life that leaves requests unanswered goes on doing so.
        if (old is not null && old.Description.Incarnation == description.Incarnation)
            (worker.Silence, worker.TelemetryDelay, worker.AnsweredAhead) = (old.Silence, old.TelemetryDelay, old.AnsweredAhead);
        if (heardAt is null && sentAt is { } sent && ClockDifference.Between(sent, now) is { } delay) worker.TelemetryDelay.Add(delay, now);
        JudgeSilence(worker);
        return true;
    }

    /// <summary>Forgets a worker that took itself back.</summary>
    /// <param name="id">The worker's id.</param>
    /// <param name="now">µs.</param>
    /// <returns>Whether it was known.</returns>
    public bool Withdraw(string id, long now)
    {
        Advance(now);
        if (!_workers.Remove(id, out WorkerState? worker)) return false;
        Remove(worker);
        Outdate();
        return true;
    }

    private void Remove(WorkerState worker)
    {
        Count(worker, -1);
        foreach (int k in worker.Placements)
        {
            _generation[k]++;
            _freePlacements.Push(k);
            if (!_closed[k]) continue;
            _closed[k] = false;
            FailureVersion++;
        }

        foreach (int p in worker.Processors)
        {
            _workerOf[p] = null;
            _available[p] = 0;
            _count[p] = 0;
            _own[p] = _ownCapacity[p] = _reported[p] = _assumed[p] = _unaccounted[p] = _queue[p] = _rate[p] = _utilisation[p] = 0;
            _placementsOf[p] = [];
            _freeProcessors.Push(p);
        }

        foreach (Peer peer in _peers.Values) peer.Forget(worker.Processors);
    }

    private void Outdate()
    {
        MembershipVersion++;
        _changed = _outdated = true;
    }

    private void Rebuild()
    {
        _outdated = false;
        int[] counts = new int[_tables.Count], ordinals = new int[_tables.Count];
        foreach (WorkerState worker in _workers.Values)
            foreach (int k in worker.Placements) counts[_tasks[_variant[k].Task]]++;
        for (int t = 0; t < counts.Length; t++) _tables[t].Clear(counts[t]);

        // One variant of each processor after another: eight rows then mostly have eight processors in a row, and what is kept by processor is loaded, not gathered.
        long[] order = new long[_placementsHeld];
        int[] placements = new int[_placementsHeld];
        int n = 0;
        foreach (WorkerState worker in _workers.Values)
        {
            foreach (int p in worker.ProcessorIndices)
            {
                // How many variants of the same task the processor lists before.
                foreach (int k in _placementsOf[p]) (order[n], placements[n++]) = (((long)ordinals[_tasks[_variant[k].Task]]++ << 32) | (uint)p, k);
                foreach (int k in _placementsOf[p]) ordinals[_tasks[_variant[k].Task]] = 0;
            }
        }

        Array.Sort(order, placements, 0, n);
        for (int i = 0; i < n; i++)
        {
            int k = placements[i], p = _processorOf[k];
            ProcessorDescription processor = _describes[p];
            bool fits = processor.MemoryBytes == 0 || _variant[k].MemoryBytes <= processor.MemoryBytes;
            TaskTable table = _tables[_tasks[_variant[k].Task]];
            _tableOf[k] = table;
            _row[k] = table.Add(k, p, _workerOf[p]!.Site, fits, _closed[k], _variant[k].Accuracy, _table[k].Seconds(1), processor.ActiveWatts, processor.TariffPerHour / 3600);
        }

        foreach (TaskTable table in _tables) table.Complete(_processorId.Length);
        foreach (WorkerState worker in _workers.Values)
            foreach (int p in worker.ProcessorIndices) RefreshUse(p);
    }

    // The same life with other models: what is under way there and what was learned about it stays; what was sent is no longer ours to
    // count item by item, so it drains as unaccounted work.
    private Kept Keep(int p) =>
        new(_processorId[p], _own[p] + _unaccounted[p], _queue[p], _rate[p], _utilisation[p], _gradient[p], _networkCorrection[p], _networkVariance[p], _resultDelay[p], _processorEstimate[p],
            _ownSent[p]);

    private void Restore(int p, in Kept kept)
    {
        (_unaccounted[p], _queue[p], _rate[p], _utilisation[p], _gradient[p]) = (kept.Work, kept.Queue, kept.Rate, kept.Utilisation, kept.Gradient);
        (_networkCorrection[p], _resultDelay[p], _processorEstimate[p]) = (kept.NetworkCorrection, kept.ResultDelay, kept.Estimate);
        SetNetworkVariance(p, kept.NetworkVariance);
        _ownSent[p] = kept.Sent; // counts on: the others take differences of it
    }

    private readonly record struct Kept(
        string Id, float Work, float Queue, float Rate, float Utilisation, float Gradient, float NetworkCorrection, float NetworkVariance, float ResultDelay,
        ServiceEstimate Estimate, double Sent);

    // A worker that comes while its site is loaded starts at its site's mean queue: an idle one would be given everything at once.
    private float MeanQueue(int site)
    {
        double sum = 0;
        int n = 0;
        for (int p = 0; p < _processorCount; p++)
        {
            if (_workerOf[p] is null || _siteOf[p] != site || _available[p] == 0) continue;
            sum += _queue[p];
            n++;
        }

        return n == 0 ? 0 : (float)(sum / n);
    }

    private void ResetProcessor(int p, ProcessorDescription processor, int site, float queue)
    {
        (_processorId[p], _describes[p]) = (processor.Id, processor);
        _siteOf[p] = site;
        _count[p] = 0;
        _lastResult[p] = Now;
        _ownSent[p] = 0;
        _ownCapacity[p] = 0;
        _slots[p] = Math.Max(1, processor.Slots);
        _inverseSlots[p] = 1 / _slots[p];
        _available[p] = 1;
        _own[p] = _reported[p] = _assumed[p] = _unaccounted[p] = _ownAtTelemetry[p] = _elapsed[p] = _backlog[p] = _rate[p] = _utilisation[p] = 0;
        _networkCorrection[p] = _networkVariance[p] = _networkDeviation[p] = _backlogDeviation[p] = _capacityPrice[p] = _delayPrice[p] = 0;
        SetErrorSquare(p, ErrorSquareUnmeasured);
        ForgetDue(p);
        _surprise[p] = _lastingSurprise[p] = _logSlowdown[p] = 0;
        _queue[p] = queue;
        _meanOut[p] = 0;
        _meanBatch[p] = 1;
        _gradient[p] = 0;
        _resultDelay[p] = _settings.ResultDelay;
        _processorEstimate[p] = default;
    }

    private void ResetPlacement(int k, int p, VariantDescription variant, ServiceTable table, WorkerState worker)
    {
        (_processorOf[k], _variant[k], _table[k]) = (p, variant, table);
        _inFlight[k] = 0;
        _estimate[k] = default;
        (_failure[k], _expiredInRow[k], _closed[k]) = (0, 0, false);
        _companyIndex[k] = Array.IndexOf(worker.Company, variant.Name);
    }

    private void GrowProcessors()
    {
        int length = _processorId.Length * 2;
        Array.Resize(ref _processorId, length);
        Array.Resize(ref _describes, length);
        Array.Resize(ref _workerOf, length);
        Array.Resize(ref _placementsOf, length);
        Array.Resize(ref _siteOf, length);
        Array.Resize(ref _count, length);
        Array.Resize(ref _dynamicUse, length);
        Array.Resize(ref _lastResult, length);
        Array.Resize(ref _ownSent, length);
        Array.Resize(ref _ownCapacity, length);
        Array.Resize(ref _processorEstimate, length);
        Array.Resize(ref _slots, length);
        Array.Resize(ref _inverseSlots, length);
        Array.Resize(ref _available, length);
        Array.Resize(ref _own, length);
        Array.Resize(ref _reported, length);
        Array.Resize(ref _assumed, length);
        Array.Resize(ref _unaccounted, length);
        Array.Resize(ref _ownAtTelemetry, length);
        Array.Resize(ref _elapsed, length);
        Array.Resize(ref _backlog, length);
        Array.Resize(ref _queue, length);
        Array.Resize(ref _rate, length);
        Array.Resize(ref _utilisation, length);
        Array.Resize(ref _meanUse, length);
        Array.Resize(ref _meanOut, length);
        Array.Resize(ref _meanCapacity, length);
        Array.Resize(ref _meanBatch, length);
        Array.Resize(ref _gradient, length);
        Array.Resize(ref _networkCorrection, length);
        Array.Resize(ref _networkVariance, length);
        Array.Resize(ref _networkDeviation, length);
        Array.Resize(ref _backlogDeviation, length);
        Array.Resize(ref _resultDelay, length);
        Array.Resize(ref _capacityPrice, length);
        Array.Resize(ref _delayPrice, length);
        Array.Resize(ref _surprise, length);
        Array.Resize(ref _lastingSurprise, length);
        Array.Resize(ref _logSlowdown, length);
        Array.Resize(ref _errorSquare, length);
        Array.Resize(ref _errorScale, length);
        GrowDue(length);
        foreach (Peer peer in _peers.Values) peer.Grow(length);
        foreach (Snapshot snapshot in _snapshots) snapshot.Grow(length);
    }

    private void GrowPlacements()
    {
        int length = _processorOf.Length * 2;
        Array.Resize(ref _processorOf, length);
        Array.Resize(ref _generation, length);
        Array.Resize(ref _inFlight, length);
        Array.Resize(ref _companyIndex, length);
        Array.Resize(ref _row, length);
        Array.Resize(ref _tableOf, length);
        Array.Resize(ref _estimate, length);
        Array.Resize(ref _table, length);
        Array.Resize(ref _variant, length);
        Array.Resize(ref _failure, length);
        Array.Resize(ref _expiredInRow, length);
        Array.Resize(ref _closed, length);
        Array.Resize(ref _probeAt, length);
        Array.Resize(ref _probeWait, length);
    }
}
