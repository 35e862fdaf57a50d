namespace StreamSched.Analysis.Estimation;

/// <summary>Rows of <see cref="OutcomeFeatures"/>, as many as come.</summary>
internal sealed class GrowingRows
{
    private const int PerBlock = 4096;
    private readonly List<float[]> _blocks = [];

    /// <summary>How many rows.</summary>
    public int Count { get; private set; }

    /// <summary>A row.</summary>
    /// <param name="row">Its index.</param>
    public ReadOnlySpan<float> this[int row] => _blocks[row / PerBlock].AsSpan(row % PerBlock * OutcomeFeatures.Count, OutcomeFeatures.Count);

    /// <summary>Adds a row.</summary>
    /// <param name="row">[<see cref="OutcomeFeatures.Count"/>].</param>
    public void Add(ReadOnlySpan<float> row)
    {
        if (Count % PerBlock == 0) _blocks.Add(new float[PerBlock * OutcomeFeatures.Count]);
        row.CopyTo(_blocks[^1].AsSpan(Count++ % PerBlock * OutcomeFeatures.Count));
    }
}
