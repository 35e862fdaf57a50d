using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StreamSched.Core.Serving;

namespace StreamSched.Core.Cluster;

public sealed partial class ClusterView
{
    private const long RefreshMicros = 5_000;

    // After this long without a result an estimate sinks back towards the profile, with the same time constant.
    private const float ForgetSeconds = 2;

    // How long the two memories of answers that came otherwise than predicted last when none come: an open burst, and a state that stays.
    private const float SurpriseSeconds = 1, LastingSurpriseSeconds = 10;
    private const float SurpriseWeight = 0.1f, LastingSurpriseWeight = 0.01f;

    // How the errors of predictions narrow the on-time curve: weight of one answer, most that one counts for (in σ), how much wider than measured the curve stays, least scale.
    private const float ErrorWeight = 0.05f, MostError = 6, ErrorSafety = 1.7f, LeastErrorScale = 0.1f;

    // Mean square of the error, in σ, where nothing was measured. σ is what may go wrong; to expect all of it wherever nobody looked would mean never to look.
    private const float UnmeasuredErrorSquare = 0.1f;

    // Most that one measured way to a worker counts for, in seconds.
    private const float NetworkStep = 0.005f;

    private long _nextRefresh;
    private long _lastRefresh;
    private float _meanDeadline;
    private float _capacityWeight;
    private float _targetUtilisation;

    // Whether the columns no longer follow from what they are derived from, though no time has passed.
    private bool _changed = true;

    /// <summary>Factor on σ by processor, at most 1: how much better than assumed its answers can be predicted, by the errors that were measured.</summary>
    public ReadOnlySpan<float> ErrorScale => _errorScale.AsSpan(0, _processorCount);

    /// <summary>Running mean of the requests' deadlines, in seconds: the D of the capacity price.</summary>
    public float MeanDeadline => _meanDeadline;

    /// <summary>Virtual queues V in seconds, by processor.</summary>
    public ReadOnlySpan<float> Queue => _queue.AsSpan(0, _processorCount);

    /// <summary>Seconds until each processor is free for a request that arrives now; infinite for one that gets no work.</summary>
    public ReadOnlySpan<float> Backlog => _backlog.AsSpan(0, _processorCount);

    /// <summary>Utilisation ρ of each processor, by the scaled view.</summary>
    public ReadOnlySpan<float> Utilisation => _utilisation.AsSpan(0, _processorCount);

    /// <summary>Arrivals per second at each processor, by the scaled view.</summary>
    public ReadOnlySpan<float> ArrivalRate => _rate.AsSpan(0, _processorCount);

    /// <summary>Capacity price of a second of each processor's time.</summary>
    public ReadOnlySpan<float> CapacityPrice => _capacityPrice.AsSpan(0, _processorCount);

    /// <summary>Running mean of the predicted processor time of a request, in seconds, by processor.</summary>
    public ReadOnlySpan<float> MeanUse => _meanUse.AsSpan(0, _processorCount);

    /// <summary>Running mean of the capacity that a request takes, in seconds, by processor: its share of a full batch.</summary>
    public ReadOnlySpan<float> MeanCapacity => _meanCapacity.AsSpan(0, _processorCount);

    /// <summary>Delay price of a squared second of each processor's time.</summary>
    public ReadOnlySpan<float> DelayPrice => _delayPrice.AsSpan(0, _processorCount);

    /// <summary>1 for processors that may get work, 0 for the others.</summary>
    public ReadOnlySpan<float> Available => _available.AsSpan(0, _processorCount);

    /// <summary>Requests of ours that a placement has not answered.</summary>
    /// <param name="placement">Index of a placement.</param>
    public int InFlightOf(int placement) => _inFlight[placement];

    /// <summary>How many times slower than profiled a placement is found to be.</summary>
    /// <param name="placement">Index of a placement.</param>
    public float SlowdownOf(int placement) => MathF.Exp(_estimate[placement].Mean + _processorEstimate[_processorOf[placement]].Mean);

    /// <summary>Running mean, by processor, of (1 if in time, else 0) less the probability that the rule gave: what hidden load and wrong profiles leave behind.</summary>
    public ReadOnlySpan<float> Surprise => _surprise.AsSpan(0, _processorCount);

    /// <summary>The same over ten times as many answers.</summary>
    public ReadOnlySpan<float> LastingSurprise => _lastingSurprise.AsSpan(0, _processorCount);

