using StreamSched.Avro;

namespace StreamSched.Clocks;

/// <summary>
/// Instants of one process, in µs since 1970. The machine's clock is asked once; from then on what has elapsed counts, so a clock that is set while the process
/// runs neither expires requests nor stops time.
/// </summary>
/// <param name="time">Clock.</param>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private long _base = time.GetUtcNow().ToUnixTimeMicroseconds();

    /// <summary>Now. µs since 1970.</summary>
    public long Now => _base + Elapsed;

    /// <summary>By how much the machine's clock is ahead of this one, µs.</summary>
    public long MachineAhead => time.GetUtcNow().ToUnixTimeMicroseconds() - Now;

    private long Elapsed => (long)time.GetElapsedTime(_began).TotalMicroseconds;

    /// <summary>Corrects it, once it is known to be wrong and before anybody relies on it.</summary>
    /// <param name="micros">How much later it is in truth.</param>
    public void Correct(long micros) => _base += micros;
}
