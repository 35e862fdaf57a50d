namespace StreamSched.Core.Serving;

/// <summary>The least of the delays that were seen lately: the network delay at its best, plus what the clocks at its ends differ by. A value; 0 bytes of
/// garbage.</summary>
public struct LeastDelay
{
    // A value is forgotten after one to two of these: clocks drift, and links change.
    private const long HalfMicros = 30_000_000;
    private long _began;
    private long _current;
    private long _former;
    private int _halves;

    /// <summary>The least delay, µs; null: none was seen.</summary>
    public readonly long? Micros => _halves == 0 ? null : _halves == 1 ? _current : Math.Min(_current, _former);

    /// <summary>Takes a delay.</summary>
    /// <param name="micros">µs, below zero where clocks differ.</param>
    /// <param name="now">µs.</param>
    public void Add(long micros, long now)
    {
        if (_halves == 0 || now - _began >= HalfMicros)
        {
            (_former, _halves) = (_current, _halves == 0 || now - _began >= 2 * HalfMicros ? 1 : 2);
            (_began, _current) = (now, micros);
            return;
        }

        _current = Math.Min(_current, micros);
    }
}
