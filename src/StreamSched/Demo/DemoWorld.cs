using StreamSched.Core.Serving;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Topologies;
using StreamSched.Simulation.Workloads;
using static System.FormattableString;

namespace StreamSched.Demo;

/// <summary>
/// The world of the demo: <c>scenarios/demo.json</c>, stretched to the length that is played. The live run and the simulator have their workers, links,
/// devices, arrivals and timetable from this one file.
/// </summary>
internal sealed class DemoWorld
{
    private const string Cloud = "cloud";

    // A board is about so many times slower than this machine, a server so many: what results say. Times come from the scenario.
    private const double BoardSlowdown = 900, ServerSlowdown = 16;

    private readonly EventDefinition[] _loads, _links, _slowDowns, _accuracies, _spreads;

    private DemoWorld(Scenario scenario)
    {
        Scenario = scenario;
        _loads = [.. scenario.Events.Where(e => e.Kind == EventKind.Load)];
        _links = [.. scenario.Events.Where(e => e.Kind == EventKind.Link)];
        _slowDowns = [.. scenario.Events.Where(e => e.Kind == EventKind.SlowDown)];
        _accuracies = [.. scenario.Events.Where(e => e.Kind == EventKind.Accuracy)];
        _spreads = [.. scenario.Events.Where(e => e.Kind == EventKind.Spread)];
        Workers = [.. scenario.Workers.Select(Worker)];
        Devices = [.. scenario.Arrivals.Select(Device)];
        Timetable =
        [
            .. _loads.Select(e => Change("load", e, Invariant($"{e.Factor.Least:0.#} × the mean"))),
            .. _links.Select(e => Change("link to cloud", e, DemoChange.Slower(e.Factor.Least))),
            .. from e in _slowDowns from w in e.Workers select Change(Workers[w].Id, e, DemoChange.Slower(e.Factor.Least)),
            .. _accuracies.DistinctBy(e => e.At).Select(e => Change($"{TaskOf(e)} frames", e, "grainy") with { Factor = 1 }),
            .. from e in _spreads
               from w in e.Workers
               select Change(Workers[w].Id, e, Invariant($"one batch in {1 / e.Share:0} takes {e.Factor.Least:0.#} × as long")),
        ];
        Phases =
        [
            ("nothing has changed", 0),
            .. Timetable.Where(c => double.IsInfinity(c.UntilSeconds)).GroupBy(c => c.FromSeconds).OrderBy(g => g.Key)
                .Select(g => (string.Join(", ", g.Select(c => $"{c.What}: {c.How}")), g.Key)),
        ];
    }

    /// <summary>The world as the simulator runs it.</summary>
    public Scenario Scenario { get; }

    /// <summary>The workers, by their index in the scenario.</summary>
    public IReadOnlyList<DemoWorker> Workers { get; }

    /// <summary>The devices, one for each source of arrivals.</summary>
    public IReadOnlyList<DemoDevice> Devices { get; }

    /// <summary>What moves, and when.</summary>
    public IReadOnlyList<DemoChange> Timetable { get; }

    /// <summary>Parts of the run: what has changed for good, and since when.</summary>
    public IReadOnlyList<(string What, double FromSeconds)> Phases { get; }

    /// <summary>Whether the load changes.</summary>
    public bool HasWaves => _loads.Length > 0;

    /// <summary>How the times of the workers scatter.</summary>
    public ServiceNoise Noise => Scenario.Noise ?? default;

    /// <summary>What gets worse, and when.</summary>
    public IEnumerable<DemoChange> Worse => Timetable.Skip(_loads.Length);

    /// <summary>Share of the answers that are labelled.</summary>
    public double LabelShare => Scenario.Labels?.Share ?? 0;

    /// <summary>Price of a gigabyte over the link between a plant and the cloud.</summary>
    public double CloudCostPerGigabyte => CloudLink.CostPerGigabyte;

    private LinkDefinition CloudLink => Scenario.Links[0, Scenario.Sites.Count - 1];

    /// <summary>Reads it.</summary>
    /// <param name="scenario">Its name.</param>
    /// <param name="duration">For how long it is played; the timetable is stretched.</param>
    /// <param name="load">Factor on all rates.</param>
    /// <param name="preset">What an answer is worth: one of the presets.</param>
    /// <param name="noise">How the times of the workers scatter.</param>
    /// <exception cref="UsageException">The scenario is not there.</exception>
    public static DemoWorld Read(string scenario, TimeSpan duration, double load, string preset, ServiceNoise noise = default)
    {
        Scenario read = ShippedScenarios.Read(scenario)[0];
        double stretch = duration.TotalSeconds / read.Duration;
        return new DemoWorld(read with
        {
            Duration = duration.TotalSeconds,
            Load = read.Load * load,
            Preset = preset,
            Noise = noise,
            Events = [.. read.Events.Select(e => e with { At = e.At * stretch, For = e.For * stretch })],
        });
    }

