using System.Text.RegularExpressions;

namespace StreamSched.Kafka.Topics;

/// <summary>
/// The topics and what holds for each. <c>schemas/README.md</c> says the same to clients in other languages; a test compares the two.
/// Names are without the prefix of the installation, which <see cref="TopicNames"/> adds.
/// </summary>
internal static partial class TopicCatalogue
{
    /// <summary>
    /// What devices ask. Key: device id. Value: InferenceRequest. Partitions: the client's choice. Cleanup: delete, 6 hours.
    /// Written by: devices, schedulers. Read by: the scheduler group.
    /// </summary>
    public const string Requests = "requests";

    /// <summary>
    /// What a worker shall do; <see cref="Work"/> names the topic of one worker. Key: request id. Value: WorkItem. Partitions: the only one.
    /// Cleanup: delete, 10 minutes. Written by: schedulers. Read by: that worker.
    /// </summary>
    public const string WorkFamily = "work.<worker id>";

    /// <summary>
    /// Answers. Key: device id. Value: InferenceResult. Partitions: the request's. Cleanup: delete, 3 days.
    /// Written by: workers, schedulers. Read by: devices, schedulers, learner, analyst.
    /// </summary>
    public const string Results = "results";

    /// <summary>
    /// What workers are doing, stamped by the broker. Key: worker id. Value: WorkerTelemetry. Partitions: the only one. Cleanup: delete, 6 hours.
    /// Written by: workers. Read by: schedulers, learner, dashboard.
    /// </summary>
    public const string Telemetry = "telemetry";

    /// <summary>
    /// What workers can do. Key: worker id. Value: WorkerRegistration. Partitions: the only one. Cleanup: compact.
    /// Written by: workers. Read by: schedulers.
    /// </summary>
    public const string Workers = "workers";

    /// <summary>
    /// What was decided and why. Key: request id. Value: SchedulingDecision. Partitions: the request's. Cleanup: delete, 3 days.
    /// Written by: schedulers. Read by: learner, analyst.
    /// </summary>
    public const string Decisions = "decisions";

    /// <summary>
    /// Work sent and finished, in sums, stamped by the broker. Key: scheduler id. Value: SchedulerLoad. Partitions: the only one. Cleanup: delete, 10 minutes.
    /// Written by: schedulers. Read by: other schedulers.
    /// </summary>
    public const string Load = "load";

    /// <summary>
    /// Decisions joined with what came of them. Key: request id. Value: Experience. Partitions: the request's. Cleanup: delete, 28 days.
    /// Written by: learner. Read by: learner, analyst.
    /// </summary>
    public const string Experience = "experience";

    /// <summary>
    /// Versions of policies, for good, and the steps that say which of them serves (keys active, rollout, step/N), and what labels have shown. Key:
    /// name/version, a step, or accuracy. Value: PolicySnapshot, RolloutStep, AccuracyEstimates. Partitions: the only one. Cleanup: compact.
    /// Written by: learner, analyst. Read by: schedulers.
    /// </summary>
    public const string Policies = "policies";

    /// <summary>
    /// What users say about answers. Key: request id. Value: Feedback. Partitions: the request's. Cleanup: delete, 7 days.
    /// Written by: users. Read by: learner.
    /// </summary>
    public const string Feedback = "feedback";

    /// <summary>
    /// What could not be read, with the reason in headers. Key: as received. Value: the bytes as received. Partitions: the only one.
    /// Cleanup: delete, 7 days. Written by: all. Read by: operator.
    /// </summary>
    public const string DeadLetters = "dead-letters";

    private const string RequestsPartition = "the request's";
    private const string OnlyPartition = "the only one";

    // Room for what is wrapped around a request: the fields of a work item, the headers of a dead letter.
    private const int EnvelopeBytes = 64 * 1024;
    private const int RequestBytes = 1024 * 1024;

