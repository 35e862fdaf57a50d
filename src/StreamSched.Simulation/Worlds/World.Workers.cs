using StreamSched.Core.Cluster;
using StreamSched.Core.Serving;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Worlds;

/// <content>The workers: queues, runs and what slows them down.</content>
public sealed partial class World
{
    private const int BatchLimit = 256;
    private readonly Waiting<int>[] _batch = new Waiting<int>[BatchLimit];
    private WorkerRuntime[] _workers = [];
    private Slot[] _slots = [];

    // Requests on workers, and their number's integral over time.
    private int _present;
    private double _presence;
    private long _presenceAt;

    private void BuildWorkers()
    {
        List<Slot> slots = [];
        _workers = new WorkerRuntime[_scenario.Workers.Count];
        for (int w = 0; w < _workers.Length; w++)
        {
            WorkerModel model = new(_scenario.Workers[w], _scenario, _settings.Seed);
            int first = slots.Count;
            ProcessorRuntime[] processors = new ProcessorRuntime[model.Description.Processors.Count];
            for (int p = 0; p < processors.Length; p++)
            {
                ProcessorDescription description = model.Description.Processors[p];
                processors[p] = new ProcessorRuntime(slots.Count, description.Slots, description.ActiveWatts, description.TariffPerHour / 3600);
                for (int i = 0; i < description.Slots; i++) slots.Add(new Slot(w, p));
                processors[p].Begin(model, p, 0);
            }

            _workers[w] = new WorkerRuntime(w, model, processors, [.. slots.Skip(first)], _scenario.Sites.Count);
            _events.Push(Micros(_scenario.Schedulers.TelemetryPeriod * (w + 1) / _workers.Length), WorldEvent.Telemetry, w);
        }

        _slots = [.. slots];
        foreach (Change change in _changes)
            if (change.Kind == EventKind.Join) _workers[change.Target].Down++;
    }

    private void Arrive(int c)
    {
        ref Copy copy = ref _copies[c];
        WorkerRuntime worker = _workers[copy.Worker];
        if (worker.Down > 0 || worker.Incarnation != copy.Incarnation)
        {
            Lose(c);
            return;
        }

        (copy.Arrived, copy.AtWorker) = (_now, true);
        CountPresence(1);
        ProcessorRuntime processor = worker.Processors[copy.Processor];
        processor.Queue.Add(copy.Variant, new Waiting<int>(c, copy.AnswerBy));
        if (processor.Running < processor.Slots) Start(worker, processor);
    }

    private bool Start(WorkerRuntime worker, ProcessorRuntime processor)
    {
        bool started = false;
        while (processor.Running < processor.Slots && processor.Queue.Count > 0)
        {
            while (processor.Queue.TryTakeExpired(_now, out _, out Waiting<int> expired)) Leave(worker, expired.Item);
            int n = processor.Queue.TryTakeBatch(_now, _batch, out int variant);
            if (n == 0) break;
            int s = processor.FirstSlot;
            while (_slots[s].Count > 0) s++;
            Begin(worker, processor, s, n, variant);
            started = true;
        }

        if (started && worker.HasInterference) Disturb(worker);
        return started;
    }

    private void Begin(WorkerRuntime worker, ProcessorRuntime processor, int s, int n, int variant)
    {
        Slot slot = _slots[s];
        if (slot.Copies.Length < n) slot.Copies = new int[Math.Max(n, slot.Copies.Length * 2)];

        // The noise of a batch is the mean of its members', so that each brings its own wherever it runs.
        double noise = 0;
        int company = 0;
        foreach (ProcessorRuntime other in worker.Processors) company += other.Running;
        for (int i = 0; i < n; i++)
        {
            ref Copy copy = ref _copies[slot.Copies[i] = _batch[i].Item];
            (copy.Started, copy.Accuracy, copy.Company) = (_now, worker.AccuracyOf(variant, SiteOf(copy, worker)), company);
            noise += copy.ServiceFactor;
        }

        (slot.Count, slot.Variant, slot.Started, slot.Updated, slot.Undisturbed) = (n, variant, _now, _now, 0);
        slot.Remaining = worker.Model.Truth[variant, slot.Processor]!.Seconds(n) * noise / n;
        if (worker.Spreads.Count > 0) slot.Remaining *= Spread(worker.Spreads[^1], _copies[slot.Copies[0]].Spread);
        slot.CoRunnerFactor = slot.RegisteredFactor = 1;
        slot.Rate = 1 / worker.Slowness;
        slot.Planned = 0;
        worker.Counts[variant]++;
        processor.Account(_now, 1);
        processor.Runs++;
        processor.Ran += n;
        if (!worker.HasInterference) Plan(slot, s);
    }

