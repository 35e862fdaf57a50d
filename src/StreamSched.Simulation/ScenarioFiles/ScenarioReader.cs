using System.Text.Json;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;
using StreamSched.Core.Serving;
using StreamSched.Documents;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Topologies;
using StreamSched.Simulation.Traces;

namespace StreamSched.Simulation.ScenarioFiles;

/// <summary>Turns a document into a <see cref="Scenario"/>. What it accepts is published as <c>scenarios/scenario.schema.json</c>.</summary>
internal sealed partial class ScenarioReader(DocumentOrigins origins, DocumentErrors errors)
{
    private const double Millisecond = 1e-3;
    private const double Megabit = 125_000;
    private const string NoMatrices = "none";
    private const long MostGraphBytes = 1 << 24, MostBandwidthBytes = 1 << 26, MostTraceBytes = 1 << 30;
    private const int MostSites = 1000, MostWorkers = 10_000; // every pair of sites has a link
    private readonly CatalogueReader _catalogue = new();
    private readonly List<SiteDefinition> _sites = [];
    private readonly List<WorkerDefinition> _workers = [];
    private readonly List<ApplicationDefinition> _applications = [];
    private readonly List<string> _assumed = [];
    private Topology? _topology;
    private LinkDefinition[,] _links = new LinkDefinition[0, 0];
    private IReadOnlyList<double> _registeredScales = [1];
    private bool _hasTooManyWorkers;

    public Scenario? Read(DocumentNode node, string defaultName)
    {
        node.Text("$schema", "");
        string name = node.Name("name", defaultName), description = node.Text("description", "");
        double duration = node.Number("duration_s", 20, 1e-3, 1e6), warmUp = node.Number("warmup_s", 0, 0, 1e6);
        ulong seed = (ulong)node.WholeNumber("seed", 1, 0, Scenario.GreatestSeed);
        double load = node.Positive("load", 1), scale = node.Number("service_scale", 1, 1e-3, 1e3);
        ServiceNoise? noise = node.Has("noise") ? CatalogueReader.ReadNoise(node) : null;
        _registeredScales = ReadRegisteredScales(node, [1]);
        string value = node.Text("value", "accuracy");
        if (value is not ("accuracy" or "success")) node.Error("value", $"'{value}' is neither 'accuracy' nor 'success'");
        string mask = node.Text("mask", "completion");
        if (mask is not ("completion" or "aset")) node.Error("mask", $"'{mask}' is neither 'completion' nor 'aset'");
        if (warmUp >= duration) node.Error("warmup_s", "is not less than duration_s");
        _assumed.AddRange(node.Texts("assumed"));

        foreach (string file in node.Texts("catalogue")) Open(file, "catalogue", _catalogue.Read, "catalogue");
        _catalogue.Read(node);
        ReadSites(node);
        foreach (DocumentNode item in node.Items("workers")) ReadWorkers(item);
        ReadApplications(node);
        List<ArrivalDefinition> arrivals = [.. node.Items("arrivals").Select(ReadArrival).OfType<ArrivalDefinition>()];
        SchedulerDefinition schedulers = node.Part("schedulers") is { } plan ? ReadSchedulers(plan) : new SchedulerDefinition();
        List<EventDefinition> events = [.. node.Items("events").Select(ReadEvent).OfType<EventDefinition>()];
        LabelDefinition? labels = node.Part("labels") is { } some ? ReadLabels(some) : null;
        node.Done("scenario");
        if (IsEmpty(_workers.Count, "workers")) node.Error("workers", "there is no worker");
        if (IsEmpty(_applications.Count, "applications")) node.Error("applications", "there is no application");
        if (_applications.Count > 0 && _applications.TrueForAll(a => a.Weight == 0))
            node.Error("applications", "the weight is 0 in all of them: nothing counts");
        if (IsEmpty(arrivals.Count, "arrivals")) node.Error("arrivals", "nothing arrives");
        HashSet<int> later = [.. events.Where(e => e.Kind == EventKind.Join).SelectMany(e => e.Workers)];
        HashSet<string> early = [.. _workers.Where((_, w) => !later.Contains(w)).SelectMany(w => w.Variants).Select(v => v.Task)];
        if (later.Count > 0 && _applications.Find(a => !early.Contains(a.Task)) is { } unserved)
            node.Error("events", $"no worker that is there from the beginning answers '{unserved.Task}'");
        if (errors.All.Count > 0) return null;

        foreach (WorkerClass used in _workers.Select(w => w.Class).Distinct())
            _assumed.AddRange(used.Assumed.Select(a => $"{used.Name}: {a}"));
        foreach (VariantDefinition used in _workers.SelectMany(w => w.Variants).Distinct().Where(v => v.Assumed)) _assumed.Add($"{used.Name}: accuracy");
        return new Scenario
        {
            Name = name, Description = description, Duration = duration, WarmUp = warmUp, Seed = seed, Load = load, ServiceScale = scale, Noise = noise,
            ValueIsAccuracy = value == "accuracy", Mask = mask == "aset" ? FeasibilityRule.Aset : FeasibilityRule.Completion,
            Assumed = [.. _assumed.Distinct()], Sites = _sites, Links = _links, Workers = _workers,
            Applications = _applications, Arrivals = arrivals, Schedulers = schedulers, Events = events, Labels = labels,
        };

        // What could not be read is no list that is empty.
        bool IsEmpty(int count, string key) => count == 0 && (errors.All.Count == 0 || !node.Has(key));
    }

