namespace StreamSched.Core.Cluster;

/// <summary>
/// ECSRL's D for one added model and two kinds of co-runners: the time of one inference of <see cref="Variant"/> while m of <see cref="CoRunnerA"/> and r of
/// <see cref="CoRunnerB"/> run, over its time alone.
/// </summary>
public sealed class InterferenceMatrix
{
    private readonly float[] _factors;

    /// <summary>Takes a measured matrix.</summary>
    /// <param name="variant">The added model.</param>
    /// <param name="coRunnerA">The first kind of co-runners, counted by rows.</param>
    /// <param name="coRunnerB">The second kind, counted by columns.</param>
    /// <param name="factors">(K+1)² factors row by row; the first, for no co-runners, is taken as 1.</param>
    /// <exception cref="ArgumentException">Not a square matrix of positive, finite factors.</exception>
    public InterferenceMatrix(string variant, string coRunnerA, string coRunnerB, ReadOnlySpan<float> factors)
    {
        int side = (int)Math.Round(Math.Sqrt(factors.Length));
        if (side < 2 || side * side != factors.Length)
            throw new ArgumentException($"an interference matrix has (K+1)² factors with K ≥ 1, not {factors.Length}");
        foreach (float factor in factors)
            if (!(factor > 0) || !float.IsFinite(factor)) throw new ArgumentException($"interference factor {factor} is not positive");
        (Variant, CoRunnerA, CoRunnerB, Size) = (variant, coRunnerA, coRunnerB, side - 1);
        _factors = factors.ToArray();
        _factors[0] = 1;
    }

    /// <summary>The added model.</summary>
    public string Variant { get; }

    /// <summary>The first kind of co-runners.</summary>
    public string CoRunnerA { get; }

    /// <summary>The second kind of co-runners.</summary>
    public string CoRunnerB { get; }

    /// <summary>K: m and r go from 0 to K; more co-runners count as K.</summary>
    public int Size { get; }

    /// <summary>The factor for expected counts of co-runners, bilinear between whole numbers.</summary>
    /// <param name="m">Of co-runners A; not negative.</param>
    /// <param name="r">Of co-runners B; not negative.</param>
    public float Factor(float m, float r)
    {
        m = Math.Clamp(m, 0, Size);
        r = Math.Clamp(r, 0, Size);
        int row = Math.Min((int)m, Size - 1), column = Math.Min((int)r, Size - 1), side = Size + 1;
        float dm = m - row, dr = r - column;
        ReadOnlySpan<float> f = _factors.AsSpan((row * side) + column);
        return ((1 - dm) * (((1 - dr) * f[0]) + (dr * f[1]))) + (dm * (((1 - dr) * f[side]) + (dr * f[side + 1])));
    }
}
