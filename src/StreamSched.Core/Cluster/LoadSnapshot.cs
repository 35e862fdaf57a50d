namespace StreamSched.Core.Cluster;

/// <summary>This scheduler's own work as it was at an instant, which other schedulers' reports are compared with.</summary>
internal sealed class LoadSnapshot
{
    private float[] _own = [];
    private double[] _sent = [];

    /// <summary>The instant, µs.</summary>
    public long At { get; private set; } = long.MinValue;

    /// <summary>Keeps what the columns hold now.</summary>
    /// <param name="now">µs.</param>
    /// <param name="processors">The columns.</param>
    public void Take(long now, ProcessorColumns processors)
    {
        At = now;
        if (_own.Length < processors.Set.Length) (_own, _sent) = (new float[processors.Set.Length], new double[processors.Set.Length]);
        processors.Own.AsSpan(processors.Count).CopyTo(_own);
        processors.OwnSent.AsSpan(processors.Count).CopyTo(_sent);
    }

    /// <summary>What was under way at a processor then; null: it was not there, or was counted anew since.</summary>
    public float? OwnOf(int p) => p < _own.Length && !double.IsNaN(_sent[p]) ? _own[p] : null;

    /// <summary>What was ever sent to a processor until then; null: as above.</summary>
    public double? SentTo(int p) => p < _sent.Length && !double.IsNaN(_sent[p]) ? _sent[p] : null;

    /// <summary>Processors belong to other workers now.</summary>
    /// <param name="processors">Their indices.</param>
    public void Forget(IReadOnlyList<int> processors)
    {
        foreach (int p in processors)
            if (p < _sent.Length) _sent[p] = double.NaN;
    }
}