    // The first of a batch says whether it takes longer, so that a request that is alone is as slow wherever it runs.
    private float Spread(in Change change, float draw) => draw < _scenario.Events[change.Event].Share ? change.Factor : 1;

    private void Plan(Slot slot, int s) =>
        slot.Planned = _events.Push(_now + Math.Max(0, Micros(slot.Remaining / slot.Rate)), WorldEvent.RunDone, s);

    // The co-runners, or the machine, have changed: what runs goes on at another pace.
    private void Disturb(WorkerRuntime worker)
    {
        int s = worker.Processors[0].FirstSlot;
        foreach (Slot slot in worker.Slots)
        {
            if (slot.Count > 0)
            {
                slot.Progress(_now);
                (slot.CoRunnerFactor, slot.RegisteredFactor) = worker.Model.SlowDown(slot.Variant, worker.Counts, worker.Law);
                double rate = 1 / (worker.Slowness * slot.CoRunnerFactor);
                if (rate != slot.Rate || slot.Planned == 0)
                {
                    slot.Rate = rate;
                    Plan(slot, s);
                }
            }

            s++;
        }
    }

    private void FinishRun(int s, uint order)
    {
        Slot slot = _slots[s];
        if (slot.Count == 0 || slot.Planned != order) return;
        WorkerRuntime worker = _workers[slot.Worker];
        ProcessorRuntime processor = worker.Processors[slot.Processor];
        slot.Progress(_now);
        float batchSeconds = (_now - slot.Started) * 1e-6f;
        for (int i = 0; i < slot.Count; i++)
        {
            ref Copy copy = ref _copies[slot.Copies[i]];
            copy.Batch = slot.Count;
            copy.BatchSeconds = batchSeconds;
            copy.Interference = slot.Undisturbed > 0 ? (float)(batchSeconds / slot.Undisturbed) : 1;
            copy.EnergyJoules = processor.Watts * batchSeconds / slot.Count;
            copy.Cost += processor.TariffPerSecond * batchSeconds / slot.Count;
            Leave(worker, slot.Copies[i]);
        }

        processor.Queue.Measured(slot.Variant, worker.Model.Profile[slot.Variant, slot.Processor]!, slot.Count, (float)slot.Undisturbed, _now);
        worker.Answers += slot.Count;
        worker.AnswersByVariant[slot.Variant] += slot.Count;
        worker.Counts[slot.Variant]--;
        slot.Count = 0;
        processor.Account(_now, -1);
        if (!Start(worker, processor) && worker.HasInterference) Disturb(worker);
    }

    // A result, or word that the request expired, sets out for the device.
    // Where its device is; for a request that has ended meanwhile the worker's own site, which nobody will look at.
    private int SiteOf(in Copy copy, WorkerRuntime worker) =>
        _requests[copy.Request].Id == copy.RequestId ? _requests[copy.Request].Site : worker.Model.Definition.Site;

    private void Leave(WorkerRuntime worker, int c)
    {
        ref Copy copy = ref _copies[c];
        copy.AtWorker = false;
        copy.Finished = _now;
        CountPresence(-1);
        int site = SiteOf(copy, worker);
        float normal = _requests[copy.Request].Draws.Back;
        _events.Push(_now + Micros(_network.Delay(_network.Index(worker.Model.Definition.Site, site), 0, normal, _now)), WorldEvent.Result, c);
    }

