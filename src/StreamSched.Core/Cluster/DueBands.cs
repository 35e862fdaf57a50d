using System.Numerics;
using System.Runtime.Intrinsics;
using static StreamSched.Core.Cluster.Columns;

namespace StreamSched.Core.Cluster;

/// <summary>By when the work under way is due: workers run the most urgent first, so an urgent request waits for less than all of it.</summary>
/// <param name="processors">What is known of each processor; the bands are columns of the same set.</param>
internal sealed class DueBands(ProcessorColumns processors)
{
    // Instants, rounded to bands of time which are used again and again in a ring; what is due later than the ring reaches counts to its last band.
    private const int Bands = 32;
    private const float BandsPerDeadline = 16;

    // Neighbouring bands are summed up as well, so many at a time, since every decision needs the sum of a good part of them.
    private const int Together = 4;

    // Own work of one request or less says nothing about the rest; seconds.
    private const float NoWork = 1e-6f;

    private readonly Column<float>[] _dueIn = [.. Enumerable.Range(0, Bands).Select(_ => processors.Set.Add<float>())];
    private readonly Column<float>[] _dueInGroup = [.. Enumerable.Range(0, Bands / Together).Select(_ => processors.Set.Add<float>())];
    private readonly float[][] _summed = new float[Bands][];
    private readonly Column<float> _due = processors.Set.Add<float>();
    private readonly Column<float> _backlogBefore = processors.Set.Add<float>();
    private int _shift = 13; // a band lasts 2^13 µs

    /// <summary>
    /// Seconds until each processor is free for a request that arrives now and is due at an instant: the part of the backlog that is due before it, as in our
    /// own work there; at least what is left of the run under way, which is not interrupted.
    /// </summary>
    /// <param name="due">µs.</param>
    /// <param name="now">µs.</param>
    /// <param name="count">How many processors there are.</param>
    /// <returns>By processor; overwritten by the next call.</returns>
    public ReadOnlySpan<float> BacklogBefore(long due, long now, int count)
    {
        int first = Band(now, now), last = Band(due, now);
        Vector256<float> one = Vector256<float>.One, none = Vector256.Create(NoWork);
        float[] all = _due.Values, backlogs = processors.Backlog.Values, runsLeft = processors.RunLeft.Values, result = _backlogBefore.Values;
        ReadOnlySpan<float[]> summed = Between(first, last);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> before = Load(summed[0], i);
            for (int b = 1; b < summed.Length; b++) before += Load(summed[b], i);
            Vector256<float> share = Vector256.Min((before + none) / (Load(all, i) + none), one), backlog = Load(backlogs, i);
            Store(Vector256.Min(backlog, Vector256.Max(backlog * share, Load(runsLeft, i))), result, i);
        }

        return _backlogBefore.All;
    }

    // The columns whose sum is that of a row of bands.
    private ReadOnlySpan<float[]> Between(int first, int last)
    {
        int bands = ((last - first + Bands) % Bands) + 1, n = 0;
        for (int b = first; bands > 0; b %= Bands)
        {
            bool whole = b % Together == 0 && bands >= Together;
            _summed[n++] = whole ? _dueInGroup[b / Together].Values : _dueIn[b].Values;
            b += whole ? Together : 1;
            bands -= whole ? Together : 1;
        }

        return _summed.AsSpan(0, n);
    }

    /// <summary>Counts a request in.</summary>
    /// <param name="p">Its processor.</param>
    /// <param name="processorTime">Predicted processor time, in seconds.</param>
    /// <param name="due">When its answer must be there, µs.</param>
    /// <param name="now">µs.</param>
    /// <returns>The band that it is due in, for <see cref="Discount"/>.</returns>
    public int Count(int p, float processorTime, long due, long now)
    {
        int band = Band(due, now);
        _dueIn[band][p] += processorTime;
        _dueInGroup[band / Together][p] += processorTime;
        _due[p] += processorTime;
        return band;
    }

    /// <summary>Counts a request out.</summary>
    /// <param name="p">Its processor.</param>
    /// <param name="processorTime">As it was counted in.</param>
    /// <param name="band">As <see cref="Count"/> gave it.</param>
    public void Discount(int p, float processorTime, int band)
    {
        _dueIn[band][p] = Math.Max(0, _dueIn[band][p] - processorTime);
        _dueInGroup[band / Together][p] = Math.Max(0, _dueInGroup[band / Together][p] - processorTime);
        _due[p] = Math.Max(0, _due[p] - processorTime);
    }

    /// <summary>Lets the bands follow the deadlines. What is under way is forgotten then, and counts as due before everything until it has ended.</summary>
    /// <param name="meanDeadline">Running mean of the requests' deadlines, in seconds.</param>
    /// <param name="count">How many processors there are.</param>
    public void Fit(float meanDeadline, int count)
    {
        float bands = meanDeadline * 1e6f / (1L << _shift);
        if (bands is >= BandsPerDeadline / 2 and <= BandsPerDeadline * 2 || meanDeadline <= 0) return;
        _shift = Math.Clamp(BitOperations.Log2((uint)Math.Clamp(meanDeadline * 1e6f / BandsPerDeadline, 1, uint.MaxValue)), 4, 31);
        foreach (Column<float> band in _dueIn) band.AsSpan(count).Clear();
        foreach (Column<float> group in _dueInGroup) group.AsSpan(count).Clear();
        _due.AsSpan(count).Clear();
    }

    // Between now and as far as the ring reaches, so that no band stands for two instants.
    private int Band(long instant, long now) => (int)((Math.Clamp(instant, now, now + ((Bands - 1L) << _shift)) >> _shift) % Bands);
}
