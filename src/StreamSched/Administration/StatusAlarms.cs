using StreamSched.Avro.Records;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Consuming;

namespace StreamSched.Administration;

/// <summary>What in a status needs an operator.</summary>
internal static class StatusAlarms
{
    // Anybody who may write to workers may write thousands of them.
    private const int MostNamed = 20;

    /// <summary>Finds it.</summary>
    /// <param name="workers">The registered workers.</param>
    /// <param name="unregistered">What those say who send telemetry and are not registered, by id.</param>
    /// <param name="unusable">What schedulers ignore in <c>workers</c>, and why, by key.</param>
    /// <param name="schedulers">The schedulers that reported lately.</param>
    /// <param name="lag">Of their group.</param>
    /// <param name="topics">What was found of the topics.</param>
    /// <returns>A sentence each.</returns>
    public static IReadOnlyList<string> Find(
        IReadOnlyList<WorkerSummary> workers, IReadOnlyDictionary<string, IReadOnlyList<TelemetryCondition>> unregistered,
        IReadOnlyDictionary<string, string> unusable, IReadOnlyList<SchedulerSummary> schedulers, IReadOnlyList<PartitionLag> lag, TopicReport topics)
    {
        List<string> alarms = [];
        if (!topics.IsUsable) alarms.Add("topics are not what their contracts say: streamsched topics check");
        if (!schedulers.Any(s => s.IsLive))
            alarms.Add(
                $"no scheduler is running{(lag.Sum(l => l.Lag) is > 0 and long waiting ? $" while {waiting} records wait" : "")}: streamsched scheduler");
        if (!workers.Any(w => w.Condition == WorkerCondition.Ready)) alarms.Add("no worker takes work: streamsched worker --id …");
        WorkerSummary[] dead = [.. workers.Where(w => w.Condition == WorkerCondition.Dead && !unregistered.ContainsKey(w.Id))];
        foreach (WorkerSummary worker in dead.Take(MostNamed))
            alarms.Add($"worker {worker.Id} is registered and gives no sign of life: start it again, or streamsched worker forget {worker.Id}");
        if (dead.Length > MostNamed) alarms.Add($"{dead.Length - MostNamed} more workers are registered and give no sign of life: streamsched worker list");
        foreach ((string id, string problem) in unusable.OrderBy(u => u.Key, StringComparer.Ordinal).Take(MostNamed))
            alarms.Add($"schedulers ignore the registration of '{id}': {problem}; streamsched worker forget '{id}' takes it away");
        if (unusable.Count > MostNamed) alarms.Add($"schedulers ignore {unusable.Count - MostNamed} more registrations");
        foreach (SchedulerSummary scheduler in schedulers.Where(s => s.IsLive))
            alarms.AddRange(scheduler.Conditions.Select(c => $"scheduler {scheduler.Id}: {c.Text}"));
        foreach (WorkerSummary worker in workers.Where(w => w.Condition != WorkerCondition.Dead))
            alarms.AddRange(worker.Conditions.Select(c => $"worker {worker.Id}: {c.Text}"));
        foreach ((string id, IReadOnlyList<TelemetryCondition> conditions) in unregistered.OrderBy(u => u.Key, StringComparer.Ordinal).Take(MostNamed))
            alarms.AddRange(conditions.Select(c => $"worker {id}: {c.Text}"));
        return alarms;
    }
}
