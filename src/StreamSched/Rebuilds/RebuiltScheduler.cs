using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;
using StreamSched.Schedulers;

namespace StreamSched.Rebuilds;

/// <summary>A scheduler whose view is built anew from the topics: its own code, told what the topics say and made to do what they say it did.</summary>
internal sealed class RebuiltScheduler
{
    private readonly Scheduler _scheduler;
    private readonly RecordWriter _writer;
    private readonly Dictionary<(Guid Id, string Device), RequestEntry> _open = [];
    private readonly Dictionary<RecordedPolicy, ServingPolicy> _policies = [];
    private readonly Stack<int> _free = new();
    private readonly TextCache _names = new();
    private int _handles;
    private RecordedPolicy? _inForce;

    /// <summary>One that knows no worker yet.</summary>
    /// <param name="settings">As the real one had them.</param>
    /// <param name="time">A clock, which nothing depends on.</param>
    /// <param name="now">µs since 1970.</param>
    public RebuiltScheduler(SchedulerRoleSettings settings, TimeProvider time, long now)
    {
        // What was explored is in the log, nobody waits for the policy, and what fails once does not keep others from being asked.
        SchedulerSettings deciding = settings.Scheduler with { Exploration = 0, TimeBudget = TimeSpan.Zero, FailuresUntilFallback = int.MaxValue };
        _scheduler = new Scheduler(deciding, settings.Network(), time, now);
        _writer = new RecordWriter(settings.Dispatch, _scheduler);
    }

    /// <summary>Its view.</summary>
    public ClusterView View => _scheduler.View;

    /// <summary>Candidates and predictions of the last decision.</summary>
    public Candidates Candidates => _scheduler.Candidates;

    /// <summary>The candidate of the last decision that the log says was chosen; -1: none.</summary>
    public int Chosen { get; private set; }

    /// <summary>Decides, as the log says that it was decided.</summary>
    /// <param name="view">The record.</param>
    /// <param name="device">Its device.</param>
    /// <param name="terms">The request.</param>
    /// <param name="policy">What is asked.</param>
    /// <param name="now">When it was decided, µs since 1970.</param>
    /// <returns>With which probability the policy would have done the same; NaN: what the log says was chosen cannot be chosen here.</returns>
    public double Decide(in SchedulingDecisionView view, string device, RequestTerms terms, RecordedPolicy policy, long now)
    {
        End((view.Id, device), now);
        FollowingPolicy following = Serve(policy, view.PolicyVersion);
        following.Recorded = view.HasWorker ? PlacementOf(view) : -1;
        following.Agreement = null;
        RequestEntry entry = new(_free.TryPop(out int free) ? free : _handles++, terms.In(View, view.Deadline)) { Attempt = view.Attempt };
        Decision decision = _scheduler.Decide(ref entry, now);
        Chosen = decision.IsPlaced ? decision.Candidate : -1;
        if (decision.IsPlaced) _open[(view.Id, device)] = entry;
        else _free.Push(entry.Handle);
        if (view.HasWorker && !decision.IsPlaced) return double.NaN;
        return following.Agreement ?? 1; // there was nothing to choose from, here and there
    }

    /// <summary>Takes a result.</summary>
    /// <param name="view">The record.</param>
    /// <param name="device">Its device.</param>
    /// <param name="now">When it was read, µs since 1970.</param>
    public void Answer(in InferenceResultView view, string device, long now)
    {
        if (!_open.Remove((view.Id, device), out RequestEntry entry)) return;
        if (entry.Attempt == view.Attempt && entry.Worker!.Description.Incarnation == view.Incarnation)
            _scheduler.Answered(ref entry, WorkerAnswer.KindOf(view), WorkerAnswer.Measure(_scheduler, _writer, entry, view, now), now);
        else if (view.Status == ResultStatus.Expired && !view.HasWorker) _scheduler.Unanswered(ref entry, now);
        else _scheduler.WriteOff(ref entry, now);
        _free.Push(entry.Handle);
    }

    /// <summary>Does what it does when it tells the others what it sent.</summary>
    /// <param name="share">Its share of the partitions.</param>
    /// <param name="now">µs since 1970.</param>
    public void Reports(float share, long now)
    {
        View.SetPartitionShare(share);
        View.Advance(now);
        View.TakeSnapshot();
    }

    /// <summary>Writes a request off that is under way; nothing where it is not.</summary>
    /// <param name="key">The request.</param>
    /// <param name="now">µs since 1970.</param>
    public void End((Guid Id, string Device) key, long now)
    {
        if (!_open.Remove(key, out RequestEntry entry)) return;
        _scheduler.WriteOff(ref entry, now);
        _free.Push(entry.Handle);
    }

    private FollowingPolicy Serve(RecordedPolicy policy, int version)
    {
        if (!_policies.TryGetValue(policy, out ServingPolicy? serving))
        {
            PreparedPolicy made = policy.Prepare(_scheduler.Settings.Price);
            serving = new ServingPolicy(made with { Policy = FollowingPolicy.Of(made.Policy) }, version);
            _policies.Add(policy, serving);
        }

        if (!ReferenceEquals(policy, _inForce)) _scheduler.Use(new ServingPlan(serving));
        _inForce = policy;
        return (FollowingPolicy)serving.Prepared.Policy;
    }

    private int PlacementOf(in SchedulingDecisionView view)
    {
        if (!View.Workers.TryGetValue(_names.Of(view.Worker), out Core.Cluster.WorkerState? worker)) return int.MaxValue;
        foreach (int placement in worker.Placements)
            if (_writer.IsNamed(placement, view.Processor, view.Variant)) return placement;
        return int.MaxValue;
    }
}