    // Opens a file that the scenario names; whatever is wrong with it is reported at the key that names it.
    private void Open(string file, string key, Action<DocumentNode> read, string definition)
    {
        try
        {
            string text = UserFile.ReadText(origins.Resolve(key, file), ScenarioFile.MostBytes);
            _ = new DocumentLines(text, UserJson.Reader); // what cannot be read as text is found here
            using JsonDocument document = JsonDocument.Parse(text, UserJson.Document);
            DocumentNode node = new(document.RootElement.Clone(), file + "#", errors);
            node.Text("source", "");
            node.Text("licence", "");
            read(node);
            node.Done(definition);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            errors.Add(key, Why(file, e));
        }
    }

    private T? OpenText<T>(DocumentNode node, string key, long mostBytes, Func<TextReader, T> read) where T : class
    {
        string file = node.Text(key);
        try
        {
            using StreamReader reader = UserFile.OpenLines(origins.Resolve($"{node.Path}.{key}", file), mostBytes);
            return read(reader);
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            node.Error(key, Why(file, e));
            return null;
        }
    }

    private static string Why(string file, Exception e) =>
        e is FileNotFoundException ? $"there is no file '{file}'" : $"'{file}': " + e switch
        {
            JsonException fault => UserJson.Fault(fault),
            IOException { Message: var text } => text[(text.IndexOf(": ", StringComparison.Ordinal) + 2)..],
            _ => e.Message,
        };

    private void ReadSites(DocumentNode node)
    {
        LinkDefinition? local = null, other = null;
        DocumentNode? links = node.Part("links");
        if (links is not null)
        {
            if (links.Part("local") is { } inside) local = ReadLink(inside, endDefinition: true);
            if (links.Part("other") is { } between) other = ReadLink(between, endDefinition: true);
        }

        if (node.Part("topology") is { } map)
        {
            _topology = ReadTopology(map);
            if (_topology is not null) _sites.AddRange(_topology.Sites);
        }

        foreach (DocumentNode item in node.Items("sites"))
        {
            SiteDefinition site = new(item.Name("name"), item.Text("tier", SiteDefinition.Access));
            item.Done("site");
            if (!SiteDefinition.Tiers.Contains(site.Tier)) item.Error("tier", $"'{site.Tier}' is none of {string.Join(", ", SiteDefinition.Tiers)}");
            if (_sites.Any(s => s.Name == site.Name)) item.Error("name", $"there are two sites '{site.Name}'");
            if (_sites.Count == MostSites)
            {
                node.Error("sites", $"there are more than {MostSites}");
                break;
            }

            _sites.Add(site);
        }

        if (_sites.Count == 0) _sites.Add(new SiteDefinition("here", SiteDefinition.Access));
        LinkDefinition?[,] known = new LinkDefinition?[_sites.Count, _sites.Count];
        for (int a = 0; a < _sites.Count; a++)
            for (int b = 0; b < _sites.Count; b++) known[a, b] = a == b ? local : other;
        _topology?.WriteLinks(known);
        if (links is not null) ReadBetween(links, known);
        _links = Complete(node, known);
    }

