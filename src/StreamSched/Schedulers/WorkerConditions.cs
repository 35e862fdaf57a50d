using StreamSched.Clocks;
using StreamSched.Core.Cluster;
using StreamSched.Core.Serving;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Schedulers;

/// <summary>Tells an operator of workers that fail, leave requests unanswered, or have another time, as a scheduler finds them.</summary>
/// <param name="view">What the scheduler knows.</param>
/// <param name="conditions">Where it is told.</param>
internal sealed class WorkerConditions(ClusterView view, Conditions conditions)
{
    private HashSet<(Kind Kind, string Subject)> _seen = [];
    private HashSet<(Kind Kind, string Subject)> _raised = [];

    private enum Kind
    {
        Fails,
        Silent,
        Clock,
    }

    /// <summary>Compares what holds with what was told. To be called every second: what is over by the next call is not told.</summary>
    public void Update()
    {
        HashSet<(Kind Kind, string Subject)> seen = [];
        foreach (FailingPlacement failing in view.Failing())
            seen.Add(failing.WorkerIsSilent ? (Kind.Silent, failing.Worker) : (Kind.Fails, $"{failing.Worker}/{failing.Variant}"));

        // The answers of an idle worker do not come, and its telemetry only tells that it is ahead.
        foreach (WorkerState worker in view.Workers.Values)
            if (worker.Liveness == Liveness.Fresh && ClockConditions.IsNotable(worker.ClockAhead)) seen.Add((Kind.Clock, worker.Description.Id));
        if (seen.Count == 0 && _seen.Count == 0 && _raised.Count == 0) return;
        HashSet<(Kind Kind, string Subject)> raised = [.. seen.Where(s => _seen.Contains(s) || _raised.Contains(s))];
        foreach ((Kind kind, string subject) in _raised.Except(raised)) conditions.Clear(CodeOf(kind), Subject(kind, subject));
        foreach ((Kind kind, string subject) in raised) Raise(kind, subject);
        (_seen, _raised) = (seen, raised);
    }

    private static string CodeOf(Kind kind) => kind switch { Kind.Fails => "worker-fails", Kind.Silent => "worker-silent", _ => "clock-offset" };

    // The scheduler's own clock is a condition of the same code.
    private static string Subject(Kind kind, string subject) => kind == Kind.Clock ? "worker " + subject : subject;

    private void Raise(Kind kind, string subject)
    {
        switch (kind)
        {
            case Kind.Silent:
                conditions.Raise(
                    "worker-silent", subject,
                    $"worker {subject} sends telemetry and does not answer: requests go elsewhere while they can; see its log, and end it if it stays so");
                break;
            case Kind.Fails:
                conditions.Raise(
                    "worker-fails", subject, $"{subject} (worker/variant) answers with failures: requests go elsewhere while they can; see the worker's log, "
                        + "and replace the model or end the worker");
                break;
            case Kind.Clock when view.Workers.TryGetValue(subject, out WorkerState? worker):
                conditions.Raise(
                    "clock-offset", Subject(kind, subject),
                    $"the clock of worker {subject} is {ClockConditions.Text(worker.ClockAhead)} this scheduler's: it is allowed for; keep both by NTP");
                break;
        }
    }
}
