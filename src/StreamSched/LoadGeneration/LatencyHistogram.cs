using System.Numerics;

namespace StreamSched.LoadGeneration;

/// <summary>Counts durations in buckets of 1/64 of a power of two (1.6 % wide), from 1 µs to hours, so that any number of them takes 20 kB. For one thread at
/// a time.</summary>
internal sealed class LatencyHistogram
{
    private const int Fine = 64;
    private const int FineBits = 6;
    private readonly long[] _buckets = new long[40 * Fine];

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>The longest.</summary>
    public TimeSpan Max { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(TimeSpan duration)
    {
        long micros = Math.Max(0, (long)duration.TotalMicroseconds);
        _buckets[Math.Min(Bucket((ulong)micros), _buckets.Length - 1)]++;
        Count++;
        if (duration > Max) Max = duration;
    }

    /// <summary>The value below which a share of all lies, to within 1.6 %; null if there is none.</summary>
    /// <param name="quantile">0..1.</param>
    public TimeSpan? Percentile(double quantile)
    {
        if (Count == 0) return null;
        long rank = Math.Clamp((long)Math.Ceiling(quantile * Count), 1, Count), seen = 0;
        for (int i = 0; i < _buckets.Length; i++)
        {
            seen += _buckets[i];
            if (seen >= rank) return TimeSpan.FromMicroseconds(Math.Min(Middle(i), Max.TotalMicroseconds));
        }

        return Max;
    }

    // The first Fine buckets are 1 µs wide; then Fine for every power of two.
    private static int Bucket(ulong micros)
    {
        if (micros < Fine) return (int)micros;
        int power = BitOperations.Log2(micros);
        return ((power - FineBits + 1) * Fine) + (int)((micros >> (power - FineBits)) - Fine);
    }

    private static double Middle(int bucket)
    {
        if (bucket < Fine) return bucket;
        int power = (bucket / Fine) - 1;
        return ((Fine + (bucket % Fine) + 0.5) * (1L << power)) - 0.5;
    }
}
