using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamSched.Core.Cluster;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Topologies;

namespace StreamSched.Analysis.Twins;

/// <summary>Writes a twin as a scenario and its arrivals.</summary>
/// <remarks>
/// Devices stand at sites of their own, <c>NAME-devices</c>, since a way from a device to its scheduler takes another time than one from there to a worker of
/// the same site. What schedulers predicted for ways and runs stands in the links and the registered times; what was true, in the times and in events.
/// </remarks>
internal sealed class TwinScenario
{
    private const int MostSlots = 64; // of a scenario's processor
    private const double LeastWeight = 1e-3, MostWeight = 1e6; // of a scenario's application
    private const double LeastDelay = 1e-4; // what a link has at the least, so that an event can lengthen it
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Twin _twin;
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Task, double MinAccuracy, double Weight), string> _applications = [];
    private readonly JsonArray _events = [];

    /// <summary>Prepares it.</summary>
    /// <param name="twin">The twin.</param>
    public TwinScenario(Twin twin)
    {
        _twin = twin;
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        foreach (ObservedRequest r in twin.Requests)
        {
            (string, double, double) key = KeyOf(r);
            if (_applications.ContainsKey(key)) continue;
            string task = NameOf("task", r.Task);
            _applications.Add(key, $"{task}-{numbers[task] = numbers.GetValueOrDefault(task) + 1}");
        }
    }

    /// <summary>The arrivals as CSV.</summary>
    /// <param name="to">Where to.</param>
    public void WriteArrivals(TextWriter to)
    {
        to.Write("time_s,app,site,deadline_s\n");
        foreach (ObservedRequest r in _twin.Requests)
        {
            to.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{1e-6 * (r.Created - _twin.Origin):0.000000},{_applications[KeyOf(r)]},{DevicesAt(r.Site)},{1e-6 * r.Deadline:0.000000}\n"));
        }
    }

    /// <summary>The scenario as JSON.</summary>
    /// <param name="description">What it shows.</param>
    /// <param name="warmUp">Seconds at its beginning that do not count.</param>
    /// <param name="arrivals">Name of the file of arrivals, beside it.</param>
    public string ToJson(string description, double warmUp, string arrivals)
    {
        JsonObject scenario = new()
        {
            ["description"] = description, ["duration_s"] = Math.Round(_twin.Duration + 1e-3, 3), ["warmup_s"] = warmUp,
            ["value"] = _twin.ValueIsAccuracy ? "accuracy" : "success", ["assumed"] = new JsonArray([.. _twin.Assumed.Select(a => (JsonNode)a)]),
            ["variants"] = Variants(), ["classes"] = Classes(), ["sites"] = Sites(), ["links"] = Links(), ["workers"] = Workers(),
            ["applications"] = Applications(), ["arrivals"] = new JsonArray(new JsonObject { ["kind"] = "trace", ["file"] = arrivals }),
            ["schedulers"] = Schedulers(),
        };
        Accuracies();
        scenario["events"] = _events;
        return scenario.ToJsonString(Json);
    }

    /// <summary>The scenario, as <c>simulate</c> would read it from its files.</summary>
    /// <param name="warmUp">Seconds at its beginning that do not count.</param>
    public Scenario ToScenario(double warmUp)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("streamsched-twin-");
        try
        {
            string path = Path.Combine(folder.FullName, "twin.json");
            File.WriteAllText(path, ToJson("a twin", warmUp, "arrivals.csv"));
            using (StreamWriter arrivals = new(Path.Combine(folder.FullName, "arrivals.csv"))) WriteArrivals(arrivals);
            return ScenarioFile.Load(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The worker that a class of the scenario stands for.</summary>
    /// <param name="worker">The worker's id.</param>
    public string ClassOf(string worker) => NameOf("class", worker);

    /// <summary>What a variant is called in the scenario.</summary>
    /// <param name="variant">Its name.</param>
    public string VariantOf(string variant) => NameOf("variant", variant);

    // Floors and weights are the devices' choice, so they are rounded, floors downwards.
    private static (string, double, double) KeyOf(ObservedRequest r) =>
        (r.Task, Math.Floor(r.MinAccuracy * 1e4) / 1e4, Math.Clamp(Math.Round(r.Weight, 3), LeastWeight, MostWeight));

    // Scenarios separate names by some characters, and match them by patterns.
    private string NameOf(string kind, string name)
    {
        string key = $"{kind}/{name}";
        if (_names.TryGetValue(key, out string? known)) return known;
        string safe = name.Length == 0 ? Twin.NoSite : string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));
        if (SiteDefinition.Tiers.Contains(safe)) safe += "-site"; // in a scenario the name of a tier stands for all of its sites
        string unique = safe;
        for (int n = 2; !_taken.Add($"{kind}/{unique}"); n++) unique = string.Create(CultureInfo.InvariantCulture, $"{safe}-{n}");
        return _names[key] = unique;
    }

    private string DevicesAt(string site) => NameOf("site", site.Length == 0 ? Twin.NoSite + "-devices" : site + "-devices");

    private string WorkersAt(string site) => NameOf("site", site);

    private JsonArray Variants() =>
    [
        .. from v in _twin.Workers.SelectMany(w => w.Description.Variants).DistinctBy(v => v.Name)
           select new JsonObject
           {
               ["name"] = VariantOf(v.Name), ["task"] = NameOf("task", v.Task), ["accuracy"] = Figure(v.Accuracy), ["memory_mb"] = Figure(v.MemoryBytes * 1e-6),
           },
    ];

    private JsonArray Classes()
    {
        JsonArray classes = [];
        foreach (WorkerFit worker in _twin.Workers)
        {
            string name = ClassOf(worker.Description.Id);
            JsonArray processors =
            [
                .. from p in worker.Description.Processors
                   select new JsonObject
                   {
                       ["id"] = NameOf("processor", p.Id), ["slots"] = Math.Min(p.Slots, MostSlots),
                       ["idle_w"] = Figure(p.IdleWatts), ["active_w"] = Figure(p.ActiveWatts),
                       ["tariff_per_hour"] = Figure(p.TariffPerHour), ["memory_mb"] = Figure(p.MemoryBytes * 1e-6),
                   },
            ];
            JsonObject found = new()
            {
                ["name"] = name, ["registered_class"] = worker.Description.Class, ["processors"] = processors, ["services"] = Services(worker),
            };
            InterferenceTable told = worker.Description.Interference;
            if (worker.Company.Count > 0)
            {
                found["interference"] = new JsonObject
                {
                    ["per_company"] = new JsonObject { ["*"] = new JsonArray([.. worker.Company.Select(f => Figure(f))]) },
                };
            }
            else if (!told.IsEmpty)
            {
                found["interference"] = new JsonObject { ["matrices"] = Matrices(worker) };
            }

            classes.Add((JsonNode)found);
            if (worker.Company.Count == 0 || told.IsEmpty) continue;
            classes.Add((JsonNode)new JsonObject
            {
                ["name"] = RegisteredOf(worker), ["processors"] = processors.DeepClone(), ["services"] = Services(worker),
                ["interference"] = new JsonObject { ["matrices"] = Matrices(worker) },
            });
        }

        return classes;
    }

    private string RegisteredOf(WorkerFit worker) => NameOf("class", worker.Description.Id + "-registered");

    private JsonArray Services(WorkerFit worker) =>
    [
        .. from s in worker.Services
           select new JsonObject
           {
               ["variant"] = VariantOf(s.Variant), ["processor"] = NameOf("processor", s.Processor), ["ms"] = Times(s, s.True),
               ["registered_ms"] = Times(s, s.Told), ["max_batch"] = s.Registered.MaxBatch, ["noise"] = Figure(s.Sigma),
           },
    ];

    private static JsonArray Times(ServiceFit service, Func<int, double> seconds) =>
        [.. service.Sizes.Select((size, i) => new JsonArray(size, Figure(1e3 * seconds(i))))];

    private JsonArray Matrices(WorkerFit worker) =>
    [
        .. from v in worker.Description.Variants
           from m in worker.Description.Interference.Of(v.Name)
           select new JsonObject
           {
               ["variant"] = VariantOf(m.Variant), ["company_a"] = VariantOf(m.CoRunnerA), ["company_b"] = VariantOf(m.CoRunnerB),
               ["factors"] = new JsonArray(
                   [.. from i in Enumerable.Range(0, m.Size + 1) from j in Enumerable.Range(0, m.Size + 1) select Figure(m.Factor(i, j))]),
           },
    ];

    private JsonArray Sites() =>
    [
        .. _twin.Requests.Select(r => r.Site).Distinct().Order(StringComparer.Ordinal).Select(s => Site(DevicesAt(s), "access")),
        .. _twin.Workers.Select(w => w.Description.Site).Distinct().Order(StringComparer.Ordinal).Select(s => Site(WorkersAt(s), "cloud")),
    ];

    private static JsonObject Site(string name, string tier) => new() { ["name"] = name, ["tier"] = tier };

    private JsonObject Links()
    {
        JsonArray between = [];
        foreach (WayFit way in _twin.Access) Add(between, way, DevicesAt(way.From), DevicesAt(way.To), oneWay: false);
        foreach (WayFit way in _twin.There)
        {
            Add(between, way, DevicesAt(way.From), WorkersAt(way.To), oneWay: true);
            if (_twin.Back.Any(b => b.From == way.To && b.To == way.From)) continue;
            HashSet<string> there = [.. _twin.Workers.Where(w => w.Description.Site == way.To).Select(w => w.Description.Id)];
            double told = 1e-6 * Levels.Median(
                _twin.Requests.Where(r => r.Site == way.From && there.Contains(r.Worker)).Select(r => r.PredictedBack).Where(double.IsFinite));
            Add(between, way with { Delay = new DelayFit(double.IsNaN(told) ? way.Delay.Mean : told, 0, 0), Levels = [] },
                WorkersAt(way.To), DevicesAt(way.From), oneWay: true);
        }

        foreach (WayFit way in _twin.Back) Add(between, way, WorkersAt(way.From), DevicesAt(way.To), oneWay: true);
        double other = Levels.Median(_twin.There.Select(w => w.Delay.Mean));
        return new JsonObject
        {
            ["local"] = new JsonObject { ["delay_ms"] = 1 }, ["other"] = new JsonObject { ["delay_ms"] = Figure(double.IsNaN(other) ? 1 : 1e3 * other) },
            ["between"] = between,
        };
    }

    // A link has what schedulers predict; an event makes it what it was.
    private void Add(JsonArray between, WayFit way, string from, string to, bool oneWay)
    {
        double mean = Math.Max(LeastDelay, way.Delay.Mean), told = double.IsFinite(way.Predicted) ? Math.Max(LeastDelay, way.Predicted) : mean;
        between.Add((JsonNode)new JsonObject
        {
            ["from"] = from, ["to"] = to, ["one_way"] = oneWay, ["delay_ms"] = Figure(1e3 * told),
            ["jitter_ms"] = Figure(1e3 * told * way.Delay.Deviation / mean),
        });
        double at = 0;
        foreach ((double begin, double end, double factor) in way.Levels)
        {
            Change(at, begin, mean / told);
            Change(begin, end, factor * mean / told);
            at = end;
        }

        Change(at, _twin.Duration, mean / told);
        void Change(double begin, double end, double factor)
        {
            if (end - begin < 1e-3 || Math.Abs(factor - 1) < 0.01) return;
            JsonObject link = new() { ["kind"] = "link", ["from"] = from, ["to"] = to, ["one_way"] = oneWay };
            _events.Add((JsonNode)During(link, begin, end, Math.Clamp(factor, 1e-3, 1e4)));
        }
    }

    // What lasts to the last request lasts to the last answer.
    private JsonObject During(JsonObject what, double from, double to, double? factor)
    {
        what["at_s"] = Figure(from);
        if (to < _twin.Duration) what["for_s"] = Figure(to - from);
        if (factor is { } times) what["factor"] = Figure(times);
        return what;
    }

    private JsonArray Workers()
    {
        JsonArray workers = [];
        foreach (WorkerFit worker in _twin.Workers)
        {
            string name = ClassOf(worker.Description.Id), site = WorkersAt(worker.Description.Site), id = $"{name}-{site}-1";
            JsonObject made = new()
            {
                ["class"] = name, ["at"] = site, ["id"] = name,
                ["variants"] = new JsonArray([.. worker.Services.Select(s => s.Variant).Distinct().Select(v => (JsonNode)VariantOf(v))]),
            };
            if (worker.Company.Count > 0) made["registered_interference"] = worker.Description.Interference.IsEmpty ? "none" : RegisteredOf(worker);
            workers.Add((JsonNode)made);
            foreach ((double from, double to, double factor) in worker.Levels)
                _events.Add((JsonNode)During(new JsonObject { ["kind"] = "slow-down", ["workers"] = id }, from, to, Math.Clamp(factor, 1e-3, 1e4)));
            foreach ((double from, double to) in worker.Away)
            {
                _events.Add(from == 0 ? new JsonObject { ["kind"] = "join", ["workers"] = id, ["at_s"] = Figure(to) }
                    : During(new JsonObject { ["kind"] = "crash", ["workers"] = id }, from, to, null));
            }

            if (worker.Spread.Share > 0)
            {
                _events.Add((JsonNode)new JsonObject
                {
                    ["kind"] = "spread", ["workers"] = id, ["at_s"] = 0, ["share"] = Figure(worker.Spread.Share), ["factor"] = Figure(worker.Spread.Factor),
                });
            }
        }

        return workers;
    }

    private void Accuracies()
    {
        foreach (AccuracyFit variant in _twin.Accuracies)
        {
            foreach ((double from, double to, double accuracy) in variant.Levels)
            {
                JsonObject change = During(new JsonObject { ["kind"] = "accuracy", ["variant"] = VariantOf(variant.Variant) }, from, to, null);
                change["becomes"] = Figure(accuracy);
                if (variant.Sites.Count > 0) change["frames_from"] = new JsonArray([.. variant.Sites.Select(s => (JsonNode)DevicesAt(s))]);
                _events.Add((JsonNode)change);
            }
        }
    }

    private JsonArray Applications() =>
    [
        .. from a in _applications
           join r in _twin.Requests on a.Key equals KeyOf(r) into own
           let due = own.Select(r => 1e-3 * r.Deadline).ToArray()
           select new JsonObject
           {
               ["name"] = a.Value, ["task"] = NameOf("task", a.Key.Task), ["deadline_ms"] = new JsonArray(Figure(due.Min()), Figure(due.Max())),
               ["min_accuracy"] = Figure(a.Key.MinAccuracy), ["weight"] = Figure(a.Key.Weight),
               ["payload_bytes"] = (int)Levels.Median(own.Select(r => (double)r.Bytes)),
               ["share"] = Figure(due.Length / (double)_twin.Requests.Count),
           },
    ];

    private JsonObject Schedulers()
    {
        double telemetry = _twin.Workers.Min(w => w.Description.TelemetryPeriod.TotalMilliseconds);
        JsonObject schedulers = new()
        {
            ["shares"] = new JsonArray([.. _twin.Shares.Select(s => Figure(s))]), ["telemetry_ms"] = Figure(telemetry),
        };
        if (_twin.Shares.Count > 1)
            schedulers["shared"] = new JsonObject { ["period_ms"] = Figure(Math.Clamp(1e3 * (_twin.ReportPeriod ?? 0.01), 0.1, 60_000)), ["delay_ms"] = 2 };
        return schedulers;
    }

    // Six digits are more than anybody measured.
    private static JsonValue Figure(double value) =>
        JsonValue.Create(double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
}
