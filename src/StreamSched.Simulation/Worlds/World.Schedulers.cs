using System.Diagnostics;
using System.Globalization;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Simulation.Worlds;

/// <content>The schedulers, and what reaches them.</content>
public sealed partial class World
{
    private const long RetryMicros = 10_000;
    private const long LookForLostMicros = 20_000;
    private readonly LatencyHistogram _decisionTimes = new();
    private readonly Stack<int> _freeRequests = new();
    private readonly Stack<int> _freeCopies = new();
    private readonly List<Message> _messages = [];
    private readonly Stack<int> _freeMessages = new();
    private SchedulerRuntime[] _schedulers = [];
    private int[] _homes = [];
    private int[] _taskOf = [];
    private RequestState[] _requests = new RequestState[256];
    private int _requestEnd;
    private Copy[] _copies = new Copy[256];
    private int _copyEnd;
    private long _decisions;

    private void BuildSchedulers()
    {
        Scenarios.SchedulerDefinition plan = _scenario.Schedulers;
        _schedulers = new SchedulerRuntime[plan.Shares.Count];
        _homes = [.. Enumerable.Range(0, _scenario.Sites.Count).Where(s => _scenario.Sites[s].Tier == Topologies.SiteDefinition.Access)];
        if (_homes.Length == 0) _homes = [0];
        for (int s = 0; s < _schedulers.Length; s++)
        {
            SchedulerSettings settings = _settings.Scheduler with
            {
                TimeBudget = TimeSpan.Zero,
                Seed = RandomStream.For(_settings.Seed, string.Create(CultureInfo.InvariantCulture, $"scheduler/{s}")).State,
                Prediction = _scenario.Mask == Core.Prediction.FeasibilityRule.Completion
                    ? _settings.Scheduler.Prediction : _settings.Scheduler.Prediction with { Mask = _scenario.Mask },
                View = _settings.Scheduler.View with
                {
                    Scaled = plan.Scaled && _settings.Scheduler.View.Scaled,

                    // A report that is overdue by three periods, and by the view's own limit at least.
                    PeerSilence = TimeSpan.FromSeconds(Math.Max(_settings.Scheduler.View.PeerSilence.TotalSeconds, double.IsFinite(plan.SharePeriod) ? 3 * plan.SharePeriod : 0)),
                },
            };
            Scheduler scheduler = new(settings, _map, TimeProvider.System, 0);
            if (_settings.Policy is { } make) scheduler.Use(make(s), settings.PolicyVersion);
            scheduler.View.SetShare((float)plan.Shares[s]);
            _schedulers[s] = new SchedulerRuntime($"scheduler-{s + 1}", scheduler);
            foreach (WorkerRuntime worker in _workers) Register(_schedulers[s], worker);
            if (double.IsFinite(plan.SharePeriod) && _schedulers.Length > 1)
                _events.Push(Micros(plan.SharePeriod * (s + 1) / _schedulers.Length), WorldEvent.Report, s);
            if (_losesWork) _events.Push(LookForLostMicros * (s + 1) / _schedulers.Length, WorldEvent.LookForLost, s);
        }

        _taskOf = [.. _scenario.Applications.Select(a => _schedulers[0].Scheduler.View.TaskIndex(a.Task))];
    }

    private void Register(SchedulerRuntime scheduler, WorkerRuntime worker)
    {
        WorkerDescription description = worker.Model.Description with { Incarnation = worker.Life };
        scheduler.Scheduler.View.Register(description, _now);
        scheduler.Learn(scheduler.Scheduler.View.Workers[description.Id], worker.Index, worker.Model);
    }

    private int SchedulerFor(float partition)
    {
        IReadOnlyList<double> shares = _scenario.Schedulers.Shares;
        int s = 0;
        for (double upTo = shares[0]; partition >= upTo && s < shares.Count - 1; upTo += shares[s]) s++;
        return s;
    }

    private void Decide(int r)
    {
        ref RequestState state = ref _requests[r];
        SchedulerRuntime owner = _schedulers[state.Scheduler];
        bool timed = _settings.TimeEvery > 0 && _decisions % _settings.TimeEvery == 0;
        _decisions++;
        long start = timed ? Stopwatch.GetTimestamp() : 0;
        Decision decision = owner.Scheduler.Decide(state.Request, _now);

        // In nanoseconds as if they were microseconds, since the histogram begins at one.
        if (timed) _decisionTimes.Add(Stopwatch.GetElapsedTime(start).TotalSeconds * 1e3);
        _observer?.Decided(state.Id, state.Scheduler, state.Request, decision, owner.Scheduler.Candidates, _now);
        if (decision.IsPlaced)
        {
            Send(r, decision, owner);
        }
        else if (decision.Reason == RejectReason.NoWorker && CanWait(owner, state.Request))
        {
            _events.Push(_now + RetryMicros, WorldEvent.AtScheduler, r);
        }
        else
        {
            End(r, OutcomeStatus.Rejected, decision.Reason, default);
        }
    }

    // As on Kafka: without a live worker a request waits until even the quickest registered placement would be too slow.
    private bool CanWait(SchedulerRuntime owner, in Request request)
    {
        float shortest = owner.Scheduler.View.ShortestRun(request.Task);
        return !owner.Scheduler.View.AnyAvailable(request.Task) && shortest > 0 && _now + RetryMicros + Micros(shortest) < request.DeadlineAt;
    }