    /// <summary>Every topic, in the order in which the documentation lists them.</summary>
    public static IReadOnlyList<TopicContract> All { get; } =
    [
        Many(Requests, "device id", "InferenceRequest", TimeSpan.FromHours(6), "devices, schedulers", "the scheduler group") with
        {
            Partitioning = "the client's choice",
        },
        One(WorkFamily, "request id", "WorkItem", TimeSpan.FromMinutes(10), "schedulers", "that worker") with
        {
            MaxRecordBytes = RequestBytes + EnvelopeBytes,
            BytesAroundRequest = EnvelopeBytes,
        },
        Many(Results, "device id", "InferenceResult", TimeSpan.FromDays(3), "workers, schedulers", "devices, schedulers, learner, analyst"),
        One(Telemetry, "worker id", "WorkerTelemetry", TimeSpan.FromHours(6), "workers", "schedulers, learner, dashboard") with { IsStampedByBroker = true },
        One(Workers, "worker id", "WorkerRegistration", null, "workers", "schedulers"),
        Many(Decisions, "request id", "SchedulingDecision", TimeSpan.FromDays(3), "schedulers", "learner, analyst"),
        One(Load, "scheduler id", "SchedulerLoad", TimeSpan.FromMinutes(10), "schedulers", "other schedulers") with { IsStampedByBroker = true },
        Many(Experience, "request id", "Experience", TimeSpan.FromDays(28), "learner", "learner, analyst"),
        One(Policies, "name/version, a step, or accuracy", "PolicySnapshot, RolloutStep, AccuracyEstimates", null, "learner, analyst", "schedulers") with
        {
            MaxRecordBytes = 8 * RequestBytes,
        },
        Many(Feedback, "request id", "Feedback", TimeSpan.FromDays(7), "users", "learner"),
        One(DeadLetters, "as received", null, TimeSpan.FromDays(7), "all", "operator") with
        {
            MaxRecordBytes = RequestBytes + (2 * EnvelopeBytes),
            BytesAroundRequest = 2 * EnvelopeBytes,
        },
    ];

    /// <summary>The contract of a topic, by its name without prefix; names of work topics give that of <see cref="WorkFamily"/>.</summary>
    /// <exception cref="KeyNotFoundException">There is no such topic.</exception>
    public static TopicContract Contract(string name)
    {
        var wanted = name.StartsWith("work.", StringComparison.Ordinal) ? WorkFamily : name;
        return All.FirstOrDefault(contract => contract.Name == wanted) ?? throw new KeyNotFoundException($"there is no topic {name}");
    }

    /// <summary>Name, without prefix, of the topic that carries a worker's work.</summary>
    /// <exception cref="ArgumentException">The id is not one.</exception>
    public static string Work(string workerId) => IsWorkerId(workerId)
        ? "work." + workerId
        : throw new ArgumentException($"'{workerId}' cannot be a worker id: 1 to 64 of a-z, 0-9 and - are allowed", nameof(workerId));

    /// <summary>Whether a text can be the id of a worker: <c>[a-z0-9-]{1,64}</c>.</summary>
    public static bool IsWorkerId(string? text) => text is not null && WorkerId().IsMatch(text);

    private static TopicContract Many(string name, string key, string schema, TimeSpan retention, string writtenBy, string readBy) => new()
    {
        Name = name,
        Key = key,
        Schema = schema,
        Partitions = PartitionCount.SameAsRequests,
        Partitioning = RequestsPartition,
        Cleanup = CleanupPolicy.Delete,
        Retention = retention,
        WrittenBy = writtenBy,
        ReadBy = readBy,
    };

    private static TopicContract One(string name, string key, string? schema, TimeSpan? retention, string writtenBy, string readBy) => new()
    {
        Name = name,
        Key = key,
        Schema = schema,
        Partitions = PartitionCount.One,
        Partitioning = OnlyPartition,
        Cleanup = retention is null ? CleanupPolicy.Compact : CleanupPolicy.Delete,
        Retention = retention,
        WrittenBy = writtenBy,
        ReadBy = readBy,
    };

    [GeneratedRegex(@"\A[a-z0-9-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex WorkerId();
}
