namespace StreamSched.Core.Policies;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): one word of state, so that a decision record can hold it and a replay can start from it. Copying the value forks
/// the stream.
/// </summary>
/// <param name="state">The seed, or a recorded state.</param>
public struct RandomStream(ulong state)
{
    /// <summary>The state before the next draw.</summary>
    public readonly ulong State => state;

    /// <summary>A generator for one named purpose, independent of those of other names under the same seed.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the draws are for.</param>
    public static RandomStream For(ulong seed, string purpose)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (char c in purpose) hash = (hash ^ c) * 0x0000_0100_0000_01B3;
        RandomStream stream = new(seed ^ hash);
        return new RandomStream(stream.NextUInt64());
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong z = state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, 1).</summary>
    public float NextSingle() => (NextUInt64() >> 40) * (1.0f / (1 << 24));

    /// <summary>Uniform in 0 .. <paramref name="count"/> - 1.</summary>
    /// <param name="count">Positive.</param>
    public int NextInt32(int count) => (int)Math.BigMul(NextUInt64(), (ulong)count, out _);

    /// <summary>Puts things into a random order (Fisher and Yates).</summary>
    /// <typeparam name="T">Of things.</typeparam>
    /// <param name="things">What to put in order.</param>
    public void Shuffle<T>(Span<T> things)
    {
        for (int i = things.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (things[i], things[j]) = (things[j], things[i]);
        }
    }

    /// <summary>Exponential with mean 1.</summary>
    public double NextExponential() => -Math.Log(1 - NextDouble());

    /// <summary>Standard normal (Box and Muller's transform, one of the pair).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());
}
