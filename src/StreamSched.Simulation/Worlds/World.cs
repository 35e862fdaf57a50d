using StreamSched.Core.Cluster;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;

namespace StreamSched.Simulation.Worlds;

/// <summary>
/// A cluster in virtual time: devices, links, workers and several schedulers, which run the same <see cref="RequestLifecycle{TBody}"/> and
/// <see cref="Scheduler"/> as on Kafka. One thread; the same scenario, seed and policy give the same bytes.
/// </summary>
/// <remarks>
/// A request takes its site's local link to its scheduler, which is at the access site; work travels from there to the worker, and the result back
/// to the device and, at the same instant, to the scheduler. Telemetry and reports between schedulers have ways of their own. Steady state allocates nothing.
/// </remarks>
public sealed partial class World
{
    private readonly Scenario _scenario;
    private readonly WorldSettings _settings;
    private readonly Workload _workload;
    private readonly EventQueue _events = new();
    private readonly NetworkModel _network;
    private readonly NetworkMap _map;
    private readonly List<Change> _changes;
    private readonly Tally _all = new();
    private readonly Tally[] _tallies;
    private readonly WorldObserver? _observer;
    private readonly bool _losesWork;
    private readonly long _warmUp;
    private Arrival _nextArrival;
    private bool _arriving;
    private long _now;
    private long _open;
    private long _simulated;

    /// <summary>Builds the world at its beginning.</summary>
    /// <param name="scenario">What it is made of.</param>
    /// <param name="settings">Who decides, and the seed.</param>
    public World(Scenario scenario, WorldSettings settings)
    {
        (_scenario, _settings, _observer) = (scenario, settings, settings.Observer);
        _workload = new Workload(scenario, settings.Seed);
        _network = new NetworkModel(scenario);
        _map = NetworkModel.Nominal(scenario);
        _changes = Timeline.Of(scenario, settings.Seed);
        _losesWork = _changes.Exists(c => c.Kind == EventKind.Crash);
        _warmUp = (long)(scenario.WarmUp * 1e6);
        _tallies = [.. scenario.Applications.Select(_ => new Tally())];
        BuildWorkers();
        BuildSchedulers();
        for (int i = 0; i < _changes.Count; i++) _events.Push(_changes[i].At, WorldEvent.Change, i);
        _arriving = true;
        PlanArrival();
    }

    /// <summary>Runs until every request has ended.</summary>
    /// <param name="cancellation">Stops it early.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public WorldResult Run(CancellationToken cancellation = default)
    {
        for (uint n = 0; (_arriving || _open > 0) && _events.TryPop(out EventQueue.Entry next); n++)
        {
            if ((n & 0xFFFF) == 0) cancellation.ThrowIfCancellationRequested();
            _now = next.Time;
            switch (next.Kind)
            {
                case WorldEvent.Made: Make(); break;
                case WorldEvent.AtScheduler: Receive(next.Index); break;
                case WorldEvent.AtWorker: Arrive(next.Index); break;
                case WorldEvent.RunDone: FinishRun(next.Index, next.Order); break;
                case WorldEvent.Result: ReadResult(next.Index); break;
                case WorldEvent.Telemetry: SendTelemetry(next.Index); break;
                case WorldEvent.TelemetryRead: ReadTelemetry(next.Index); break;
                case WorldEvent.Report: SendReport(next.Index); break;
                case WorldEvent.ReportRead: ReadReport(next.Index); break;
                case WorldEvent.Tick: Tick(next.Index); break;
                case WorldEvent.Change: Apply(_changes[next.Index]); break;
                case WorldEvent.Label: ReadLabel(next.Index); break;
            }
        }

        return Result();
    }

    // Worker, processor and variant of each placement as schedulers number them, while no worker has registered anew.
    internal IReadOnlyList<(int Worker, int Processor, int Variant)> PlacementIndices =>
        _schedulers[0].Placements.AsSpan(0, _schedulers[0].Scheduler.View.Workers.Values.Sum(w => w.Placements.Count)).ToArray();

    private void PlanArrival()
    {
        _arriving = _workload.TryNext(out _nextArrival);
        if (_arriving) _events.Push(_nextArrival.Created, WorldEvent.Made, 0);
    }

    private void Make()
    {
        int r = TakeRequest();
        ref SimulatedRequest request = ref _requests[r];
        ApplicationDefinition application = _scenario.Applications[_nextArrival.Application];
        int scheduler = SchedulerFor(_nextArrival.Partition);
        request = new SimulatedRequest
        {
            Id = _nextArrival.Id, Seed = _nextArrival.Draws, Application = _nextArrival.Application, Site = _nextArrival.Site,
            Scheduler = scheduler, Partition = (int)(_nextArrival.Partition * Partitions),
            Draws = new RequestDraws(_nextArrival.Draws, 0),
            Request = new Request
            {
                Task = _taskOf[_nextArrival.Application], Site = _nextArrival.Site + 1, Started = _now, Deadline = _nextArrival.Deadline,
                Origin = _schedulers[scheduler].Scheduler.View.OriginIndex(_scenario.Sites[_nextArrival.Site].Name),
                MinAccuracy = application.MinAccuracy, Weight = application.Weight, PayloadBytes = application.PayloadBytes,
            },
        };
        _open++;
        _simulated++;
        int local = _network.Index(request.Site, request.Site);
        long at = _now + Micros(_network.Delay(local, application.PayloadBytes, request.Draws.Access, _now));
        PlanArrival();
        if (at == _now) Receive(r);
        else _events.Push(at, WorldEvent.AtScheduler, r);
    }

