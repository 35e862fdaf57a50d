namespace StreamSched.Rebuilds;

/// <summary>Which topic a record is of, in the order in which records of one instant are taken.</summary>
internal enum LogEventKind
{
    /// <summary>Of <c>workers</c>.</summary>
    Registration,

    /// <summary>Of <c>telemetry</c>.</summary>
    Telemetry,

    /// <summary>Of <c>load</c>, when its writer made it.</summary>
    Report,

    /// <summary>Of <c>load</c>, when the other schedulers had it.</summary>
    Load,

    /// <summary>Of <c>requests</c>.</summary>
    Request,

    /// <summary>Of <c>results</c>.</summary>
    Result,

    /// <summary>Of <c>decisions</c>.</summary>
    Decision,
}
