using System.Diagnostics;
using System.Globalization;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Simulation.Worlds;

/// <content>The schedulers, and what reaches them.</content>
public sealed partial class World
{
    private const long TickMicros = 20_000;
    private const int Partitions = 16; // of requests, as topics are made by default
    private readonly LatencyHistogram _decisionTimes = new();
    private readonly Stack<int> _freeRequests = new();
    private readonly Stack<int> _freeCopies = new();
    private readonly List<Message> _messages = [];
    private readonly Stack<int> _freeMessages = new();
    private SchedulerRuntime[] _schedulers = [];
    private int[] _homes = [];
    private int[] _taskOf = [];
    private SimulatedRequest[] _requests = new SimulatedRequest[256];
    private int _requestEnd;
    private Copy[] _copies = new Copy[256];
    private int _copyEnd;
    private long _decisions;
    private long _decisionBegan; // 0: this one is not timed

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
                    PeerSilence = TimeSpan.FromSeconds(Math.Max(
                        _settings.Scheduler.View.PeerSilence.TotalSeconds, double.IsFinite(plan.SharePeriod) ? 3 * plan.SharePeriod : 0)),
                },
            };
            Scheduler scheduler = new(settings, _map, TimeProvider.System, 0);
            if (_settings.Policy is { } make) scheduler.Use(make(s), settings.PolicyVersion);
            scheduler.View.SetPartitionShare((float)plan.Shares[s]);
            _schedulers[s] = new SchedulerRuntime(this, s, scheduler);
            foreach (WorkerRuntime worker in _workers)
                if (worker.Down == 0) Register(_schedulers[s], worker);
            if (double.IsFinite(plan.SharePeriod) && _schedulers.Length > 1)
                _events.Push(Micros(plan.SharePeriod * (s + 1) / _schedulers.Length), WorldEvent.Report, s);
            _events.Push(TickMicros * (s + 1) / _schedulers.Length, WorldEvent.Tick, s);
        }

        _taskOf = [.. _scenario.Applications.Select(a => _schedulers[0].Scheduler.View.TaskIndex(a.Task))];
    }

    // For who learns inside of the world.
    internal IReadOnlyList<Scheduler> Schedulers => [.. _schedulers.Select(s => s.Scheduler)];

    private void Register(SchedulerRuntime scheduler, WorkerRuntime worker)
    {
        WorkerDescription description = worker.Model.Description with { Incarnation = worker.Incarnation };
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

    private void Receive(int r)
    {
        ref SimulatedRequest state = ref _requests[r];
        SchedulerRuntime owner = _schedulers[state.Scheduler];
        int handle = owner.Lifecycle.Track(state.Request, state.Partition);
        owner.Lifecycle.Body(handle) = r;
        _observer?.Received(state.Id, _now);
        owner.Lifecycle.Place(handle, _now);
    }

    // On Kafka every few milliseconds; here as often as a lifecycle looks for lost work.
    private void Tick(int s)
    {
        RequestLifecycle<int> lifecycle = _schedulers[s].Lifecycle;
        if (_losesWork || lifecycle.Waiting > 0) lifecycle.Tick(_now);
        else lifecycle.Expire(_now);
        _events.Push(_now + TickMicros, WorldEvent.Tick, s);
    }

    internal void Deciding()
    {
        _decisionBegan = _settings.TimeEvery > 0 && _decisions % _settings.TimeEvery == 0 ? Stopwatch.GetTimestamp() : 0;
        _decisions++;
    }

    internal void Decided(SchedulerRuntime owner, int handle, in Decision decision, Candidates candidates)
    {
        // In nanoseconds as if they were microseconds, since the histogram begins at one.
        if (_decisionBegan != 0) _decisionTimes.Add(Stopwatch.GetElapsedTime(_decisionBegan).TotalSeconds * 1e3);
        ref SimulatedRequest state = ref _requests[owner.Lifecycle.Body(handle)];
        _observer?.Decided(state.Id, state.Scheduler, state.Request, decision, candidates, _now);
    }

    internal void Dispatch(SchedulerRuntime owner, int handle)
    {
        int r = owner.Lifecycle.Body(handle);
        ref SimulatedRequest state = ref _requests[r];
        ref readonly RequestEntry entry = ref owner.Lifecycle[handle];
        if (entry.Attempt > 1) state.Draws = new RequestDraws(state.Seed, entry.Attempt - 1);
        (int worker, int processor, int variant) = owner.Placements[entry.Placement];
        int c = TakeCopy();
        WorkerRuntime target = _workers[worker];
        int site = target.Model.Definition.Site;
        int bytes = state.Request.PayloadBytes;
        float networkDelay = _network.Delay(_network.Index(state.Site, site), bytes, state.Draws.Out, _now);
        Link there = _map[state.Site + 1, site + 1];
        _copies[c] = new Copy
        {
            Request = r, RequestId = state.Id, Scheduler = state.Scheduler, Handle = handle, Attempt = entry.Attempt, Worker = worker,
            Incarnation = target.Incarnation, Processor = processor, Variant = variant,
            ServiceFactor = state.Draws.ServiceFactor(target.Model.Noise[variant, processor]), Spread = state.Draws.Spread, PredictedOut = entry.NetworkOut,
            Out = networkDelay,
            AnswerBy = state.Request.DeadlineAt - Micros(_map[site + 1, state.Site + 1].Latency),
            Cost = bytes * 1e-9f * there.CostPerGigabyte,
        };
        _events.Push(_now + Micros(networkDelay), WorldEvent.AtWorker, c);
    }

    internal void Answer(SchedulerRuntime owner, int handle)
    {
        ref readonly RequestEntry entry = ref owner.Lifecycle[handle];
        bool rejected = entry.Answer == SchedulerAnswer.Rejected;
        End(
            owner.Lifecycle.Body(handle), rejected ? OutcomeStatus.Rejected : OutcomeStatus.Expired, rejected ? entry.Reason : RejectReason.None,
            default, entry.Attempt);
    }

    private void ReadResult(int c)
    {
        ref Copy copy = ref _copies[c];
        RequestLifecycle<int> lifecycle = _schedulers[copy.Scheduler].Lifecycle;
        lifecycle.AnswersRead(_now);
        if (_requests[copy.Request].Id == copy.RequestId)
        {
            int attempt = lifecycle[copy.Handle].Attempt;
            if (lifecycle.IsCurrent(copy.Handle, copy.Attempt, copy.Incarnation))
            {
                // The network delay to the worker is measured as on Kafka: by the instants that the result brings back.
                // And the slow-down by the registered matrices, which a scheduler that leaves them out does not know.
                float interference = _settings.Scheduler.View.Interference ? copy.Interference : 1;
                Measurement measured = new(copy.BatchSeconds, copy.Batch, interference, copy.Out - copy.PredictedOut, (_now - copy.Finished) * 1e-6f);
                lifecycle.AnsweredByWorker(copy.Handle, copy.Batch > 0 ? AnswerKind.Served : AnswerKind.Expired, measured, _now, arrivedAt: _now);
            }
            else
            {
                lifecycle.AnsweredOtherwise(copy.Handle, _now);
            }

            bool inTime = _now <= _requests[copy.Request].Request.DeadlineAt;
            End(copy.Request, copy.Batch == 0 ? OutcomeStatus.Expired : inTime ? OutcomeStatus.Success : OutcomeStatus.Late, RejectReason.None, copy, attempt);
        }

        _freeCopies.Push(c);
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
                sender.Id, 1, message.Sequence, message.At, sender.Scheduler.View.PartitionShare,
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(message.Loads), _now);
        }

        _freeMessages.Push(m);
    }

    private void ReadTelemetry(int m)
    {
        Message message = _messages[m];
        _schedulers[message.To].Scheduler.View.Telemetry(
            _workers[message.From].Model.Description.Id, message.Sequence, false,
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(message.Processors), _now);
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
