namespace StreamSched.Analysis.Replays;

/// <summary>Who took the decisions of a log.</summary>
internal sealed class Loggers
{
    private readonly Dictionary<RecordedPolicy, long> _known = [];
    private long _unknown;

    /// <summary>Who took most of them; null: nobody knows that policy.</summary>
    public RecordedPolicy? Most => _known.Count > 0 && _known.MaxBy(l => l.Value) is var most && most.Value >= _unknown ? most.Key : null;

    /// <summary>Counts a decision.</summary>
    /// <param name="by">Who took it; null: nobody knows.</param>
    public void Count(RecordedPolicy? by)
    {
        if (by is null) _unknown++;
        else _known[by] = _known.GetValueOrDefault(by) + 1;
    }
}