    private void Send(int r, in Decision decision, SchedulerRuntime owner)
    {
        ref RequestState state = ref _requests[r];
        (int worker, int processor, int variant) = owner.Placements[decision.Placement];
        int c = TakeCopy();
        WorkerRuntime target = _workers[worker];
        int site = target.Model.Definition.Site;
        int bytes = state.Request.PayloadBytes;
        float way = _network.Delay(_network.Index(state.Site, site), bytes, state.Draws.Out, _now);
        Link there = _map[state.Site + 1, site + 1];
        _copies[c] = new Copy
        {
            Request = r, RequestId = state.Id, Scheduler = state.Scheduler, Handle = decision.Handle, Worker = worker, Life = target.Life, Processor = processor,
            Variant = variant, ServiceFactor = state.Draws.ServiceFactor(target.Model.Noise[variant, processor]),
            PredictedOut = owner.Scheduler[decision.Handle].NetworkOut, Out = way, Accuracy = target.Model.Variants[variant].Accuracy,
            AnswerBy = state.Request.DeadlineAt - Micros(_map[site + 1, state.Site + 1].Latency), Money = bytes * 1e-9f * there.MoneyPerGigabyte,
        };
        owner.Sent(decision.Handle, c);
        _events.Push(_now + Micros(way), WorldEvent.AtWorker, c);
    }

    private void Answer(int c)
    {
        ref Copy copy = ref _copies[c];
        if (copy.Handle >= 0)
        {
            // The work's way out is measured as on Kafka: by the instants that the result brings back.
            Measurement measured = new(copy.RunSeconds, copy.Batch, copy.Interference, copy.Out - copy.PredictedOut, (_now - copy.Finished) * 1e-6f);
            _schedulers[copy.Scheduler].Scheduler.Answered(copy.Handle, copy.Batch > 0 ? AnswerKind.Served : AnswerKind.Expired, measured, _now, arrivedAt: _now);
        }

        if (_requests[copy.Request].Id == copy.RequestId)
        {
            bool inTime = _now <= _requests[copy.Request].Request.DeadlineAt;
            End(copy.Request, copy.Batch == 0 ? OutcomeStatus.Expired : inTime ? OutcomeStatus.Success : OutcomeStatus.Late, RejectReason.None, copy);
        }

        _freeCopies.Push(c);
    }

    private void LookForLost(int s)
    {
        SchedulerRuntime owner = _schedulers[s];
        owner.Scheduler.View.Advance(_now);
        owner.Scheduler.CollectLost(owner.Lost);
        foreach (int handle in owner.Lost)
        {
            int c = owner.CopyOf[handle];
            owner.Scheduler.WriteOff(handle, _now);
            (int r, long id) = (_copies[c].Request, _copies[c].RequestId);
            _copies[c].Handle = -1;
            if (_copies[c].Lost) _freeCopies.Push(c);
            if (_requests[r].Id != id) continue;
            if (_now >= _requests[r].Request.DeadlineAt)
            {
                End(r, OutcomeStatus.Expired, RejectReason.None, default);
                continue;
            }

            _requests[r].Attempt++;
            _requests[r].Draws = new RequestDraws(_requests[r].Seed, _requests[r].Attempt);
            Decide(r);
        }

        _events.Push(_now + LookForLostMicros, WorldEvent.LookForLost, s);
    }

    private void SendReport(int s)
    {
        SchedulerRuntime sender = _schedulers[s];
        sender.Scheduler.View.Advance(_now);
        sender.Scheduler.View.TakeSnapshot();
        int m = TakeMessage();
        (_messages[m].From, _messages[m].At, _messages[m].Sequence) = (s, _now, sender.Sequence++);
        sender.Scheduler.View.Report(_messages[m].Loads);
        _events.Push(_now + Micros(_scenario.Schedulers.ShareDelay), WorldEvent.ReportRead, m);
        _events.Push(_now + Micros(_scenario.Schedulers.SharePeriod), WorldEvent.Report, s);
    }

    private void ReadReport(int m)
    {
        Message message = _messages[m];
        SchedulerRuntime sender = _schedulers[message.From];
        for (int s = 0; s < _schedulers.Length; s++)
        {
            if (s == message.From) continue;
            _schedulers[s].Scheduler.View.PeerReported(
                sender.Id, 1, message.Sequence, message.At, sender.Scheduler.View.Share, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(message.Loads), _now);
        }

        _freeMessages.Push(m);
    }

    private void ReadTelemetry(int m)
    {
        Message message = _messages[m];
        _schedulers[message.To].Scheduler.View.Telemetry(
            _workers[message.From].Model.Description.Id, message.Sequence, false, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(message.Processors), _now);
        _freeMessages.Push(m);
    }

    private int TakeRequest()
    {
        if (_freeRequests.TryPop(out int free)) return free;
        if (_requestEnd == _requests.Length) Array.Resize(ref _requests, _requestEnd * 2);
        return _requestEnd++;
    }

    private int TakeCopy()
    {
        if (_freeCopies.TryPop(out int free)) return free;
        if (_copyEnd == _copies.Length) Array.Resize(ref _copies, _copyEnd * 2);
        return _copyEnd++;
    }

    private int TakeMessage()
    {
        if (_freeMessages.TryPop(out int free)) return free;
        _messages.Add(new Message());
        return _messages.Count - 1;
    }

    private sealed class Message
    {
        public int From;
        public int To;
        public long At;
        public long Sequence;
        public List<ProcessorLoad> Loads { get; } = [];
        public List<ProcessorTelemetry> Processors { get; } = [];
    }
}
