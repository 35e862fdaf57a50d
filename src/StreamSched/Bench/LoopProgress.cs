namespace StreamSched.Bench;

/// <summary>What a loop under test tells the feeder and the stopwatch: written by its thread after every round, read by others.</summary>
/// <param name="partitions">Partitions of requests.</param>
internal sealed class LoopProgress(int partitions)
{
    private readonly long[] _taken = new long[partitions];
    private long _answered;
    private long _allocated;
    private volatile bool _ready;

    /// <summary>Partitions of requests.</summary>
    public int Partitions => _taken.Length;

    /// <summary>Whether the loop holds its partitions.</summary>
    public bool IsReady
    {
        get => _ready;
        set => _ready = value;
    }

    /// <summary>Results read back.</summary>
    public long Answered
    {
        get => Volatile.Read(ref _answered);
        set => Volatile.Write(ref _answered, value);
    }

    /// <summary>Bytes that the loop's thread has allocated.</summary>
    public long Allocated
    {
        get => Volatile.Read(ref _allocated);
        set => Volatile.Write(ref _allocated, value);
    }

    /// <summary>Requests taken and sent on, of all partitions.</summary>
    public long Taken
    {
        get
        {
            long sum = 0;
            for (int p = 0; p < _taken.Length; p++) sum += TakenOf(p);
            return sum;
        }
    }

    /// <summary>Requests of a partition taken and sent on.</summary>
    public long TakenOf(int partition) => Volatile.Read(ref _taken[partition]);

    /// <summary>Says how many requests of a partition were taken and sent on.</summary>
    public void SetTaken(int partition, long count) => Volatile.Write(ref _taken[partition], count);
}
