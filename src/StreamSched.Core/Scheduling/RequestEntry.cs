using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Scheduling;

/// <summary>One row of a scheduler's table of requests: what was asked, where the request stands, and, while it is at a worker, what was predicted for
/// it.</summary>
public struct RequestEntry
{
    /// <summary>Makes the entry of a request that was not decided on yet.</summary>
    /// <param name="handle">Names the request while it is open.</param>
    /// <param name="request">The request.</param>
    public RequestEntry(int handle, in Request request) => (Handle, Request) = (handle, request);

    /// <summary>Names the request while it is open: its row.</summary>
    public int Handle { get; internal set; }

    /// <summary>The request.</summary>
    public Request Request { get; internal set; }

    /// <summary>Where it stands.</summary>
    public RequestState State { get; internal set; }

    /// <summary>Its partition of requests.</summary>
    public int Partition { get; internal set; }

    /// <summary>How often it was decided on, decisions that let it wait not counted.</summary>
    public int Attempt { get; internal set; }

    /// <summary>The scheduler's answer, if it gave one.</summary>
    public SchedulerAnswer Answer { get; internal set; }

    /// <summary>Why it was rejected.</summary>
    public RejectReason Reason { get; internal set; }

    /// <summary>Whether the scheduler's answer did not come back from the log in time.</summary>
    public bool IsOverdue { get; internal set; }

    /// <summary>Whether it is at a worker; what follows is valid only then.</summary>
    public readonly bool IsInFlight => Worker is not null;

    /// <summary>The worker that it was sent to, as it was then.</summary>
    public WorkerState? Worker { get; internal set; }

    /// <summary>Where it was sent, valid while <see cref="Generation"/> is the placement's.</summary>
    public int Placement { get; internal set; }

    /// <summary>The placement's generation when it was sent.</summary>
    public int Generation { get; internal set; }

    /// <summary>Predicted processor time, in seconds.</summary>
    public float ProcessorTime { get; internal set; }

    /// <summary>Of that, what it takes of the processor's capacity, in seconds.</summary>
    public float Capacity { get; internal set; }

    /// <summary>Predicted network delay to the worker, in seconds.</summary>
    public float NetworkOut { get; internal set; }

    /// <summary>Predicted network delay back to the device, in seconds.</summary>
    public float NetworkBack { get; internal set; }

    /// <summary>Predicted slack, in seconds.</summary>
    public float Slack { get; internal set; }

    /// <summary>σ that was assumed for it, in seconds.</summary>
    public float Deviation { get; internal set; }

    /// <summary>Logit of the rule's on-time probability; no number: no network had another one.</summary>
    internal float RuleLogit { get; set; }

    /// <summary>What a network adds to it, whether or not it decided.</summary>
    internal float Correction { get; set; }

    /// <summary>Whether the policy beside the one in force decided.</summary>
    internal bool IsOthers { get; set; }

    /// <summary>When it was sent. µs since 1970.</summary>
    public long SentAt { get; internal set; }

    /// <summary>The band of time that it is due in, as the view counts it.</summary>
    internal int Band { get; set; }

    /// <summary>The policy that is told of the outcome, whichever is in force then; null: none.</summary>
    internal ILearningPolicy? Learner { get; set; }

    /// <summary>What it is told beside: the variant's accuracy, the processor's power and tariff, and what the network costs.</summary>
    internal LearnerContext Context { get; set; }
}
