using StreamSched.Core.OnlineLearning;

namespace StreamSched.Learning.Reinforcement;

/// <summary>Returns of a training's episodes: how many there were, and the mean of the last hundred.</summary>
public sealed class EpisodeLog
{
    private readonly double[] _last = new double[100];

    /// <summary>Episodes that ended.</summary>
    public long Count { get; private set; }

    /// <summary>Mean return of the last hundred, or of as many as there were; NaN before the first.</summary>
    public double RecentMean
    {
        get
        {
            int count = (int)Math.Min(Count, _last.Length);
            return count == 0 ? double.NaN : _last.AsSpan(0, count).ToArray().Average();
        }
    }

    internal void Add(double value) => _last[Count++ % _last.Length] = value;

    internal void Save(Checkpoint checkpoint, string key)
    {
        checkpoint.Set(key + ".last", _last);
        checkpoint.Set(key + ".count", (ulong)Count);
    }

    internal void Load(Checkpoint checkpoint, string key)
    {
        checkpoint.Get(key + ".last", _last.AsSpan());
        Count = (long)checkpoint.GetUInt64(key + ".count");
    }
}
