using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using StreamSched.Schedulers;

namespace StreamSched.Rebuilds;

/// <summary>
/// Takes decisions again in views that are built anew from the topics, record by record in the order of time, whether or not they were recorded in full and
/// whatever the policy looks at. Approximate: when a scheduler read a record is not known, and what its view had learned before is not either.
/// </summary>
/// <param name="settings">Makes the settings that a scheduler had, given its name.</param>
/// <param name="policies">Those that the log may name.</param>
/// <param name="instead">Asked instead of those; null: those are.</param>
/// <param name="compared">From when on decisions are compared, µs since 1970; before, views are built.</param>
/// <param name="time">A clock, which nothing depends on.</param>
internal sealed class RebuiltReplay(
    Func<string, SchedulerRoleSettings> settings, PolicyShelf policies, RecordedPolicy? instead, long compared, TimeProvider time)
{
    // More schedulers or versions has only a log that is damaged or hostile.
    private const int MostSchedulers = 1000, MostVersions = 1000;
    private const long KeptAfterDeadline = 60_000_000;
    private readonly SchedulerRoleSettings _terms = settings("");
    private readonly Dictionary<string, RebuiltScheduler> _schedulers = new(StringComparer.Ordinal);
    private readonly Dictionary<(Guid Id, string Device), RequestTerms> _requests = [];
    private readonly Dictionary<string, WorkerRegistration> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Digest, int Version), RebuiltVersion> _versions = [];
    private readonly TextCache _texts = new(), _devices = new();
    private readonly ClusterRecords _records = new();
    private long _nextSweep;

    /// <summary>Accuracies as labels showed them, for all of the log; null: as registered.</summary>
    public AccuracyEstimates? Accuracies { get; init; }

    /// <summary>Decisions that were seen.</summary>
    public long Decisions { get; private set; }

    /// <summary>Decisions whose request was not read.</summary>
    public long WithoutRequest { get; private set; }

    /// <summary>How many schedulers' views were built.</summary>
    public int Schedulers => _schedulers.Count;

    /// <summary>By version.</summary>
    public IEnumerable<RebuiltVersion> Versions => _versions.Values.OrderBy(v => v.Policy, StringComparer.Ordinal).ThenBy(v => v.Version);

    /// <summary>How far the predicted waiting of what was chosen is from the recorded one, in seconds.</summary>
    public Differences Waiting { get; } = new();

    /// <summary>How far the chosen one's probability of being in time is from the recorded one.</summary>
    public Differences OnTime { get; } = new();

    /// <summary>Takes the next record. One that does not fit its kind is passed over: whoever reads the topics has counted it.</summary>
    /// <param name="e">The record.</param>
    public void Take(in LogEvent e)
    {
        switch (e.Kind)
        {
            case LogEventKind.Registration when WorkerRegistration.TryDecode(e.Body, out WorkerRegistration? worker, out _):
                _workers[worker.Worker] = worker;
                foreach (RebuiltScheduler scheduler in _schedulers.Values) Register(scheduler, worker, e.At);
                break;
            case LogEventKind.Telemetry when WorkerTelemetry.TryDecode(e.Body, out WorkerTelemetry? telemetry, out _):
                foreach (RebuiltScheduler scheduler in _schedulers.Values) _records.Tell(scheduler.View, telemetry, e.At, null);
                break;
            case LogEventKind.Report when SchedulerLoad.TryDecode(e.Body, out SchedulerLoad? report, out _):
                Of(report.Scheduler, e.At)?.Reports(report.Share, e.At);
                break;
            case LogEventKind.Load when SchedulerLoad.TryDecode(e.Body, out SchedulerLoad? load, out _):
                foreach ((string name, RebuiltScheduler scheduler) in _schedulers)
                    if (name != load.Scheduler) _records.Tell(scheduler.View, load, e.At);
                break;
            case LogEventKind.Request when InferenceRequestView.TryDecode(e.Body, out InferenceRequestView request, out _):
                _requests.TryAdd((request.Id, _devices.Of(request.Device)), new RequestTerms(
                    _texts.Of(request.Task), _texts.Of(request.Site), request.Created, _terms.Dispatch.DeadlineOf(request), _terms.Dispatch.FloorOf(request),
                    request.Weight, e.Bytes));
                break;
            case LogEventKind.Result when InferenceResultView.TryDecode(e.Body, out InferenceResultView result, out _):
                string device = _devices.Of(result.Device);
                if (_requests.TryGetValue((result.Id, device), out RequestTerms? terms)) terms.By?.Answer(result, device, e.At);
                break;
            case LogEventKind.Decision when SchedulingDecisionView.TryDecode(e.Body, out SchedulingDecisionView decision, out _):
                Take(decision, e.At);
                break;
            default: // not of its kind
                break;
        }

        if (e.At < _nextSweep) return;
        _nextSweep = e.At + KeptAfterDeadline;
        Sweep(e.At);
    }

    private void Take(in SchedulingDecisionView view, long now)
    {
        Decisions++;
        string device = _devices.Of(view.Device);
        if (!_requests.TryGetValue((view.Id, device), out RequestTerms? terms))
        {
            WithoutRequest++;
            return;
        }

        if (Of(_texts.Of(view.Scheduler), now) is not { } scheduler) return;
        if (!ReferenceEquals(terms.By, scheduler)) terms.By?.End((view.Id, device), now);
        RecordedPolicy? policy = instead ?? (view.HasDigest ? policies.Find(view.Digest) : null);
        RebuiltVersion version = VersionOf(view, policy);
        if (policy is not { IsMade: true })
        {
            Tally.Add(version.Skipped, policy is null ? "nobody has this version" : policy.Refusal ?? "it cannot be made");
            return;
        }

        terms.By = scheduler;
        double same = scheduler.Decide(view, device, terms, policy, now);
        if (now < compared) return;
        if (view.Explored)
        {
            version.Explored++;
        }
        else
        {
            version.Compared++;
            if (double.IsNaN(same)) version.NotThere++;
            else version.Same += view.Propensity > 0 ? Math.Min(1, same / view.Propensity) : same;
        }

        if (scheduler.Chosen < 0 || !view.HasPrediction || !PredictionView.TryDecode(view.Prediction, out PredictionView recorded, out _)) return;
        Waiting.Add(scheduler.Candidates.Waiting[scheduler.Chosen], recorded.Waiting);
        OnTime.Add(RecordWriter.OnTimeOf(scheduler.Candidates, scheduler.Chosen), recorded.OnTime);
    }

    private RebuiltScheduler? Of(string name, long now)
    {
        if (_schedulers.TryGetValue(name, out RebuiltScheduler? scheduler)) return scheduler;
        if (_schedulers.Count >= MostSchedulers) return null;
        _schedulers.Add(name, scheduler = new RebuiltScheduler(settings(name), time, now));
        foreach (WorkerRegistration worker in _workers.Values) Register(scheduler, worker, now);
        ClusterRecords.Tell(scheduler.View, Accuracies);
        return scheduler;
    }

    private static void Register(RebuiltScheduler scheduler, WorkerRegistration worker, long now)
    {
        if (RegistrationReader.TryRead(worker.Worker, worker, now, out WorkerDescription? description) is null)
            scheduler.View.Register(description!, now, null, worker.At);
    }

    private RebuiltVersion VersionOf(in SchedulingDecisionView view, RecordedPolicy? policy)
    {
        (string, int) key = instead is null ? (view.HasDigest ? Convert.ToHexStringLower(view.Digest) : "", view.PolicyVersion) : ("", 0);
        if (_versions.Count >= MostVersions && !_versions.ContainsKey(key)) key = ("", int.MinValue);
        if (_versions.TryGetValue(key, out RebuiltVersion? version)) return version;
        version = new RebuiltVersion(policy?.Kind ?? _texts.Of(view.Policy), key.Item2, key.Item1);
        _versions.Add(key, version);
        return version;
    }

    // Requests that nobody will answer any more.
    private void Sweep(long now)
    {
        foreach (((Guid, string) key, RequestTerms terms) in _requests.ToArray())
        {
            if (terms.Created + terms.Deadline.TotalMicroseconds + KeptAfterDeadline > now) continue;
            terms.By?.End(key, now);
            _requests.Remove(key);
        }
    }
}
