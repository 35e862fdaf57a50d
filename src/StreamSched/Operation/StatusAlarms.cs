using StreamSched.Kafka;

namespace StreamSched.Operation;

/// <summary>What in a status needs an operator.</summary>
internal static class StatusAlarms
{
    /// <summary>Finds it.</summary>
    /// <returns>A sentence each.</returns>
    public static IReadOnlyList<string> Find(
        IReadOnlyList<WorkerSummary> workers, IReadOnlyList<SchedulerSummary> schedulers, IReadOnlyList<PartitionLag> lag, TopicReport topics)
    {
        List<string> alarms = [];
        if (!topics.IsUsable) alarms.Add("topics are not what their contracts say: streamsched topics check");
        if (!schedulers.Any(s => s.IsLive))
            alarms.Add($"no scheduler is running{(lag.Sum(l => l.Lag) is > 0 and long waiting ? $" while {waiting} records wait" : "")}: streamsched scheduler");
        if (!workers.Any(w => w.Condition == WorkerCondition.Ready)) alarms.Add("no worker takes work: streamsched worker --id …");
        foreach (WorkerSummary worker in workers.Where(w => w.Condition == WorkerCondition.Dead))
            alarms.Add($"worker {worker.Id} is registered and gives no sign of life: start it again, or streamsched worker forget {worker.Id}");
        foreach (SchedulerSummary scheduler in schedulers.Where(s => s.IsLive))
            alarms.AddRange(scheduler.Conditions.Select(c => $"scheduler {scheduler.Id}: {c.Text}"));
        foreach (WorkerSummary worker in workers.Where(w => w.Condition != WorkerCondition.Dead))
            alarms.AddRange(worker.Conditions.Select(c => $"worker {worker.Id}: {c.Text}"));
        return alarms;
    }
}