    /// <summary>What the devices ask, in order of time.</summary>
    /// <param name="seed">Of everything that is drawn: the simulator has the same requests with the same seed.</param>
    /// <returns>Seconds since the begin and index of the device.</returns>
    public IEnumerable<(double At, int Device)> Arrivals(ulong seed)
    {
        int[] deviceOf = [.. Scenario.Applications.Select((_, i) => Scenario.Arrivals.ToList().FindIndex(a => a.Applications[0].Application == i))];
        Workload workload = new(Scenario, seed);
        while (workload.TryNext(out Arrival arrival)) yield return (arrival.Created * 1e-6, deviceOf[arrival.Application]);
    }

    /// <summary>Factor on the mean rate of all devices.</summary>
    /// <param name="seconds">Since the begin.</param>
    public double LoadAt(double seconds) => Product(_loads, seconds);

    /// <summary>Factor by which a worker is slower than usual.</summary>
    /// <param name="worker">Its index.</param>
    /// <param name="seconds">Since the begin.</param>
    /// <param name="drawn">A draw from 0..1 for the batch.</param>
    public double PaceAt(int worker, double seconds, double drawn) =>
        Product(_slowDowns, seconds, e => e.Workers.Contains(worker)) * Product(_spreads, seconds, e => e.Workers.Contains(worker) && drawn < e.Share);

    /// <summary>Whether a task's frames are grainy.</summary>
    /// <param name="task">The task.</param>
    /// <param name="seconds">Since the begin.</param>
    public bool IsGrainyAt(string task, double seconds) => _accuracies.Any(e => TaskOf(e) == task && seconds >= e.At && seconds < e.At + e.For);

    /// <summary>The site of a worker; null: there is none of this name.</summary>
    /// <param name="worker">Its id.</param>
    public string? SiteOf(string worker) => Workers.FirstOrDefault(w => w.Id == worker)?.Site;

    /// <summary>The accuracy of a variant as workers register it; NaN: there is none of this name.</summary>
    /// <param name="variant">Its name.</param>
    public double AccuracyOf(string variant) => Find(variant)?.Accuracy ?? double.NaN;

    /// <summary>One-way delay of the emulated link between the plants and a worker; zero: it is near.</summary>
    /// <param name="worker">Its index.</param>
    /// <param name="seconds">Since the begin.</param>
    public TimeSpan LinkDelayAt(int worker, double seconds) =>
        Workers[worker].Site == Cloud ? TimeSpan.FromSeconds(CloudLink.Delay * Product(_links, seconds)) : TimeSpan.Zero;

    /// <summary>What is worse than usual.</summary>
    /// <param name="seconds">Since the begin.</param>
    public IEnumerable<DemoChange> WorseAt(double seconds) => Worse.Where(c => seconds >= c.FromSeconds && seconds < c.UntilSeconds);

    private static DemoChange Change(string what, EventDefinition e, string how) => new(what, e.Factor.Least, e.At, e.At + e.For, how);

    private VariantDefinition? Find(string variant) => Scenario.Workers.SelectMany(w => w.Variants).FirstOrDefault(v => v.Name == variant);

    private string TaskOf(EventDefinition e) => Find(e.Variant)!.Task;

    private static double Product(EventDefinition[] events, double seconds, Func<EventDefinition, bool>? concerns = null)
    {
        double product = 1;
        foreach (EventDefinition e in events)
            if (seconds >= e.At && seconds < e.At + e.For && concerns?.Invoke(e) != false) product *= e.Factor.Least;
        return product;
    }

    // The scenario's ids hold the site ("edge-plant-a-1"); on the screen a number will do.
    private DemoWorker Worker(WorkerDefinition worker, int index)
    {
        string site = Scenario.Sites[worker.Site].Name, kind = Kind(worker);
        Core.Cluster.ProcessorDescription processor = worker.Class.Processors[0];
        return new DemoWorker(
            $"{kind}-{1 + Scenario.Workers.Take(index).Count(w => Kind(w) == kind)}", site, [.. worker.Variants.Select(v => v.Name)],
            site == Cloud ? ServerSlowdown : BoardSlowdown, processor.IdleWatts, processor.ActiveWatts, processor.TariffPerHour,
            worker.Class.Services.ToDictionary(s => s.Variant, s => new ServiceTable(s.Batches, s.Seconds, s.MaxBatch)));

        string Kind(WorkerDefinition w) => w.Id.Split('-')[0];
    }

    private DemoDevice Device(ArrivalDefinition arrival)
    {
        ApplicationDefinition application = Scenario.Applications[arrival.Applications[0].Application];
        return new DemoDevice(
            application.Name, Scenario.Sites[arrival.Sites[0]].Name, application.Task, arrival.Rate[0].Value * Scenario.Load,
            1000 * application.Deadline.Least, application.MinAccuracy);
    }
}
