namespace StreamSched.Core.Scheduling;

/// <summary>The terminal answers that a scheduler gives itself.</summary>
public enum SchedulerAnswer : byte
{
    /// <summary>None yet.</summary>
    None,

    /// <summary>No placement, for the entry's reason.</summary>
    Rejected,

    /// <summary>A field of the request has a value that nobody can serve.</summary>
    Invalid,

    /// <summary>Nobody answered until the deadline and the grace were over.</summary>
    Expired,

    /// <summary>The brokers refuse its work item.</summary>
    TooLarge,
}
