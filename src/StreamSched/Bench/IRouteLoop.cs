namespace StreamSched.Bench;

/// <summary>A loop under test: reads requests and results, writes work and decisions. Disposing ends it and waits until it has left its
/// group.</summary>
internal interface IRouteLoop : IDisposable
{
    /// <summary>What it has done so far.</summary>
    LoopProgress Progress { get; }

    /// <summary>What ended it too early.</summary>
    Exception? Failure { get; }
}
