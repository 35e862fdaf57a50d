using System.Runtime.ExceptionServices;

namespace StreamSched.Kafka.Diagnostics;

/// <summary>
/// Where a client's calls into this program end. An exception that leaves a call-back vanishes in the client, or leaves it waiting for an answer that never
/// comes: a consumer whose assignment was not taken spins for ever when it is ended. So whatever is thrown inside one is kept here, and the thread that polls
/// throws it.
/// </summary>
internal sealed class CallbackBoundary
{
    private ExceptionDispatchInfo? _first;

    /// <summary>What was thrown first; null: nothing.</summary>
    internal Exception? Failure => Volatile.Read(ref _first)?.SourceException;

    /// <summary>Keeps what was thrown inside a call-back. From any thread.</summary>
    internal void Keep(Exception exception) => Interlocked.CompareExchange(ref _first, ExceptionDispatchInfo.Capture(exception), null);

    /// <summary>Runs a call-back that is called rarely; whatever it throws is kept.</summary>
    internal void Run(Action callback)
    {
        try
        {
            callback();
        }
        catch (Exception exception)
        {
            Keep(exception);
        }
    }

    /// <summary>Throws what is kept, on the caller's thread.</summary>
    internal void ThrowIfFailed() => Volatile.Read(ref _first)?.Throw();
}
