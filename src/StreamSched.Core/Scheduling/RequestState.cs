namespace StreamSched.Core.Scheduling;

/// <summary>Where a request stands that has no terminal answer yet.</summary>
public enum RequestState : byte
{
    /// <summary>The row is free.</summary>
    Free,

    /// <summary>Taken in, not decided on yet.</summary>
    Tracked,

    /// <summary>No worker of its task gets work now. Ends with a worker, or is rejected once even the quickest placement would be too slow.</summary>
    AwaitingWorker,

    /// <summary>Sent to a worker. Expires when nobody has answered until its deadline and the grace are over.</summary>
    Dispatched,

    /// <summary>Too late to be sent: expires after the grace, since an answer to an earlier attempt may be on its way.</summary>
    AwaitingExpiry,

    /// <summary>Its work item was not stored. It is decided on anew after a pause.</summary>
    AwaitingRetry,

    /// <summary>The scheduler gave a terminal answer, which has to come back from the log. It is written again if it does not.</summary>
    Answered,
}
