namespace StreamSched.Core.Scheduling;

/// <summary>Why a work item was not stored.</summary>
public enum DispatchLoss
{
    /// <summary>No broker took it in time.</summary>
    NotStored,

    /// <summary>The worker's topic is gone: it counts as a worker that does not answer.</summary>
    NoTopic,

    /// <summary>The brokers refuse it, as too large.</summary>
    Refused,
}
