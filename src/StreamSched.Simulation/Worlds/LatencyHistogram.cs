namespace StreamSched.Simulation.Worlds;

/// <summary>Counts of durations in 32 buckets per octave (at most 3 % wide), from a microsecond to nine hours.</summary>
internal sealed class LatencyHistogram
{
    private const int PerOctaveBits = 5;
    private readonly long[] _counts = new long[35 << PerOctaveBits];

    public long Count { get; private set; }

    public void Add(double seconds)
    {
        _counts[Bucket(seconds)]++;
        Count++;
    }

    /// <summary>The middle of the bucket that a share of all durations lies below; NaN if there are none.</summary>
    public double Quantile(double quantile)
    {
        if (Count == 0) return double.NaN;
        long left = (long)Math.Ceiling(quantile * Count);
        int i = 0;
        while ((left -= _counts[i]) > 0) i++;
        const int PerOctave = 1 << PerOctaveBits;
        return Math.ScaleB(1 + (((i % PerOctave) + 0.5) / PerOctave), i / PerOctave) * 1e-6;
    }

    private int Bucket(double seconds)
    {
        // The exponent and the upper bits of the mantissa; within an octave the buckets are equal in width, which is near enough.
        double micros = Math.Max(1, seconds * 1e6);
        int bits = (int)((BitConverter.DoubleToInt64Bits(micros) >> (52 - PerOctaveBits)) - (1023L << PerOctaveBits));
        return Math.Min(bits, _counts.Length - 1);
    }
}
