using StreamSched.Core.Serving;

namespace StreamSched.Core.Cluster;

/// <content>What answers and telemetry tell, and what is predicted of processor times accordingly.</content>
public sealed partial class ClusterView
{
    /// <summary>Learns from an answer how long things take.</summary>
    /// <param name="placement">Who answered.</param>
    /// <param name="generation">The placement's generation when it was sent.</param>
    /// <param name="measured">What was measured.</param>
    /// <param name="now">When the answer was read, µs. The view need not stand there yet: an answer costs no pass over the columns.</param>
    public void Measured(int placement, int generation, in Measurement measured, long now)
    {
        if (_placements[placement].Generation != generation) return;
        int p = _placements[placement].Processor;
        _processors.Elapsed[p] = (Now - now) * 1e-6f;
        if (_corrections.Measured(placement, measured, now)) RefreshProcessorTime(p);
    }

    /// <summary>Takes note of an instant in an answer, beside what the scheduler makes of the same one.</summary>
    /// <param name="placement">Who answered.</param>
    /// <param name="generation">The placement's generation when it was sent.</param>
    /// <param name="ahead">By how much the worker's is later, µs.</param>
    public void ClockSeen(int placement, int generation, long ahead)
    {
        if (_placements[placement].Generation != generation || _processors.Rows[_placements[placement].Processor].Worker is not { } worker) return;
        worker.AnsweredAhead = worker.AnsweredAhead is { } before ? before + ((ahead - before) / 8) : ahead;
    }

    /// <summary>Takes note of how an answer came.</summary>
    /// <param name="placement">Who was to answer.</param>
    /// <param name="generation">The placement's generation when it was sent.</param>
    /// <param name="onTime">Whether it came in time.</param>
    /// <param name="predicted">Probability that the rule gave it.</param>
    /// <param name="error">By how much it came earlier than predicted, in the σ that was assumed for it.</param>
    public void RecordOutcome(int placement, int generation, bool onTime, float predicted, float error)
    {
        if (_placements[placement].Generation == generation) _corrections.Outcome(placement, onTime, predicted, error);
    }

    /// <summary>Takes note of how an answer came that both the rule and a network had a probability for.</summary>
    /// <param name="placement">Who was to answer.</param>
    /// <param name="generation">The placement's generation when it was sent.</param>
    /// <param name="rule">Logit of the rule's probability.</param>
    /// <param name="correction">What the network adds to it, whether or not it decided.</param>
    /// <param name="onTime">Whether it came in time.</param>
    /// <param name="other">Whether that network is of the policy beside the one in force.</param>
    public void RecordCorrection(int placement, int generation, float rule, float correction, bool onTime, bool other)
    {
        if (_placements[placement].Generation != generation) return;
        (other ? _otherScores : _scores).Add(_processors.Rows[_placements[placement].Processor].Class, rule, correction, onTime);
    }

    /// <summary>Interference that the matrices give for measured co-runners, 1 where nothing is known.</summary>
    /// <param name="placement">Who ran.</param>
    /// <param name="names">The kinds of co-runners.</param>
    /// <param name="counts">How many of each.</param>
    public float InterferenceOf(int placement, ReadOnlySpan<string> names, ReadOnlySpan<float> counts)
    {
        WorkerState? worker = _processors.Rows[_placements[placement].Processor].Worker;
        return worker is null || !worker.HasCoRunners || !_settings.Interference
            ? 1 : worker.Description.Interference.Factor(_placements[placement].Variant.Name, names, counts);
    }

    /// <summary>Takes a worker's telemetry.</summary>
    /// <param name="id">The worker.</param>
    /// <param name="incarnation">Its incarnation.</param>
    /// <param name="draining">Whether it wants no more work.</param>
    /// <param name="processors">Its processors' backlogs; may be empty.</param>
    /// <param name="now">µs.</param>
    /// <param name="heardAt">When it was sent, µs, if it was read from the log's past; null: now.</param>
    /// <param name="sentAt">When it was sent by the worker's clock, µs; null: not known.</param>
    /// <returns>Whether it was for a known worker in its present incarnation.</returns>
    public bool Telemetry(
        string id, long incarnation, bool draining, ReadOnlySpan<ProcessorTelemetry> processors, long now, long? heardAt = null, long? sentAt = null)
    {
        Advance(now);
        if (!_workers.TryGetValue(id, out WorkerState? worker) || worker.Description.Incarnation != incarnation) return false;
        worker.LastHeard = Math.Max(worker.LastHeard, Math.Min(now, heardAt ?? now));
        worker.Draining = draining || worker.Description.Draining; // telemetry sent before the worker heard of it does not take it back
        if (heardAt is null && sentAt is { } sent && ClockDifference.Between(sent, now) is { } delay) worker.TelemetryDelay.Add(delay, now);
        UpdateLiveness(worker, now);
        foreach (ProcessorTelemetry said in processors)
        {
            foreach (int p in worker.ProcessorIndices)
                if (_processors.Rows[p].Id == said.Processor) Correct(p, said.Backlog);
        }

        return true;
    }