    /// <summary>Work of schedulers that report nothing over one's own, as the scaled view assumes it.</summary>
    public float UnknownRatio => _silentRatio;

    internal ReadOnlySpan<float> LogSlowdownColumn => _logSlowdown;

    internal ReadOnlySpan<float> InverseSlotsColumn => _inverseSlots;

    internal ReadOnlySpan<float> BacklogColumn => _backlog;

    internal ReadOnlySpan<float> CapacityPriceColumn => _capacityPrice;

    internal ReadOnlySpan<float> DelayPriceColumn => _delayPrice;

    internal ReadOnlySpan<float> NetworkCorrectionColumn => _networkCorrection;

    internal ReadOnlySpan<float> NetworkDeviationColumn => _networkDeviation;

    internal ReadOnlySpan<float> BacklogDeviationColumn => _backlogDeviation;

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
        AdvanceColumns(dt);
    }

    /// <summary>Sets two constants of the price rule, which come with the policy in force.</summary>
    /// <param name="capacityWeight">η.</param>
    /// <param name="targetUtilisation">ū.</param>
    public void SetConstants(float capacityWeight, float targetUtilisation)
    {
        (_capacityWeight, _targetUtilisation) = (capacityWeight, targetUtilisation);
        _changed = true;
    }

    /// <summary>Takes note of a request's deadline.</summary>
    /// <param name="deadline">Seconds.</param>
    public void Demand(float deadline) =>
        _meanDeadline = _meanDeadline == 0 ? deadline : _meanDeadline + (_settings.MeanWeight * (deadline - _meanDeadline));

    /// <summary>Takes note that a request was sent.</summary>
    /// <param name="placement">Where to.</param>
    /// <param name="use">Predicted processor time, in seconds.</param>
    /// <param name="capacity">What it takes of the processor's capacity, in seconds.</param>
    /// <param name="network">Predicted way there, in seconds.</param>
    /// <param name="gradient">What a second of slack is worth to the request: v · dP/dslack.</param>
    /// <param name="due">When its answer must be there, µs.</param>
    /// <returns>The band of time in which it is due, for <see cref="Ended"/>.</returns>
    public int Sent(int placement, float use, float capacity, float network, float gradient, long due)
    {
        int p = _processorOf[placement];
        float scale = 1 + _othersRatio;
        if (_closed[placement]) Probed(placement);
        ExpectAnswer(_workerOf[p]!, placement, network);
        if (_count[p]++ == 0) _elapsed[p] = -(network + _resultDelay[p]);
        _inFlight[placement]++;
        _own[p] += use;
        _ownSent[p] += capacity;
        _ownCapacity[p] += capacity;
        _assumed[p] += _othersRatio * use;
        _queue[p] += capacity * _inverseSlots[p] * scale;
        _rate[p] += scale / _settings.RateTimeConstant;
        _utilisation[p] += scale * capacity * _inverseSlots[p] / _settings.RateTimeConstant;
        _meanUse[p] += _settings.MeanWeight * (use - _meanUse[p]);
        _meanCapacity[p] += _settings.MeanWeight * (capacity - _meanCapacity[p]);
        _meanOut[p] += _settings.MeanWeight * (network - _meanOut[p]);
        _gradient[p] += _settings.MeanWeight * (gradient - _gradient[p]);
        CountCompany(placement, 1);
        _changed = true;
        int band = CountDue(p, use, due);
        if (_dynamicUse[p]) RefreshWorker(p);
        return band;
    }

    /// <summary>Takes note that a request is not under way any more.</summary>
    /// <param name="placement">Where it was.</param>
    /// <param name="generation">The placement's generation when it was sent; if it is another one now, nothing happens.</param>
    /// <param name="use">What was counted for it when it was sent.</param>
    /// <param name="capacity">What of its capacity was counted.</param>
    /// <param name="band">As <see cref="Sent"/> gave it.</param>
    /// <param name="credit">Whether its processor time was not spent: the virtual queue is given it back.</param>
    public void Ended(int placement, int generation, float use, float capacity, int band, bool credit)
    {
        if (_generation[placement] != generation) return;
        int p = _processorOf[placement];
        _inFlight[placement] = Math.Max(0, _inFlight[placement] - 1);
        _count[p] = Math.Max(0, _count[p] - 1);
        WorkerState worker = _workerOf[p]!;
        worker.UnderWay = Math.Max(0, worker.UnderWay - 1);
        _own[p] = _count[p] == 0 ? 0 : Math.Max(0, _own[p] - use);
        _assumed[p] -= _othersRatio * use;
        _ownCapacity[p] = _count[p] == 0 ? 0 : Math.Max(0, _ownCapacity[p] - capacity);
        if (credit) _queue[p] = Math.Max(0, _queue[p] - (capacity * _inverseSlots[p]));
        CountCompany(placement, -1);
        DiscountDue(p, use, band);
        _changed = true;
        if (_dynamicUse[p]) RefreshWorker(p);
    }

    /// <summary>Learns from an answer how long things take.</summary>
    /// <param name="placement">Who answered.</param>
    /// <param name="generation">The placement's generation when it was sent.</param>
    /// <param name="measured">What was measured.</param>
    /// <param name="now">When the answer was read, µs. The view need not stand there yet: an answer costs no pass over the columns.</param>
    public void Measured(int placement, int generation, in Measurement measured, long now)
    {
        if (_generation[placement] != generation) return;
        int p = _processorOf[placement];
        _elapsed[p] = (Now - now) * 1e-6f;
        if (measured.ResultDelay >= 0) _resultDelay[p] += 0.05f * (Math.Min(measured.ResultDelay, 1) - _resultDelay[p]);
        if (!float.IsNaN(measured.NetworkError))
        {
            // One hiccup of a second must not make a worker look far away; a lasting change is followed all the same, since the bound grows with it.
            float bound = NetworkStep + (0.5f * Math.Abs(_networkCorrection[p]));
            _networkCorrection[p] += 0.05f * Math.Clamp(measured.NetworkError, -bound, bound);
            float far = Math.Min(Math.Abs(measured.NetworkError), NetworkStep + (4 * MathF.Sqrt(_networkVariance[p])));
            SetNetworkVariance(p, _networkVariance[p] + (0.05f * ((far * far) - _networkVariance[p])));
        }

        if (measured.Batch < 1 || !(measured.Service > 0)) return;
        _meanBatch[p] += 0.05f * (measured.Batch - _meanBatch[p]);
        if (!_settings.Correction) return;
        float since = (now - _lastResult[p]) * 1e-6f;
        _lastResult[p] = now;
        float expected = _table[placement].Seconds(measured.Batch) * (measured.Interference > 0 ? measured.Interference : 1);
        float logRatio = MathF.Log(measured.Service / expected);

        // The processor's own ratio follows at once, since a slow machine is slow for all its variants; what is left is the variant's.
        _processorEstimate[p].Add(logRatio - _estimate[placement].Mean, since);
        _estimate[placement].Add(logRatio - _processorEstimate[p].Mean, Math.Min(since, 0.01f));
        _logSlowdown[p] = _processorEstimate[p].Mean;
        RefreshUse(p);
    }

    /// <summary>Takes note of an instant in an answer, beside what the scheduler makes of the same one.</summary>
    /// <param name="placement">Who answered.</param>
    /// <param name="generation">The placement's generation when it was sent.</param>
    /// <param name="ahead">By how much the worker's is later, µs.</param>
    public void ClockSeen(int placement, int generation, long ahead)
    {
        if (_generation[placement] != generation || _workerOf[_processorOf[placement]] is not { } worker) return;
        worker.AnsweredAhead = worker.AnsweredAhead is { } before ? before + ((ahead - before) / 8) : ahead;
    }

    /// <summary>Takes note of how an answer came.</summary>
    /// <param name="placement">Who was to answer.</param>
    /// <param name="generation">The placement's generation when it was sent.</param>
    /// <param name="onTime">Whether it came in time.</param>
    /// <param name="predicted">Probability that the rule gave it.</param>
    /// <param name="error">By how much it came earlier than predicted, in the σ that was assumed for it.</param>
    public void Judged(int placement, int generation, bool onTime, float predicted, float error)
    {
        if (_generation[placement] != generation) return;
        int p = _processorOf[placement];
        if (_settings.Correction)
        {
            error = Math.Clamp(error, -MostError, MostError);
            SetErrorSquare(p, _errorSquare[p] + (ErrorWeight * ((error * error) - _errorSquare[p])));
        }

        float difference = (onTime ? 1 : 0) - predicted;
        _surprise[p] += SurpriseWeight * (difference - _surprise[p]);
        _lastingSurprise[p] += LastingSurpriseWeight * (difference - _lastingSurprise[p]);
    }

    /// <summary>Interference that the matrices give for measured company, 1 where nothing is known.</summary>
    /// <param name="placement">Who ran.</param>
    /// <param name="names">The kinds of company.</param>
    /// <param name="counts">How many of each.</param>
    public float InterferenceOf(int placement, ReadOnlySpan<string> names, ReadOnlySpan<float> counts)
    {
        WorkerState? worker = _workerOf[_processorOf[placement]];
        return worker is null || !worker.HasCompany || !_settings.Interference
            ? 1 : worker.Description.Interference.Factor(_variant[placement].Name, names, counts);
    }

    /// <summary>Takes a worker's telemetry.</summary>
    /// <param name="id">The worker.</param>
    /// <param name="incarnation">Its life.</param>
    /// <param name="draining">Whether it wants no more work.</param>
    /// <param name="processors">Its processors' backlogs; may be empty.</param>
    /// <param name="now">µs.</param>
    /// <param name="heardAt">When it was sent, µs, if it was read from the log's past; null: now.</param>
    /// <param name="sentAt">When it was sent by the worker's clock, µs; null: not known.</param>
    /// <returns>Whether it was for a known worker in its present life.</returns>
    public bool Telemetry(string id, long incarnation, bool draining, ReadOnlySpan<ProcessorTelemetry> processors, long now, long? heardAt = null, long? sentAt = null)
    {
        Advance(now);
        if (!_workers.TryGetValue(id, out WorkerState? worker) || worker.Description.Incarnation != incarnation) return false;
        worker.LastHeard = Math.Max(worker.LastHeard, Math.Min(now, heardAt ?? now));
        worker.Draining = draining || worker.Description.Draining; // telemetry sent before the worker heard of it does not take it back
        if (heardAt is null && sentAt is { } sent && ClockDifference.Between(sent, now) is { } delay) worker.TelemetryDelay.Add(delay, now);
        Judge(worker, now);
        foreach (ProcessorTelemetry said in processors)
        {
            foreach (int p in worker.ProcessorIndices)
                if (_processorId[p] == said.Processor) Correct(p, said.Backlog);
        }

        return true;
    }

    // What the worker has and neither we nor the others that report have sent: the work of silent schedulers, or of a dead one. What we sent within the way
    // there is not at the worker yet; our own count is an upper bound of our part, so only what is beyond it is others'.
    private void Correct(int p, float backlog)
    {
        float known = _own[p] + Math.Max(0, _reported[p]);
        float noise = 2 * _meanUse[p];
        float beyond = backlog - known;
        _unaccounted[p] = beyond > noise ? beyond : 0;
        _assumed[p] -= _silentRatio * (_own[p] - _ownAtTelemetry[p]);
        _ownAtTelemetry[p] = _own[p];
    }

    private void AdvanceColumns(float dt)
    {
        float fade = MathF.Exp(-dt / _settings.RateTimeConstant);
        float inverseDeadline = _meanDeadline > 0 ? _capacityWeight / _meanDeadline : 0;
        float delayWeight = _settings.DelayWeight, silentShare = _silentRatio / (1 + _silentRatio);
        Vector256<float> zero = Vector256<float>.Zero, drained = Vector256.Create(_targetUtilisation * dt), step = Vector256.Create(dt);
        Vector256<float> never = Vector256.Create(float.PositiveInfinity);
        Vector256<float> ratio = Vector256.Create(1 + _silentRatio), cap = Vector256.Create(_silentRatio > 0 ? _settings.MaxUtilisationUnheard : _settings.MaxUtilisation);
        for (int i = 0; i < _processorCount; i += Lanes)
        {
            Vector256<float> queue = Vector256.Max(zero, Load(_queue, i) - drained);
            Store(queue, _queue, i);
            Vector256<float> rate = Faded(Load(_rate, i) * fade), utilisation = Faded(Load(_utilisation, i) * fade);
            Store(rate, _rate, i);
            Store(utilisation, _utilisation, i);
            Vector256<float> unaccounted = Vector256.Max(zero, Load(_unaccounted, i) - (step * Load(_slots, i)));
            Store(unaccounted, _unaccounted, i);
            Vector256<float> elapsed = Load(_elapsed, i) + step;
            Store(elapsed, _elapsed, i);

            // Work under way, less what can have been finished unseen: the time since the last sign of progress, and no more than one request's use
            // for each of those whose results we would see.
            Vector256<float> own = Load(_own, i);
            Vector256<float> work = Vector256.Max(own, own + Load(_reported, i) + Load(_assumed, i));
            Vector256<float> delay = Load(_resultDelay, i), use = Load(_meanUse, i);
            Vector256<float> unseen = Vector256.Max(zero, Vector256.Min(elapsed, use * ratio) + delay);
            Vector256<float> inverseSlots = Load(_inverseSlots, i), backlog = Vector256.Max(zero, (work * inverseSlots) - unseen) + (unaccounted * inverseSlots);

            // What schedulers that report nothing hold is assumed from our own part; how many requests it is varies as a Poisson number does.
            Vector256<float> silent = Vector256.Max(work + unaccounted, utilisation * use) * use * silentShare;
            Store(Vector256.Sqrt(silent) * inverseSlots, _backlogDeviation, i);

            // A processor that gets no work looks infinitely busy: the mask needs no column of its own for it.
            Vector256<float> open = Vector256.GreaterThan(Load(_available, i), zero);
            Store(Vector256.ConditionalSelect(open, backlog, never), _backlog, i);

            // One request beyond what has drained is chance and not scarcity: long runs would be refused wherever another one is under way, and never wait for each other.
            Vector256<float> mean = Load(_meanCapacity, i);
            Store(Vector256.Max(zero, queue - (mean * inverseSlots)) * inverseDeadline / mean, _capacityPrice, i);
            Store(Load(_gradient, i) * rate * delayWeight / (Vector256<float>.One - Vector256.Min(utilisation, cap)), _delayPrice, i);
        }
    }

    // Everything that needs no answer within a decision: who is alive, who of the others is silent, which estimates have grown old.
    private void Refresh(long now)
    {
        float seconds = Math.Min((now - _lastRefresh) * 1e-6f, 1);
        _lastRefresh = now;
        _nextRefresh = now + RefreshMicros;
        foreach (WorkerState worker in _workers.Values) Judge(worker, now);
        JudgePeers(now);
        FitBands();
        float share = 1 - MathF.Exp(-seconds / ForgetSeconds);
        float surpriseLeft = MathF.Exp(-seconds / SurpriseSeconds), lastingLeft = MathF.Exp(-seconds / LastingSurpriseSeconds);
        for (int p = 0; p < _processorCount; p++)
        {
            _surprise[p] = Math.Abs(_surprise[p]) < 1e-6f ? 0 : _surprise[p] * surpriseLeft;
            _lastingSurprise[p] = Math.Abs(_lastingSurprise[p]) < 1e-6f ? 0 : _lastingSurprise[p] * lastingLeft;
        }

        for (int p = 0; p < _processorCount; p++)
        {
            if (_workerOf[p] is null || (now - _lastResult[p]) * 1e-6f < ForgetSeconds) continue;
            _networkCorrection[p] *= 1 - share;
            SetNetworkVariance(p, _networkVariance[p] * (1 - share));
            SetErrorSquare(p, _errorSquare[p] + (share * (ErrorSquareUnmeasured - _errorSquare[p])));
            if (_processorEstimate[p].Mean == 0) continue;
            _processorEstimate[p].Forget(share);
            _logSlowdown[p] = _processorEstimate[p].Mean;
            foreach (int k in _placementsOf[p]) _estimate[k].Forget(share);
            RefreshUse(p);
        }
    }

    // The way there is measured; the way back is as uncertain, and independent.
    private void SetNetworkVariance(int p, float variance) => (_networkVariance[p], _networkDeviation[p]) = (variance, MathF.Sqrt(2 * variance));

    // Where nothing is to be learned from answers the curve stays as assumed.
    private float ErrorSquareUnmeasured => _settings.Correction ? UnmeasuredErrorSquare : 1;

    // σ is what may go wrong; where answers come as predicted it is less, and never more: that much was foreseen.
    private void SetErrorSquare(int p, float square) =>
        (_errorSquare[p], _errorScale[p]) = (square, Math.Clamp(ErrorSafety * MathF.Sqrt(square), LeastErrorScale, 1));

    private void Judge(WorkerState worker, long now)
    {
        Liveness before = worker.Liveness;
        worker.Liveness = _settings.Liveness.Judge(now - worker.LastHeard, (long)worker.Description.TelemetryPeriod.TotalMicroseconds);
        if (before != Liveness.Fresh && worker.Liveness == Liveness.Fresh) Expect(worker); // what it was held up with comes now
        float available = worker is { Liveness: Liveness.Fresh, Draining: false } ? 1 : 0;
        foreach (int p in worker.ProcessorIndices)
        {
            if (available > 0 && _available[p] == 0) _queue[p] = Math.Max(_queue[p], MeanQueue(worker.Site));
            _changed |= _available[p] != available;
            _available[p] = available;
        }

        if (worker.UnderWay > 0 || worker.IsSilent) JudgeSilence(worker);
    }

    private void CountCompany(int placement, int change)
    {
        WorkerState? worker = _workerOf[_processorOf[placement]];
        if (worker is not { HasCompany: true }) return;
        worker.InFlight = Math.Max(0, worker.InFlight + change);
        ref float count = ref worker.Counts[_companyIndex[placement]];
        count = Math.Max(0, count + change);
    }

    private void RefreshWorker(int p)
    {
        WorkerState? worker = _workerOf[p];
        if (worker is not { HasCompany: true })
        {
            RefreshUse(p);
            return;
        }

        foreach (int other in worker.ProcessorIndices) RefreshUse(other);
    }

    // Predicted processor time, capacity and run time of the next request of each placement of a processor.
    private void RefreshUse(int p)
    {
        if (_outdated) return; // what is in no table yet, or in one that is not valid any more, is computed when they are made anew

        // How many will wait there when another one arrives: what is left of the backlog then, without the half of a run that is under way on the mean. What is
        // on the way, there or back, joins no batch.
        float perRequest = 0;
        if (_count[p] > 0)
        {
            float left = Math.Max(0, _backlog[p] - _meanOut[p]) * _slots[p] / _meanUse[p];
            perRequest = Math.Max(0, float.IsFinite(left) ? left - (0.5f * _slots[p] * _meanBatch[p]) : 0) / _count[p];
        }

        foreach (int k in _placementsOf[p])
        {
            ServiceTable table = _table[k];
            float ratio = Math.Abs(_processorEstimate[p].Mean + _estimate[k].Mean) < 1e-6f ? 1 : MathF.Exp(_processorEstimate[p].Mean + _estimate[k].Mean);
            ratio *= ExpectedInterference(p, k);

            // Others will join it as they joined those before; what the batch takes is shared. A batch that is still small costs each member more, but that is
            // no scarcity: capacity is counted as in full batches. The other way round, a processor that nobody uses would look dear and stay unused.
            int expected = table.BestBatch == 1 ? 1 : Math.Clamp((int)MathF.Round(Math.Max(1 + (_inFlight[k] * perRequest), _meanBatch[p])), 1, table.BestBatch);
            TaskTable columns = _tableOf[k];
            columns.Use[_row[k]] = table.Share(expected) * ratio;
            columns.Capacity[_row[k]] = table.Share(table.BestBatch) * ratio;
            columns.Run[_row[k]] = table.Seconds(expected) * ratio;
        }
    }

    // What is expected to run beside it once it runs: all that is in flight on the worker by the scaled view, as far as there are other slots for it.
    private float ExpectedInterference(int p, int k)
    {
        WorkerState? worker = _workerOf[p];
        if (worker is not { HasCompany: true } || !_settings.Interference || worker.InFlight == 0) return 1;
        float running = Math.Min(1 + _othersRatio, (worker.TotalSlots - 1f) / worker.InFlight);
        for (int i = 0; i < worker.Counts.Length; i++) worker.Beside[i] = worker.Counts[i] * running;
        return worker.Interference.Factor(_companyIndex[k], worker.Beside);
    }

    // What faded for long becomes a subnormal number, with which arithmetic is many times slower: the idle processors would cost the most.
    private static Vector256<float> Faded(Vector256<float> value) => value & Vector256.GreaterThan(value, Vector256.Create(1e-9f)).AsSingle();

    private static Vector256<float> Load(float[] column, int i) => Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(column), (nuint)i);

    private static void Store(Vector256<float> value, float[] column, int i) => value.StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(column), (nuint)i);
}
