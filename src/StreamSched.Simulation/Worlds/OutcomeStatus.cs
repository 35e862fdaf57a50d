namespace StreamSched.Simulation.Worlds;

/// <summary>How a request ended.</summary>
public enum OutcomeStatus
{
    /// <summary>The device held an answer in time.</summary>
    Success,

    /// <summary>It was refused at once.</summary>
    Rejected,

    /// <summary>An answer came after the deadline.</summary>
    Late,

    /// <summary>Its worker, or its scheduler, found that it could not be answered in time any more.</summary>
    Expired,
}