    private void ReadBetween(DocumentNode links, LinkDefinition?[,] known)
    {
        foreach (DocumentNode item in links.Items("between"))
        {
            string from = item.Text("from"), to = item.Text("to");
            LinkDefinition link = ReadLink(item, endDefinition: false);
            bool oneWay = item.Flag("one_way", false);
            item.Done("between");
            int n = 0;
            foreach ((int a, int b) in Pairs(from, to))
            {
                known[a, b] = link;
                if (!oneWay) known[b, a] = link;
                n++;
            }

            if (n == 0) item.Error($"no two sites match '{from}' and '{to}'");
        }

        links.Done("links");
    }

    // A distance that nobody gave is an error, since 0 ms would be a world that nobody meant. Within a site 0 ms is what one means as a rule, and the report
    // says so.
    private LinkDefinition[,] Complete(DocumentNode node, LinkDefinition?[,] known)
    {
        LinkDefinition[,] links = new LinkDefinition[_sites.Count, _sites.Count];
        List<string> missing = [];
        bool ideal = false;
        for (int a = 0; a < _sites.Count; a++)
        {
            for (int b = 0; b < _sites.Count; b++)
            {
                links[a, b] = known[a, b] ?? LinkDefinition.Ideal;
                if (known[a, b] is not null) continue;
                if (a == b) ideal = true;
                else if (a < b) missing.Add($"'{_sites[a].Name}' and '{_sites[b].Name}'");
            }
        }

        if (ideal) _assumed.Add("no delay within a site (there is no links.local)");
        if (missing.Count > 0)
            node.Error("links", $"none between {missing[0]}{(missing.Count > 1 ? $" and {missing.Count - 1} other pairs of sites" : "")}; "
                + "name it in links.between, or give links.other");
        return links;
    }

    private IEnumerable<(int From, int To)> Pairs(string from, string to)
    {
        for (int a = 0; a < _sites.Count; a++)
            for (int b = 0; b < _sites.Count; b++)
                if ((a != b || from == to) && _sites[a].Matches(from) && _sites[b].Matches(to)) yield return (a, b);
    }

    private LinkDefinition ReadLink(DocumentNode node, bool endDefinition)
    {
        double delay = node.Number("delay_ms") * Millisecond, jitter = node.Number("jitter_ms", 0) * Millisecond;
        if (jitter > 0 && node.Has("delay_ms") && delay == 0) node.Error("jitter_ms", "varies a delay, and delay_ms is 0");
        double bandwidth = node.Has("mbit_per_s") ? node.Number("mbit_per_s", min: 1e-3) * Megabit : double.PositiveInfinity;
        double cost = node.Number("money_per_gb", 0), traceScale = node.Number("trace_scale", 1, 1e-3);
        if (node.Has("trace_scale") && !node.Has("trace")) node.Error("trace_scale", "scales a trace, and there is none");
        if (node.Has("mbit_per_s") && node.Has("trace")) node.Error("mbit_per_s", "is given beside a trace of the bandwidth");
        BandwidthTrace? trace = node.Has("trace") ? OpenText(node, "trace", MostBandwidthBytes, reader => BandwidthTrace.Read(reader, traceScale)) : null;
        if (endDefinition) node.Done("link");
        return new LinkDefinition(delay, jitter, bandwidth, cost, trace);
    }

    private Topology? ReadTopology(DocumentNode node)
    {
        TopologyPlan plan = new()
        {
            Placement = node.Text("placement", "full-edge"), Access = node.Whole("access_sites", 4, 1, 64), Offices = node.Whole("offices", 2, 0, 32),
            RouteFactor = node.Number("route_factor", 1.5, 1, 5), HopDelay = node.Number("hop_delay_ms", 0.1) * Millisecond,
            Jitter = node.Number("jitter_factor", 0.1, 0, 2), BytesPerSecond = node.Number("mbit_per_s", 10_000, 1e-3) * Megabit,
            CloudDelay = node.Number("cloud_delay_ms", 20) * Millisecond, AccessDelay = node.Number("access_delay_ms", 2) * Millisecond,
            AccessJitter = node.Number("access_jitter_ms", 0.5) * Millisecond, AccessBytesPerSecond = node.Number("access_mbit_per_s", 100, 1e-3) * Megabit,
        };
        if (!TopologyPlan.Placements.Contains(plan.Placement))
            node.Error("placement", $"'{plan.Placement}' is none of {string.Join(", ", TopologyPlan.Placements)}");
        Topology? topology = OpenText(node, "file", MostGraphBytes, reader => Topology.From(GmlGraph.Read(reader), plan));
        node.Done("topology");
        return topology;
    }

