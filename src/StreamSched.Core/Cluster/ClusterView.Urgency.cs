using System.Numerics;
using System.Runtime.Intrinsics;

namespace StreamSched.Core.Cluster;

/// <content>By when the work under way is due: workers run the most urgent first, so an urgent request waits for less than all of it.</content>
public sealed partial class ClusterView
{
    // Instants, rounded to bands of time which are used again and again in a ring; what is due later than the ring reaches counts to its last band.
    private const int Bands = 32;
    private const float BandsPerDeadline = 16;

    // Own work of one request or less says nothing about the rest; seconds.
    private const float NoWork = 1e-6f;

    private readonly float[][] _dueIn = [.. Enumerable.Range(0, Bands).Select(_ => new float[Lanes])];
    private float[] _due = new float[Lanes];
    private float[] _backlogBefore = new float[Lanes];
    private int _bandShift = 13; // a band lasts 2^13 µs

    /// <summary>
    /// Seconds until each processor is free for a request that arrives now and is due at an instant: the part of the backlog that is due before it, as in our own work there; at least half of the
    /// run under way, which is not interrupted.
    /// </summary>
    /// <param name="due">µs.</param>
    /// <returns>By processor; overwritten by the next call.</returns>
    internal ReadOnlySpan<float> BacklogBefore(long due)
    {
        int first = Band(Now), last = Band(due);
        Vector256<float> one = Vector256<float>.One, none = Vector256.Create(NoWork), half = Vector256.Create(0.5f);
        for (int i = 0; i < _processorCount; i += Lanes)
        {
            Vector256<float> before = Load(_dueIn[first], i);
            for (int b = first; b != last;)
            {
                b = (b + 1) % Bands;
                before += Load(_dueIn[b], i);
            }

            Vector256<float> share = Vector256.Min((before + none) / (Load(_due, i) + none), one), backlog = Load(_backlog, i);
            Vector256<float> run = Load(_meanUse, i) * Load(_meanBatch, i) * Load(_inverseSlots, i);
            Store(Vector256.Min(backlog, Vector256.Max(backlog * share, run * half)), _backlogBefore, i);
        }

        return _backlogBefore;
    }

    // Between now and as far as the ring reaches, so that no band stands for two instants.
    private int Band(long instant) => (int)((Math.Clamp(instant, Now, Now + ((Bands - 1L) << _bandShift)) >> _bandShift) % Bands);

    private int CountDue(int p, float use, long due)
    {
        int band = Band(due);
        _dueIn[band][p] += use;
        _due[p] += use;
        return band;
    }

    private void DiscountDue(int p, float use, int band)
    {
        _dueIn[band][p] = Math.Max(0, _dueIn[band][p] - use);
        _due[p] = Math.Max(0, _due[p] - use);
    }

    private void ForgetDue(int p)
    {
        foreach (float[] band in _dueIn) band[p] = 0;
        _due[p] = 0;
    }

    // Bands follow the deadlines. What is under way is forgotten then, and counts as due before everything until it has ended.
    private void FitBands()
    {
        float bands = _meanDeadline * 1e6f / (1L << _bandShift);
        if (bands is >= BandsPerDeadline / 2 and <= BandsPerDeadline * 2 || _meanDeadline <= 0) return;
        _bandShift = Math.Clamp(BitOperations.Log2((uint)Math.Clamp(_meanDeadline * 1e6f / BandsPerDeadline, 1, uint.MaxValue)), 4, 31);
        for (int p = 0; p < _processorCount; p++) ForgetDue(p);
    }

    private void GrowDue(int length)
    {
        for (int b = 0; b < Bands; b++) _dueIn[b] = Longer(_dueIn[b], length);
        _due = Longer(_due, length);
        _backlogBefore = Longer(_backlogBefore, length);
    }
}