    private void End(int r, OutcomeStatus status, RejectReason reason, in Copy copy, int attempt)
    {
        ref SimulatedRequest request = ref _requests[r];
        bool ran = copy.Batch > 0;
        Outcome outcome = new(
            request.Id, request.Application, status, reason, ran ? copy.Worker : -1, ran ? copy.Accuracy : 0, (_now - request.Request.Started) * 1e-6f,
            request.Request.Deadline, copy.Out, ran ? (copy.Started - copy.Arrived) * 1e-6f : 0, copy.BatchSeconds, copy.Batch, copy.Company,
            ran ? (_now - copy.Finished) * 1e-6f : 0, copy.EnergyJoules, copy.Cost, Math.Max(0, attempt - 1), request.Request.Started >= _warmUp);
        if (outcome.Counted)
        {
            _all.Add(outcome, request.Request.Weight);
            _tallies[request.Application].Add(outcome, request.Request.Weight);
            if (ran) _workers[copy.Worker].Sums[copy.Variant].Add(outcome);
        }

        _observer?.Ended(outcome, _now);
        if (ran) PlanLabel(request, copy.Accuracy);
        request.Id = -1;
        _freeRequests.Push(r);
        _open--;
    }

    private static long Micros(double seconds) => (long)((seconds * 1e6) + 0.5);

    private WorldResult Result()
    {
        double seconds = Math.Max(_now * 1e-6, 1e-9);
        double answers = Math.Max(1, _workers.Sum(w => w.Answers));
        double busy = 0, processors = 0, runs = 0, ran = 0;
        foreach (WorkerRuntime worker in _workers)
        {
            foreach (ProcessorRuntime processor in worker.Processors)
            {
                processor.Account(_now, 0);
                busy += processor.BusySeconds;
                (runs, ran, processors) = (runs + processor.Runs, ran + processor.Ran, processors + 1);
            }
        }

        CountPresence(0);
        return new WorldResult
        {
            All = _all.Result(""), Applications = [.. _tallies.Select((t, i) => t.Result(_scenario.Applications[i].Name))],
            Sites = Share(_workers, w => _scenario.Sites[w.Model.Definition.Site].Name, answers),
            Tiers = Share(_workers, w => _scenario.Sites[w.Model.Definition.Site].Tier, answers),
            Classes = Share(_workers, w => w.Model.Definition.Class.Name, answers),
            Variants = _workers.SelectMany(w => w.Model.Variants.Select((v, i) => (v.Name, Count: w.AnswersByVariant[i]))).GroupBy(v => v.Name)
                .OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(v => v.Count) / answers),
            Placements = Placements(),
            Utilisation = busy / seconds / processors, InSystem = _presence / seconds, Batch = runs == 0 ? 0 : ran / runs, Decisions = _decisions,
            Simulated = _simulated, PolicyFailures = _schedulers.Sum(s => s.Scheduler.PolicyFailures), DecisionP50 = _decisionTimes.Quantile(0.5) * 1e-3,
            DecisionP99 = _decisionTimes.Quantile(0.99) * 1e-3,
        };
    }

    private static Dictionary<string, double> Share(IEnumerable<WorkerRuntime> workers, Func<WorkerRuntime, string> name, double answers) =>
        workers.GroupBy(name).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(w => w.Answers) / answers);

    private List<PlacementResult> Placements()
    {
        Dictionary<(int Site, string Class, string Variant), AnswerSums> found = [];
        foreach (WorkerRuntime worker in _workers)
        {
            for (int v = 0; v < worker.Sums.Length; v++)
            {
                (int, string, string) key = (worker.Model.Definition.Site, worker.Model.Definition.Class.Name, worker.Model.Variants[v].Name);
                AnswerSums sums = found.GetValueOrDefault(key);
                sums.Add(worker.Sums[v]);
                found[key] = sums;
            }
        }

        return
        [
            .. from f in found
               let s = f.Value
               where s.Answers > 0
               orderby f.Key.Site
               select new PlacementResult(
                   _scenario.Sites[f.Key.Site].Name, _scenario.Sites[f.Key.Site].Tier, f.Key.Class, f.Key.Variant, s.Answers, s.Latency / s.Answers,
                   s.Accuracy / s.Answers, s.Energy / s.Answers, s.Cost / s.Answers),
        ];
    }
}
