namespace StreamSched.Core.Cluster;

/// <summary>What another scheduler reported last.</summary>
internal sealed class PeerLoad
{
    private readonly ColumnSet _set = new();
    private int _membership = -1;

    /// <summary>Begins with nothing heard.</summary>
    /// <param name="incarnation">The scheduler's incarnation.</param>
    /// <param name="length">Columns have room for so many processors.</param>
    public PeerLoad(long incarnation, int length)
    {
        Incarnation = incarnation;
        (Sent, OwnSentAt, Net, OwnAt) = (_set.Add<double>(), _set.Add<double>(), _set.Add<float>(), _set.Add<float>());
        Grow(length);
    }

    /// <summary>The scheduler's incarnation.</summary>
    public long Incarnation { get; }

    /// <summary>Number of its last report.</summary>
    public long Sequence { get; set; } = -1;

    /// <summary>When it was heard last, µs.</summary>
    public long HeardAt { get; set; }

    /// <summary>Its partition share.</summary>
    public float PartitionShare { get; set; }

    /// <summary>Whether its last report is recent enough to count.</summary>
    public bool Fresh { get; set; }

    /// <summary>By processor: all that it ever sent, in seconds of capacity, and of that what is under way; our own at that instant.</summary>
    public Column<double> Sent { get; }

    /// <inheritdoc cref="Sent"/>
    public Column<double> OwnSentAt { get; }

    /// <inheritdoc cref="Sent"/>
    public Column<float> Net { get; }

    /// <inheritdoc cref="Sent"/>
    public Column<float> OwnAt { get; }

    /// <summary>Where the rows of the last report belong, as long as no worker comes or goes.</summary>
    public (string Worker, string Processor, long Incarnation, int Index)[] Rows { get; private set; } = [];

    /// <summary>A report begins.</summary>
    /// <param name="rows">How many rows it has.</param>
    /// <param name="membership">The view's membership version: where rows belong changes with it.</param>
    public void Start(int rows, int membership)
    {
        if (membership != _membership) Array.Clear(Rows);
        _membership = membership;
        if (Rows.Length < rows) Rows = new (string, string, long, int)[rows];
    }

    /// <summary>Processors belong to other workers now.</summary>
    /// <param name="processors">Their indices.</param>
    public void Forget(IReadOnlyList<int> processors)
    {
        foreach (int p in processors)
        {
            _set.Reset(p);
            Sent[p] = double.NaN; // no difference can be taken to it
        }
    }

    /// <summary>Makes room.</summary>
    /// <param name="length">For so many processors.</param>
    public void Grow(int length) => _set.Reserve(length - 1);
}