    private void SendTelemetry(int w)
    {
        WorkerRuntime worker = _workers[w];
        _events.Push(_now + Micros(_scenario.Schedulers.TelemetryPeriod), WorldEvent.Telemetry, w);
        if (worker.Down > 0) return;
        int site = worker.Model.Definition.Site;
        for (int s = 0; s < _schedulers.Length; s++)
        {
            int m = TakeMessage();
            Message message = _messages[m];
            (message.From, message.To, message.Sequence) = (w, s, worker.Incarnation);
            message.Processors.Clear();
            for (int p = 0; p < worker.Processors.Length; p++)
                message.Processors.Add(new ProcessorTelemetry(worker.Model.Description.Processors[p].Id, (float)Backlog(worker, p)));

            // Schedulers sit at the access sites in turn.
            int home = _homes[s % _homes.Length];
            _events.Push(_now + Micros(_map[site + 1, home + 1].Latency), WorldEvent.TelemetryRead, m);
        }
    }

    private double Backlog(WorkerRuntime worker, int p)
    {
        double seconds = worker.Processors[p].Queue.BacklogSeconds(_now);
        foreach (Slot slot in worker.Slots)
        {
            if (slot.Processor != p || slot.Count == 0) continue;
            double expected = worker.Processors[p].Queue.Expected(slot.Variant, slot.Count, _now) * slot.RegisteredFactor;
            seconds += Math.Max(0, expected - ((_now - slot.Started) * 1e-6));
        }

        return seconds;
    }

    private void Apply(in Change change)
    {
        if (change.Kind == EventKind.Link)
        {
            float delay = change.Begins ? change.Factor : 1 / change.Factor, bandwidth = change.Begins ? change.Bandwidth : 1 / change.Bandwidth;
            _network.Change(change.Target, delay, bandwidth);
            return;
        }

        WorkerRuntime worker = _workers[change.Target];
        EventDefinition occasion = _scenario.Events[change.Event];
        switch (change.Kind)
        {
            case EventKind.SlowDown:
                worker.Slowness = change.Begins ? worker.Slowness * change.Factor : worker.Slowness / change.Factor;
                Disturb(worker);
                break;
            case EventKind.Accuracy:
                int v = Array.FindIndex(worker.Model.Variants, x => x.Name == occasion.Variant);
                if (v < 0) break; // worlds that are drawn around a scenario may have fewer variants
                double[] factors = worker.AccuracyFactors[v];
                foreach (int origin in occasion.Origins) factors[origin] = change.Begins ? factors[origin] * change.Factor : factors[origin] / change.Factor;
                break;
            case EventKind.Spread:
                Keep(worker.Spreads, change);
                break;
            case EventKind.Interference:
                Keep(worker.Laws, change);
                worker.Law = worker.Laws.Count == 0 ? worker.Model.Interference
                    : worker.Model.LawOf(_scenario.Events[worker.Laws[^1].Event].Law, worker.Laws[^1].Factor);
                Disturb(worker);
                break;
            case EventKind.Crash when change.Begins:
                if (worker.Down++ == 0) Crash(worker);
                break;
            default: // the end of a crash, and a worker that joins
                if (--worker.Down > 0) break;
                if (change.Kind == EventKind.Crash) worker.Incarnation++;
                foreach (SchedulerRuntime scheduler in _schedulers) Register(scheduler, worker);
                break;
        }
    }

    // Of several that are in force, the latest begun counts.
    private static void Keep(List<Change> inForce, in Change change)
    {
        int index = change.Event;
        if (change.Begins) inForce.Add(change);
        else inForce.RemoveAll(c => c.Event == index);
    }

    private void Crash(WorkerRuntime worker)
    {
        foreach (Slot slot in worker.Slots)
        {
            if (slot.Count == 0) continue;
            for (int i = 0; i < slot.Count; i++) Lose(slot.Copies[i]);
            slot.Count = 0;
            worker.Processors[slot.Processor].Account(_now, -1);
        }

        Array.Clear(worker.Counts);
        for (int p = 0; p < worker.Processors.Length; p++)
        {
            ProcessorRuntime processor = worker.Processors[p];
            for (int v = 0; v < processor.Queue.Variants; v++)
                while (processor.Queue.TryTakeAny(v, out Waiting<int> waiting)) Lose(waiting.Item);
            processor.Begin(worker.Model, p, _now);
        }
    }

    private void Lose(int c)
    {
        if (_copies[c].AtWorker) CountPresence(-1);
        _freeCopies.Push(c);
    }

    private void CountPresence(int change)
    {
        _presence += (_now - _presenceAt) * 1e-6 * _present;
        _presenceAt = _now;
        _present += change;
    }
}
