using StreamSched.Core.Policies;

namespace StreamSched.Rebuilds;

/// <summary>How far numbers were apart: quantiles of a sample of them that is fair and bounded.</summary>
internal sealed class Differences
{
    private const int Most = 100_000;
    private readonly List<float> _kept = [];
    private RandomStream _random = RandomStream.For(1, "differences");
    private long _seen;

    /// <summary>Takes two numbers that should be equal; what is no number is left out.</summary>
    /// <param name="one">One.</param>
    /// <param name="other">The other.</param>
    public void Add(float one, float other)
    {
        float apart = Math.Abs(one - other);
        if (!float.IsFinite(apart)) return;
        _seen++;
        if (_kept.Count < Most) _kept.Add(apart);
        else if (_random.NextSingle() * _seen < Most) _kept[_random.NextInt32(Most)] = apart;
    }

    /// <summary>A quantile; NaN: there is none.</summary>
    /// <param name="share">0..1.</param>
    public double At(double share)
    {
        float[] sorted = [.. _kept.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[(int)Math.Min(sorted.Length * share, sorted.Length - 1)];
    }
}