    // What the worker has and neither we nor the others that report have sent: the work of silent schedulers, or of a dead one. What we sent within the way
    // there is not at the worker yet; our own count is an upper bound of our part, so only what is beyond it is others'.
    private void Correct(int p, float backlog)
    {
        float known = _processors.Own[p] + Math.Max(0, _processors.Reported[p]);
        float noise = 2 * _processors.MeanProcessorTime[p];
        float beyond = backlog - known;
        _processors.Unaccounted[p] = beyond > noise ? beyond : 0;
        _processors.Assumed[p] -= _peers.SilentRatio * (_processors.Own[p] - _processors.OwnAtTelemetry[p]);
        _processors.OwnAtTelemetry[p] = _processors.Own[p];
    }

    private void UpdateLiveness(WorkerState worker, long now)
    {
        Liveness before = worker.Liveness;
        worker.Liveness = _settings.Liveness.Evaluate(now - worker.LastHeard, (long)worker.Description.TelemetryPeriod.TotalMicroseconds);
        if (before != Liveness.Fresh && worker.Liveness == Liveness.Fresh) Expect(worker); // what it was held up with comes now
        float available = worker is { Liveness: Liveness.Fresh, Draining: false } ? 1 : 0;
        foreach (int p in worker.ProcessorIndices)
        {
            if (available > 0 && _processors.Available[p] == 0) _processors.Queue[p] = Math.Max(_processors.Queue[p], MeanQueue(worker.Site));
            _changed |= _processors.Available[p] != available;
            _processors.Available[p] = available;
        }

        if (worker.UnderWay > 0 || worker.IsSilent) UpdateSilence(worker);
    }

    private void CountCoRunners(int placement, int change)
    {
        WorkerState? worker = _processors.Rows[_placements[placement].Processor].Worker;
        if (worker is not { HasCoRunners: true }) return;
        worker.InFlight = Math.Max(0, worker.InFlight + change);
        ref float count = ref worker.Counts[_placements[placement].CoRunner];
        count = Math.Max(0, count + change);
    }

    private void RefreshWorker(int p)
    {
        WorkerState? worker = _processors.Rows[p].Worker;
        if (worker is not { HasCoRunners: true })
        {
            RefreshProcessorTime(p);
            return;
        }

        foreach (int other in worker.ProcessorIndices) RefreshProcessorTime(other);
    }

    // Predicted processor time, capacity and batch time of the next request of each placement of a processor.
    private void RefreshProcessorTime(int p)
    {
        if (_outdated) return; // what is in no table yet, or in one that is not valid any more, is computed when they are made anew

        // How many will wait there when another one arrives: what is left of the backlog then, without the half of a batch that is under way on the mean. What
        // is on its way, there or back, joins no batch.
        ref ProcessorRow row = ref _processors.Rows[p];
        float perRequest = 0, slots = _processors.Slots[p], meanBatch = _processors.MeanBatch[p];
        if (_processors.UnderWay[p] > 0)
        {
            float left = Math.Max(0, _processors.Backlog[p] - row.MeanOut) * slots / _processors.MeanProcessorTime[p];
            perRequest = Math.Max(0, float.IsFinite(left) ? left - (0.5f * slots * meanBatch) : 0) / _processors.UnderWay[p];
        }

        foreach (int k in row.Placements)
        {
            ref PlacementRow placement = ref _placements[k];
            ServiceTable table = placement.Service;
            float logSlowdown = _processors.LogSlowdown[p] + placement.Estimate.Mean;
            float ratio = (Math.Abs(logSlowdown) < 1e-6f ? 1 : MathF.Exp(logSlowdown)) * ExpectedInterference(p, k);

            // Others will join it as they joined those before; what the batch takes is shared. A batch that is still small costs each member more, but that is
            // no scarcity: capacity is counted as in full batches. The other way round, a processor that nobody uses would look dear and stay unused.
            int expected = table.BestBatch == 1
                ? 1 : Math.Clamp((int)MathF.Round(Math.Max(1 + (placement.InFlight * perRequest), meanBatch)), 1, table.BestBatch);
            TaskTable columns = placement.Table;
            columns.ProcessorTime[placement.Row] = table.PerRequest(expected) * ratio;
            columns.Capacity[placement.Row] = table.PerRequest(table.BestBatch) * ratio;
            columns.BatchTime[placement.Row] = table.Seconds(expected) * ratio;
        }
    }

    // What is expected to run beside it once it runs: all that is in flight on the worker by the scaled view, as far as there are other slots for it.
    private float ExpectedInterference(int p, int k)
    {
        WorkerState? worker = _processors.Rows[p].Worker;
        if (worker is not { HasCoRunners: true } || !_settings.Interference || worker.InFlight == 0) return 1;
        float running = Math.Min(1 + _peers.OthersRatio, (worker.TotalSlots - 1f) / worker.InFlight);
        for (int i = 0; i < worker.Counts.Length; i++) worker.Beside[i] = worker.Counts[i] * running;
        return worker.Interference.Factor(_placements[k].CoRunner, worker.Beside);
    }
}
