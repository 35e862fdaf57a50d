namespace StreamSched.Learning.Reinforcement;

/// <summary>Sums over the decisions of an update, and the clipped objective of one of them.</summary>
internal struct PpoSums
{
    public int Count;
    public float Policy, Value, Entropy, Divergence, Clipped;

    /// <summary>Counts a decision in.</summary>
    /// <param name="logRatio">Logarithm of its probability now over the one it was taken with.</param>
    /// <param name="advantage">Its advantage.</param>
    /// <param name="clip">How far the ratio may be from 1.</param>
    /// <param name="entropy">Of the policy now, in nats.</param>
    /// <returns>The loss's derivative by the logarithm of the probability.</returns>
    public float Decided(float logRatio, float advantage, float clip, float entropy)
    {
        float ratio = MathF.Exp(logRatio), clipped = Math.Clamp(ratio, 1 - clip, 1 + clip), loss = -advantage * ratio, clippedLoss = -advantage * clipped;
        Count++;
        Policy += Math.Max(loss, clippedLoss);
        Entropy += entropy;
        Divergence += ratio - 1 - logRatio;
        Clipped += ratio == clipped ? 0 : 1;
        return loss >= clippedLoss ? loss : 0;
    }

    public void Add(in PpoSums other)
    {
        Count += other.Count;
        Policy += other.Policy;
        Value += other.Value;
        Entropy += other.Entropy;
        Divergence += other.Divergence;
        Clipped += other.Clipped;
    }

    public readonly PpoStatistics Means(float divergence, float gradientNorm, int epochs) =>
        new(Policy / Count, Value / Count, Entropy / Count, divergence, Clipped / Count, gradientNorm, epochs);
}
