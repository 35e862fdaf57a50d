namespace StreamSched.Onnx.Processors;

/// <summary>
/// Waits until an instant to within some µs. The system's timers serve in whole milliseconds and wake about a tenth of one late, so they take the wait as
/// far as whole milliseconds go, and a spin that yields to whoever wants the core takes the rest: half a millisecond per wait in the mean.
/// </summary>
internal sealed class PreciseDelay
{
    private static readonly TimeSpan Margin = TimeSpan.FromMicroseconds(250);

    private readonly TimeProvider _time;
    private readonly Action<int> _sleep;

    public PreciseDelay(TimeProvider time, CancellationToken cancellation)
        : this(time, milliseconds => cancellation.WaitHandle.WaitOne(milliseconds), cancellation)
    {
    }

    internal PreciseDelay(TimeProvider time, Action<int> sleep, CancellationToken cancellation)
    {
        _time = time;
        _sleep = sleep;
        Cancellation = cancellation;
    }

    private CancellationToken Cancellation { get; }

    /// <summary>Waits until a timestamp of the clock, or until cancelled.</summary>
    public void Until(long timestamp)
    {
        while (!Cancellation.IsCancellationRequested)
        {
            var left = _time.GetElapsedTime(_time.GetTimestamp(), timestamp);
            if (left <= TimeSpan.Zero)
                return;
            if ((left - Margin).TotalMilliseconds is >= 1 and var milliseconds)
                _sleep((int)Math.Min(milliseconds, int.MaxValue));
            else if (!Thread.Yield())
                Thread.SpinWait(20);
        }
    }
}
