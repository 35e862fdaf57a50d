using System.Text;
using StreamSched.Avro.Records;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Schedulers;

/// <summary>How requests are taken in and brought to their answers.</summary>
internal sealed record DispatchSettings
{
    /// <summary>This scheduler's name in records.</summary>
    public required string SchedulerId { get; init; }

    /// <summary>Deadline of a request that brings none, where its task has no entry in <see cref="TaskDeadlines"/>.</summary>
    public TimeSpan DefaultDeadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Default deadlines by task.</summary>
    public IReadOnlyDictionary<string, TimeSpan> TaskDeadlines { get; init; } = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);

    /// <summary>Quality floors (minimum accuracy in 0..1) by user, for requests that bring none.</summary>
    public IReadOnlyDictionary<string, float> UserFloors { get; init; } = new Dictionary<string, float>(StringComparer.Ordinal);

    /// <summary>
    /// Times and bounds of a request's life. Requests that wait for a worker are held in memory and count against
    /// <see cref="SchedulerRoleSettings.MaxInFlight"/>, of which they take a quarter at most.
    /// </summary>
    public LifecycleSettings Lifecycle { get; init; } = new();

    /// <summary>The longest deadline that is accepted.</summary>
    public TimeSpan MaxDeadline { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The largest payload that is accepted, in bytes.</summary>
    public int MaxPayloadBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>From which instant deadlines count.</summary>
    public RequestClock Clock { get; init; } = new();

    /// <summary>For how long at least the id of an answered request is remembered.</summary>
    public TimeSpan Deduplication { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// At most this many ids of answered requests are remembered per <see cref="Deduplication"/>; beyond, a repeated id may be computed twice (and answered
    /// once).
    /// </summary>
    public int DeduplicationEntries { get; init; } = 1_000_000;

    /// <summary>Share of the decisions that is recorded in full, 0..1.</summary>
    public double FullRecordShare { get; init; } = 0.01;

    /// <summary>Whether decision records are written at all.</summary>
    public bool WriteDecisions { get; init; } = true;

    /// <summary>The deadline of a request, from its start on.</summary>
    /// <param name="view">The request.</param>
    public TimeSpan DeadlineOf(in InferenceRequestView view)
    {
        if (view.DeadlineMicros is > 0 and { } micros && micros <= MaxDeadline.TotalMicroseconds) return TimeSpan.FromMicroseconds(micros);
        if (TaskDeadlines.Count == 0) return DefaultDeadline;
        return TaskDeadlines.TryGetValue(Encoding.UTF8.GetString(view.Task), out TimeSpan deadline) ? deadline : DefaultDeadline;
    }

    /// <summary>The least accuracy that a request asks for, or its user; 0: none.</summary>
    /// <param name="view">The request.</param>
    public float FloorOf(in InferenceRequestView view) => view.MinAccuracy
        ?? (UserFloors.Count > 0 && view.HasUser ? UserFloors.GetValueOrDefault(Encoding.UTF8.GetString(view.User)) : 0);
}
