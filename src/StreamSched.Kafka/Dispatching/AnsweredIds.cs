using StreamSched.Core.Requests;

namespace StreamSched.Kafka.Dispatching;

/// <summary>
/// Remembers which requests were answered lately, in two generations that take turns: each id is known for at least one period, unless a period sees more of
/// them than the bound.
/// </summary>
internal sealed class AnsweredIds(TimeSpan period, int bound)
{
    private readonly long _period = (long)period.TotalMicroseconds;
    private HashSet<RequestKey> _current = [];
    private HashSet<RequestKey> _previous = [];
    private long _turnAt;

    public int Count => _current.Count + _previous.Count;

    public bool Contains(in RequestKey key) => _current.Contains(key) || _previous.Contains(key);

    /// <returns>False if it was known already.</returns>
    public bool Add(in RequestKey key, long now)
    {
        if (now >= _turnAt || _current.Count >= bound)
        {
            _turnAt = now + _period;
            (_current, _previous) = (_previous, _current);
            _current.Clear();
        }

        return !_previous.Contains(key) && _current.Add(key);
    }
}
