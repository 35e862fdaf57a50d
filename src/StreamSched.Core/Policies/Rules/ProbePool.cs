using System.Numerics;
using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;

namespace StreamSched.Core.Policies.Rules;

/// <summary>
/// Prequal's probe pool (Wydrowski et al., NSDI 2024) over the processors of one task: the latest look at each of a few processors, and how many requests in
/// flight the latest probes have found. Bounded; allocates nothing after it was made.
/// </summary>
internal sealed class ProbePool
{
    /// <summary>m: most probes in the pool.</summary>
    public const int Capacity = 16;

    /// <summary>r_probe: new probes a request.</summary>
    public const int PerRequest = 3;

    /// <summary>r_remove: probes that a request takes out beside those that are used up.</summary>
    public const int RemovedPerRequest = 1;

    /// <summary>How old a probe may be, µs.</summary>
    public const long MaxAge = 1_000_000;

    /// <summary>Q_RIF: a probe is hot whose requests in flight are above this quantile of those that were found lately, 2^-0.25.</summary>
    public const float HotQuantile = 0.84f;

    /// <summary>Fewest probes that are chosen from.</summary>
    public const int Fewest = 2;

    // δ: by how much the pool fills rather than empties.
    private const float Surplus = 1;

    // What is known of the distribution of requests in flight: this many answers of probes.
    private const int Remembered = 64;

    // The oldest first.
    private readonly Probe[] _probes = new Probe[Capacity];
    private readonly float[] _found = new float[Remembered];
    private int _foundCount, _nextFound;
    private bool _removesWorst;

    public ProbePool() => Array.Fill(_found, float.PositiveInfinity);

    /// <summary>Probes in the pool.</summary>
    public ReadOnlySpan<Probe> Probes => _probes.AsSpan(0, Count);

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Most probes in the pool where there are so many processors: m, but no more than half of them. In the paper there are many more replicas than probes; a
    /// pool as large as the cluster would have every probe replace another one, and the rate at which it fills would be none.
    /// </summary>
    /// <param name="processors">Processors that may be probed.</param>
    public static int CapacityOf(int processors) => Math.Clamp(processors / 2, Fewest, Capacity);

    /// <summary>
    /// b_reuse: how often a probe is used at most, (1 + δ) / ((1 − m / n) · r_probe − r_remove), from 1 to <see cref="Capacity"/>, which it also is where the
    /// pool does not fill whatever it is. The fraction is the probability of once more.
    /// </summary>
    /// <param name="processors">n: processors that may be probed.</param>
    public static float Reuse(int processors)
    {
        float fills = ((1 - ((float)CapacityOf(processors) / processors)) * PerRequest) - RemovedPerRequest;
        return fills > 0 ? Math.Clamp((1 + Surplus) / fills, 1, Capacity) : Capacity;
    }

    /// <summary>Takes out probes that are too old, and those of workers that are gone or have registered anew, whose processor may be another one
    /// now.</summary>
    /// <param name="view">The view.</param>
    public void Discard(ClusterView view)
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            ref Probe probe = ref _probes[i];
            if (view.Now - probe.At <= MaxAge && ReferenceEquals(view.WorkerOf(probe.Processor), probe.Worker)) _probes[kept++] = probe;
        }

        _probes.AsSpan(kept, Count - kept).Clear();
        Count = kept;
    }

    /// <summary>Whether a probe's requests in flight are above the quantile of those that were found lately.</summary>
    /// <param name="probe">A probe of the pool.</param>
    public bool IsHot(in Probe probe)
    {
        Vector256<float> mine = Vector256.Create(probe.InFlight);
        int below = 0;
        for (int i = 0; i < Remembered; i += Columns.Lanes)
            below += BitOperations.PopCount(Vector256.LessThan(Columns.Load(_found, i), mine).ExtractMostSignificantBits());
        return below >= MathF.Ceiling(HotQuantile * _foundCount);
    }

    /// <summary>Adds what a probe has found, in place of an earlier one of the same processor, or of the oldest where the pool is full.</summary>
    /// <param name="probe">The probe.</param>
    /// <param name="capacity">Most probes in the pool.</param>
    public void Add(in Probe probe, int capacity)
    {
        _found[_nextFound] = probe.InFlight;
        _nextFound = (_nextFound + 1) % Remembered;
        _foundCount = Math.Min(Remembered, _foundCount + 1);
        if (IndexOf(probe.Processor) is >= 0 and int old) RemoveAt(old);
        while (Count >= capacity) RemoveAt(0);
        _probes[Count++] = probe;
    }

    /// <summary>A request goes to a processor: its probe says one more from now on, and is gone when it was used as often as it may.</summary>
    /// <param name="processor">Index of a processor.</param>
    /// <param name="perRequest">What a request adds to the requests in flight of a slot.</param>
    /// <param name="used">Whether it was chosen by its probe.</param>
    public void Sent(int processor, float perRequest, bool used)
    {
        int at = IndexOf(processor);
        if (at < 0) return;
        ref Probe probe = ref _probes[at];
        probe.InFlight += perRequest;
        if (used && --probe.UsesLeft <= 0) RemoveAt(at);
    }

    /// <summary>Takes one probe out: in turn the oldest and the worst, which is the hot one with the most requests in flight, or else the slowest.</summary>
    public void RemoveOne()
    {
        if (Count == 0) return;
        RemoveAt(_removesWorst ? Worst() : 0);
        _removesWorst = !_removesWorst;
    }

    private int Worst()
    {
        int worst = 0;
        bool worstIsHot = IsHot(_probes[0]);
        for (int i = 1; i < Count; i++)
        {
            bool hot = IsHot(_probes[i]);
            bool worse = hot != worstIsHot
                ? hot : hot ? _probes[i].InFlight > _probes[worst].InFlight : _probes[i].Latency > _probes[worst].Latency;
            if (worse) (worst, worstIsHot) = (i, hot);
        }

        return worst;
    }

    private int IndexOf(int processor)
    {
        for (int i = 0; i < Count; i++)
            if (_probes[i].Processor == processor) return i;
        return -1;
    }

    private void RemoveAt(int index)
    {
        _probes.AsSpan(index + 1, Count - index - 1).CopyTo(_probes.AsSpan(index));
        _probes[--Count] = default;
    }
}
