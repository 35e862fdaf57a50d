namespace StreamSched.Core.Requests;

/// <summary>Why a request was refused, or why a candidate was ruled out. The numbers stand in decision records.</summary>
public enum RejectReason : byte
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>No live worker with fresh telemetry holds a variant of the task.</summary>
    NoWorker = 1,

    /// <summary>No variant is accurate enough.</summary>
    Accuracy = 2,

    /// <summary>The variant does not fit into the processor's memory.</summary>
    Memory = 3,

    /// <summary>No placement is predicted to finish before the deadline.</summary>
    Deadline = 4,

    /// <summary>Placements were feasible, but none was worth its price.</summary>
    NotWorth = 5,

    /// <summary>Every placement in time is loaded to its capacity; by ASET's feasibility only.</summary>
    Capacity = 6,

    /// <summary>Its answers are failures, or do not come; while another placement is feasible it gets probes only.</summary>
    Failing = 7,
}
