namespace StreamSched.Onnx.Execution;

/// <summary>
/// Waits until an instant to within some µs. The system's timers serve in whole milliseconds and wake up to a tenth of one late, so they take the wait up to
/// the last millisecond and a spin that yields takes the rest: at most 2 ms of one core per wait.
/// </summary>
internal sealed class PreciseDelay
{
    private static readonly TimeSpan Spin = TimeSpan.FromMilliseconds(2);

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
            if (left > Spin)
                _sleep((int)Math.Min((left - Spin / 2).TotalMilliseconds, int.MaxValue));
            else if (!Thread.Yield())
                Thread.SpinWait(20);
        }
    }
}
