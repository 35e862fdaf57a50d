using StreamSched.Core.Cluster;

namespace StreamSched.Kafka.Dispatching;

/// <summary>Tells an operator of workers that fail or leave requests unanswered, as a scheduler finds them.</summary>
/// <param name="view">What the scheduler knows.</param>
/// <param name="conditions">Where it is told.</param>
internal sealed class WorkerConditions(ClusterView view, Conditions conditions)
{
    private const string Fails = "worker-fails", Silent = "worker-silent";
    private HashSet<(string Code, string Subject)> _seen = [];
    private HashSet<(string Code, string Subject)> _raised = [];

    /// <summary>Compares what holds with what was told. To be called every second: what is over by the next call is not told.</summary>
    public void Update()
    {
        if (_seen.Count == 0 && _raised.Count == 0 && !view.Failing().Any()) return;
        HashSet<(string Code, string Subject)> seen = [];
        foreach (FailingPlacement failing in view.Failing())
            seen.Add(failing.WorkerIsSilent ? (Silent, failing.Worker) : (Fails, $"{failing.Worker}/{failing.Variant}"));
        HashSet<(string Code, string Subject)> raised = [.. seen.Where(s => _seen.Contains(s) || _raised.Contains(s))];
        foreach ((string code, string subject) in _raised.Except(raised)) conditions.Clear(code, subject);
        foreach ((string code, string subject) in raised.Except(_raised)) Raise(code, subject);
        (_seen, _raised) = (seen, raised);
    }

    private void Raise(string code, string subject)
    {
        if (code == Silent)
        {
            conditions.Raise(
                "worker-silent", subject,
                $"worker {subject} sends telemetry and does not answer: requests go elsewhere while they can; see its log, and end it if it stays so");
            return;
        }

        conditions.Raise(
            "worker-fails", subject, $"{subject} (worker/variant) answers with failures: requests go elsewhere while they can; see the worker's log, and replace the model or end the worker");
    }
}