    private void ReadWorkers(DocumentNode node)
    {
        string className = node.Text("class"), at = node.Text("at", SiteDefinition.Access), prefix = node.Name("id", className);
        int count = node.Whole("count", 1, 0, 1000), holds = node.Whole("holds", 0, 0, 1000);
        double scale = node.Number("service_scale", 1, 1e-3, 1e3);
        IReadOnlyList<double> registered = ReadRegisteredScales(node, _registeredScales);
        string? matrices = node.Has("registered_interference") ? node.Text("registered_interference") : null;
        IReadOnlyList<string> wanted = node.Has("variants") ? node.Texts("variants") : ["*"];
        node.Done("worker");
        if (!_catalogue.Classes.TryGetValue(className, out WorkerClass? found))
        {
            node.Error("class", $"there is no class '{className}'");
            return;
        }

        WorkerClass? measured = found;
        if (matrices is not null and not NoMatrices && !_catalogue.Classes.TryGetValue(matrices, out measured))
            node.Error("registered_interference", $"is neither '{NoMatrices}' nor a class: '{matrices}'");
        InterferenceTable says = matrices == NoMatrices ? InterferenceTable.None : measured?.Interference ?? InterferenceTable.None;
        List<VariantDefinition> variants = [];
        foreach (string pattern in wanted)
        {
            VariantDefinition[] matching =
                [.. found.Services.Select(s => s.Variant).Distinct().Where(v => Pattern.Matches(pattern, v)).Select(v => _catalogue.Variants[v])];
            if (matching.Length == 0) node.Error("variants", $"class '{className}' runs no variant '{pattern}'");
            variants.AddRange(matching.Except(variants));
        }

        int sites = 0;
        for (int s = 0; s < _sites.Count; s++)
        {
            if (!_sites[s].Matches(at)) continue;
            sites++;
            if (_topology?.Hosts(_sites[s].Tier) == false) continue;
            if (_workers.Count + count > MostWorkers)
            {
                if (!_hasTooManyWorkers) node.Error("count", $"there are more than {MostWorkers} workers"); // once, however many groups follow
                _hasTooManyWorkers = true;
                return;
            }

            for (int i = 0; i < count; i++)
                _workers.Add(new WorkerDefinition(IdFor(prefix, _sites[s].Name), found, s, Held(variants, holds), registered, scale, says));
        }

        // A placement without sites of a tier leaves out the groups that would be there, so that one list of workers serves all placements.
        if (sites == 0 && _topology?.Hosts(at) != false) node.Error("at", $"no site matches '{at}'");
    }

    // One number for all, or several of which each worker draws one for each of its variants.
    private static IReadOnlyList<double> ReadRegisteredScales(DocumentNode node, IReadOnlyList<double> fallback)
    {
        if (node.Any("registered_scale") is not { Kind: JsonValueKind.Array } several)
            return node.Has("registered_scale") ? [node.Number("registered_scale", 1, 1e-3, 1e3)] : fallback;
        double[] scales = [.. several.Items().Select(item => item.AsNumber(1e-3, 1e3))];
        if (scales.Length == 0) several.Error("needs one number at least");
        return scales;
    }

    // With fewer places than variants each worker of a group holds the next few, so that all are held somewhere.
    private List<VariantDefinition> Held(List<VariantDefinition> variants, int holds)
    {
        if (holds == 0 || holds >= variants.Count) return variants;
        int start = _workers.Count * holds % variants.Count;
        return [.. Enumerable.Range(start, holds).Select(i => variants[i % variants.Count])];
    }

    private string IdFor(string prefix, string site)
    {
        string stem = $"{prefix}-{site}";
        return $"{stem}-{1 + _workers.Count(w => w.Id.StartsWith(stem + "-", StringComparison.Ordinal))}";
    }

}
