using StreamSched.Core.Serving;

namespace StreamSched.Core.Cluster;

/// <content>Workers that come and go.</content>
public sealed partial class ClusterView
{
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
            byId.Add(processor.Id, AddProcessor(processor, site, siteQueue));
        }

        WorkerState worker = new(description, site, [.. byId.Values], [], heard);
        foreach (VariantDescription variant in description.Variants)
        {
            if (!_tasks.ContainsKey(variant.Task))
            {
                _tasks.Add(variant.Task, _tables.Count);
                _taskNames.Add(variant.Task);
                _tables.Add(new TaskTable());
            }

            foreach (ProcessorDescription processor in description.Processors)
            {
                if (variant.Services.TryGetValue(processor.Id, out ServiceTable? table))
                    placements.Add(AddPlacement(byId[processor.Id], variant, table, worker));
            }
        }

        worker = new WorkerState(description, site, [.. byId.Values], [.. placements], heard) { Draining = draining };
        foreach (int p in byId.Values)
        {
            _processors.Rows[p].Worker = worker;
            _processors.Rows[p].Class = _scores.ClassOf(description.Class);
            _scores.Show(p);
            _otherScores.Show(p);
            _processors.Rows[p].Placements = [.. placements.Where(k => _placements[k].Processor == p)]; // at most 64 processors
            _processors.Rows[p].HasDynamicProcessorTime = worker.HasCoRunners || _processors.Rows[p].Placements.Any(k => _placements[k].Service.BestBatch > 1);
            _processors.MeanProcessorTime[p] = _processors.Rows[p].Placements.Length == 0
                ? 0.001f : _processors.Rows[p].Placements.Average(k => _placements[k].Service.Seconds(1));
            _processors.MeanCapacity[p] = _processors.Rows[p].Placements.Length == 0
                ? 0.001f : _processors.Rows[p].Placements.Average(k => _placements[k].Service.PerRequest(_placements[k].Service.BestBatch));
            foreach (Kept before in kept)
                if (before.Id == _processors.Rows[p].Id) Restore(p, before);
        }

        _workers[description.Id] = worker;
        Count(worker, 1);
        UpdateLiveness(worker, now);
        Outdate();

        // Other models are believed anew; an incarnation that leaves requests unanswered goes on doing so.
        if (old is not null && old.Description.Incarnation == description.Incarnation)
            (worker.Silence, worker.TelemetryDelay, worker.AnsweredAhead) = (old.Silence, old.TelemetryDelay, old.AnsweredAhead);
        if (heardAt is null && sentAt is { } sent && ClockDifference.Between(sent, now) is { } delay) worker.TelemetryDelay.Add(delay, now);
        UpdateSilence(worker);
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
            _placements[k].Generation++;
            _freePlacements.Push(k);
            if (!_placements[k].IsClosed) continue;
            _placements[k].IsClosed = false;
            FailureVersion++;
        }

        foreach (int p in worker.Processors)
        {
            _processors.Set.Reset(p);
            _freeProcessors.Push(p);
        }

        _peers.Forget(worker.Processors);
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
            foreach (int k in worker.Placements) counts[_tasks[_placements[k].Variant.Task]]++;
        for (int t = 0; t < counts.Length; t++) _tables[t].Clear(counts[t]);

        // One variant of each processor after another: eight rows then mostly have eight processors in a row, and what is kept by processor is loaded, not
        // gathered.
        long[] order = new long[_placementsHeld];
        int[] placements = new int[_placementsHeld];
        int n = 0;
        foreach (WorkerState worker in _workers.Values)
        {
            foreach (int p in worker.ProcessorIndices)
            {
                // How many variants of the same task the processor lists before.
                foreach (int k in _processors.Rows[p].Placements)
                    (order[n], placements[n++]) = (((long)ordinals[_tasks[_placements[k].Variant.Task]]++ << 32) | (uint)p, k);
                foreach (int k in _processors.Rows[p].Placements) ordinals[_tasks[_placements[k].Variant.Task]] = 0;
            }
        }

        Array.Sort(order, placements, 0, n);
        for (int i = 0; i < n; i++)
        {
            int k = placements[i], p = _placements[k].Processor;
            ProcessorDescription processor = _processors.Rows[p].Description;
            bool fits = processor.MemoryBytes == 0 || _placements[k].Variant.MemoryBytes <= processor.MemoryBytes;
            TaskTable table = _tables[_tasks[_placements[k].Variant.Task]];
            _placements[k].Table = table;
            _placements[k].Row = table.Add(
                k, p, _processors.Rows[p].Worker!.Site, fits, _placements[k].IsClosed,
                new(_placements[k].Variant.Task, _placements[k].Variant.Name, _processors.Rows[p].Worker!.Description.Site, AccuracyEstimate.Everywhere),
                _placements[k].Variant.Accuracy, _placements[k].Service.Seconds(1), processor.ActiveWatts, processor.TariffPerHour / 3600);
        }

        foreach (TaskTable table in _tables) table.Complete(_processors.Set.Length);
        foreach (WorkerState worker in _workers.Values)
            foreach (int p in worker.ProcessorIndices) RefreshProcessorTime(p);
    }

    // The same incarnation with other models: what is under way there and what was learned about it stays; what was sent is no longer ours to count item by
    // item, so it drains as unaccounted work.
    private Kept Keep(int p) =>
        new(
            _processors.Rows[p].Id, _processors.Own[p] + _processors.Unaccounted[p], _processors.Queue[p], _processors.Rate[p], _processors.Utilisation[p],
            _processors.Gradient[p], _processors.NetworkCorrection[p], _processors.Rows[p].NetworkVariance, _processors.ResultDelay[p],
            _processors.Rows[p].Estimate, _processors.Rows[p].Spread, _processors.OwnSent[p]);

    private void Restore(int p, in Kept kept)
    {
        (_processors.Unaccounted[p], _processors.Queue[p], _processors.Rate[p], _processors.Utilisation[p], _processors.Gradient[p]) =
            (kept.Work, kept.Queue, kept.Rate, kept.Utilisation, kept.Gradient);
        (_processors.NetworkCorrection[p], _processors.ResultDelay[p], _processors.Rows[p].Estimate, _processors.Rows[p].Spread) =
            (kept.NetworkCorrection, kept.ResultDelay, kept.Estimate, kept.Spread);
        _corrections.SetNetworkVariance(p, kept.NetworkVariance);
        _corrections.SetSlowdown(p);
        _processors.OwnSent[p] = kept.Sent; // counts on: the others take differences of it
    }

    private readonly record struct Kept(
        string Id, float Work, float Queue, float Rate, float Utilisation, float Gradient, float NetworkCorrection, float NetworkVariance, float ResultDelay,
        ServiceEstimate Estimate, ServiceSpread Spread, double Sent);

    // A worker that comes while its site is loaded starts at its site's mean queue: an idle one would be given everything at once.
    private float MeanQueue(int site)
    {
        double sum = 0;
        int n = 0;
        for (int p = 0; p < _processors.Count; p++)
        {
            if (_processors.Rows[p].Worker is null || _processors.Rows[p].Site != site || _processors.Available[p] == 0) continue;
            sum += _processors.Queue[p];
            n++;
        }

        return n == 0 ? 0 : (float)(sum / n);
    }

    private int AddProcessor(ProcessorDescription processor, int site, float queue)
    {
        int p = _freeProcessors.TryPop(out int free) ? free : _processors.Count++;
        _processors.Set.Reserve(p);
        _peers.Grow();
        _processors.Set.Reset(p);
        (_processors.Rows[p].Id, _processors.Rows[p].Description, _processors.Rows[p].Site) = (processor.Id, processor, site);
        _processors.Slots[p] = Math.Max(1, processor.Slots);
        _processors.InverseSlots[p] = 1 / _processors.Slots[p];
        _processors.Available[p] = 1;
        _processors.Queue[p] = queue;
        _processors.Rows[p].LastResult = Now;
        _processors.ResultDelay[p] = _settings.ResultDelay;
        _corrections.Reset(p);
        return p;
    }

    private int AddPlacement(int processor, VariantDescription variant, ServiceTable table, WorkerState worker)
    {
        int k = _freePlacements.TryPop(out int free) ? free : _placementCount++;
        _placementSet.Reserve(k);
        ref PlacementRow row = ref _placements[k];
        row = new PlacementRow
        {
            Processor = processor, Variant = variant, Service = table, Generation = row.Generation, CoRunner = Array.IndexOf(worker.CoRunners, variant.Name),
        };
        return k;
    }
}
