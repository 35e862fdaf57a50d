using StreamSched.Core.Serving;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Topologies;
using StreamSched.Simulation.Workloads;

namespace StreamSched.Demo;

/// <summary>
/// The world of the demo: <c>scenarios/demo.json</c>, stretched to the length that is played. The live run and the simulator have their workers, links,
/// devices, arrivals and timetable from this one file.
/// </summary>
internal sealed class DemoWorld
{
    private const string File = "demo";
    private const string Cloud = "cloud";

    // A board is about so many times slower than this machine, a server so many: what results say. Times come from the scenario.
    private const double BoardSlowdown = 900, ServerSlowdown = 16;

    private readonly EventDefinition[] _loads, _links, _slowDowns;

    private DemoWorld(Scenario scenario)
    {
        Scenario = scenario;
        _loads = [.. scenario.Events.Where(e => e.Kind == EventKind.Load)];
        _links = [.. scenario.Events.Where(e => e.Kind == EventKind.Link)];
        _slowDowns = [.. scenario.Events.Where(e => e.Kind == EventKind.SlowDown)];
        Workers = [.. scenario.Workers.Select(Worker)];
        Devices = [.. scenario.Arrivals.Select(Device)];
        Timetable =
        [
            .. _loads.Select(e => new DemoChange("load", e.Factor.Least, e.At, e.At + e.For)),
            .. _links.Select(e => new DemoChange("link to cloud", e.Factor.Least, e.At, e.At + e.For)),
            .. from e in _slowDowns from w in e.Workers select new DemoChange(Workers[w].Id, e.Factor.Least, e.At, e.At + e.For),
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

    /// <summary>How the times of the workers scatter.</summary>
    public ServiceNoise Noise => Scenario.Noise ?? default;

    /// <summary>What gets slow, and when.</summary>
    public IEnumerable<DemoChange> Slow => Timetable.Skip(_loads.Length);

    /// <summary>Price of a gigabyte over the link between a plant and the cloud.</summary>
    public double CloudCostPerGigabyte => CloudLink.CostPerGigabyte;

    private LinkDefinition CloudLink => Scenario.Links[0, Scenario.Sites.Count - 1];

    /// <summary>Reads it.</summary>
    /// <param name="duration">For how long it is played; the timetable is stretched.</param>
    /// <param name="load">Factor on all rates.</param>
    /// <param name="preset">What an answer is worth: one of the presets.</param>
    /// <param name="noise">How the times of the workers scatter.</param>
    /// <exception cref="UsageException">The scenario is not there.</exception>
    public static DemoWorld Read(TimeSpan duration, double load, string preset, ServiceNoise noise = default)
    {
        Scenario read = ShippedScenarios.Read(File)[0];
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
    public double PaceAt(int worker, double seconds) => Product(_slowDowns, seconds, e => e.Workers.Contains(worker));

    /// <summary>One-way delay of the emulated link between the plants and a worker; zero: it is near.</summary>
    /// <param name="worker">Its index.</param>
    /// <param name="seconds">Since the begin.</param>
    public TimeSpan LinkDelayAt(int worker, double seconds) =>
        Workers[worker].Site == Cloud ? TimeSpan.FromSeconds(CloudLink.Delay * Product(_links, seconds)) : TimeSpan.Zero;

    /// <summary>What is slow.</summary>
    /// <param name="seconds">Since the begin.</param>
    public IEnumerable<DemoChange> SlowAt(double seconds) => Slow.Where(c => seconds >= c.FromSeconds && seconds < c.UntilSeconds);

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
