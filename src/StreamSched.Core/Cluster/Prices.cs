using System.Runtime.Intrinsics;
using static StreamSched.Core.Cluster.Columns;

namespace StreamSched.Core.Cluster;

/// <summary>What a second of each processor's time is worth, and everything that changes with time alone: one pass over the columns.</summary>
/// <param name="settings">Constants.</param>
/// <param name="processors">What is known of each processor.</param>
/// <param name="peers">The scaled view.</param>
internal sealed class Prices(ViewSettings settings, ProcessorColumns processors, PeerLoads peers)
{
    private float _capacityWeight = settings.CapacityWeight;
    private float _targetUtilisation = settings.TargetUtilisation;

    /// <summary>Running mean of the requests' deadlines, in seconds: the D of the capacity price.</summary>
    public float MeanDeadline { get; private set; }

    /// <summary>Sets two constants of the price rule.</summary>
    /// <param name="capacityWeight">η.</param>
    /// <param name="targetUtilisation">ū.</param>
    public void SetConstants(float capacityWeight, float targetUtilisation) => (_capacityWeight, _targetUtilisation) = (capacityWeight, targetUtilisation);

    /// <summary>Takes note of a request's deadline.</summary>
    /// <param name="deadline">Seconds.</param>
    public void Observe(float deadline) => MeanDeadline = MeanDeadline == 0 ? deadline : MeanDeadline + (settings.MeanWeight * (deadline - MeanDeadline));

    /// <summary>Lets time pass: virtual queues drain, rates fade, work under way progresses, and the prices follow.</summary>
    /// <param name="dt">Seconds.</param>
    public void Advance(float dt)
    {
        int count = processors.Count;
        float silentRatio = peers.SilentRatio;
        float fade = MathF.Exp(-dt / settings.RateTimeConstant);
        float inverseDeadline = MeanDeadline > 0 ? _capacityWeight / MeanDeadline : 0;
        float delayWeight = settings.DelayWeight, silentShare = silentRatio / (1 + silentRatio);
        Vector256<float> zero = Vector256<float>.Zero, one = Vector256<float>.One, half = Vector256.Create(0.5f),
            drained = Vector256.Create(_targetUtilisation * dt), step = Vector256.Create(dt);
        Vector256<float> never = Vector256.Create(float.PositiveInfinity);
        Vector256<float> ratio = Vector256.Create(1 + silentRatio),
            cap = Vector256.Create(silentRatio > 0 ? settings.MaxUtilisationUnheard : settings.MaxUtilisation);
        float[] queues = processors.Queue.Values, rates = processors.Rate.Values, utilisations = processors.Utilisation.Values,
            unaccountedWork = processors.Unaccounted.Values, slotCounts = processors.Slots.Values, elapsedTimes = processors.Elapsed.Values,
            ownWork = processors.Own.Values, reportedWork = processors.Reported.Values, assumedWork = processors.Assumed.Values,
            resultDelays = processors.ResultDelay.Values, meanProcessorTimes = processors.MeanProcessorTime.Values, inverses = processors.InverseSlots.Values,
            availability = processors.Available.Values, meanCapacities = processors.MeanCapacity.Values, gradients = processors.Gradient.Values,
            backlogDeviations = processors.BacklogDeviation.Values, backlogs = processors.Backlog.Values,
            variations = processors.Variation.Values, counts = processors.UnderWay.Values, meanBatches = processors.MeanBatch.Values,
            runsLeft = processors.RunLeft.Values,
            capacityPrices = processors.CapacityPrice.Values, delayPrices = processors.DelayPrice.Values;
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> queue = Vector256.Max(zero, Load(queues, i) - drained);
            Store(queue, queues, i);
            Vector256<float> rate = Faded(Load(rates, i) * fade), utilisation = Faded(Load(utilisations, i) * fade);
            Store(rate, rates, i);
            Store(utilisation, utilisations, i);
            Vector256<float> unaccounted = Vector256.Max(zero, Load(unaccountedWork, i) - (step * Load(slotCounts, i)));
            Store(unaccounted, unaccountedWork, i);
            Vector256<float> elapsed = Load(elapsedTimes, i) + step;
            Store(elapsed, elapsedTimes, i);

            // Nothing interrupts a run, and it takes as long as those of our own that are under way do on the mean.
            Vector256<float> own = Load(ownWork, i), processorTime = Load(meanProcessorTimes, i), inverseSlots = Load(inverses, i);
            Vector256<float> underWay = Load(counts, i), mine = own / Vector256.Max(underWay, one);
            Vector256<float> run = Vector256.ConditionalSelect(Vector256.GreaterThan(underWay, zero), mine, processorTime) * Load(meanBatches, i);

            // Work under way, less what can have been finished unseen: the time since the last sign of progress, and no more than a run for each of those
            // whose results we would see.
            Vector256<float> work = Vector256.Max(own, own + Load(reportedWork, i) + Load(assumedWork, i));
            Vector256<float> unseen = Vector256.Max(zero, Vector256.Min(elapsed, run * ratio) + Load(resultDelays, i));
            Vector256<float> backlog = Vector256.Max(zero, (work * inverseSlots) - unseen) + (unaccounted * inverseSlots);

            // Where slots are several, the first of them is free that much sooner.
            Vector256<float> untilSlot = run * inverseSlots;
            Store(Vector256.Max(untilSlot - unseen, untilSlot * half), runsLeft, i);

            // What schedulers that report nothing hold is assumed from our own part; how many requests it is varies as a Poisson number does.
            Vector256<float> silent = Vector256.Max(work + unaccounted, utilisation * processorTime) * processorTime * silentShare;
            Vector256<float> scatter = Load(variations, i) * backlog * processorTime * inverseSlots;
            Store(Vector256.Sqrt((silent * inverseSlots * inverseSlots) + scatter), backlogDeviations, i);

            // A processor that gets no work looks infinitely busy: the mask needs no column of its own for it.
            Vector256<float> open = Vector256.GreaterThan(Load(availability, i), zero);
            Store(Vector256.ConditionalSelect(open, backlog, never), backlogs, i);

            // One request beyond what has drained is chance and not scarcity: long batches would be refused wherever another one is under way, and never wait
            // for each other.
            Vector256<float> mean = Load(meanCapacities, i);
            Vector256<float> idle = one - Vector256.Min(utilisation, cap), inverse = one / (mean * idle); // one division for both
            Store(Vector256.Max(zero, queue - (mean * inverseSlots)) * inverseDeadline * (idle * inverse), capacityPrices, i);
            Store(Load(gradients, i) * rate * delayWeight * inverseSlots * (mean * inverse), delayPrices, i); // a slot that is taken leaves the others
        }
    }

    // What faded for long becomes a subnormal number, with which arithmetic is many times slower: the idle processors would cost the most.
    private static Vector256<float> Faded(Vector256<float> value) => value & Vector256.GreaterThan(value, Vector256.Create(1e-9f)).AsSingle();
}
