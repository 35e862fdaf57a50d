using StreamSched.Core.Cluster;
using StreamSched.Documents;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Topologies;
using StreamSched.Simulation.Traces;

namespace StreamSched.Simulation.ScenarioFiles;

/// <content>Applications, arrivals, schedulers and events.</content>
internal sealed partial class ScenarioReader
{
    private static readonly Dictionary<string, ArrivalKind> ArrivalKinds = new(StringComparer.Ordinal)
    {
        ["poisson"] = ArrivalKind.Poisson, ["markov-modulated"] = ArrivalKind.MarkovModulated, ["streams"] = ArrivalKind.Streams, ["trace"] = ArrivalKind.Trace,
    };

    private static readonly Dictionary<string, EventKind> EventKinds = new(StringComparer.Ordinal)
    {
        ["slow-down"] = EventKind.SlowDown, ["crash"] = EventKind.Crash, ["link"] = EventKind.Link, ["load"] = EventKind.Load,
        ["accuracy"] = EventKind.Accuracy, ["spread"] = EventKind.Spread, ["interference"] = EventKind.Interference, ["join"] = EventKind.Join,
    };

    private void ReadApplications(DocumentNode node)
    {
        if (node.Any("applications") is not { } list) return;
        if (list.Kind == System.Text.Json.JsonValueKind.String)
        {
            Open(list.AsText(), "applications", table =>
            {
                foreach (DocumentNode item in table.Items("applications")) ReadApplication(item);
            }, "applications");
            return;
        }

        foreach (DocumentNode item in node.Items("applications")) ReadApplication(item);
    }

    private void ReadApplication(DocumentNode node)
    {
        string task = node.Text("task");
        (double least, double most) = node.Range("deadline_ms", min: 1e-3);
        bool quantile = node.Has("min_accuracy_quantile");
        if (quantile && node.Has("min_accuracy")) node.Error("min_accuracy", "is given beside min_accuracy_quantile");
        double floor = quantile ? Quantile(task, node.Number("min_accuracy_quantile", 0, 0, 1)) : node.Number("min_accuracy", 0, 0, 1);
        ApplicationDefinition application = new()
        {
            Name = node.Name("name"), Task = task, Deadline = (least * Millisecond, most * Millisecond), FramesPerSecond = node.Range("fps", (1, 1), 1e-3),
            Duration = node.Range("duration_s", (60, 60), 1e-3), MinAccuracy = (float)floor, PayloadBytes = node.Whole("payload_bytes", 0, 0, 100_000_000),
            Weight = (float)node.Number("weight", 1, 0, 1e6), Share = node.Number("share", 1, 0, 1e6),
        };
        node.Number("min_map", 0, 0, 1);
        node.Done("application");
        if (_catalogue.Variants.Values.All(v => v.Task != task)) node.Error("task", $"no variant answers '{task}'");
        else if (_workers.Count > 0 && !_workers.Exists(w => w.Variants.Any(v => v.Task == task)))
            node.Error("task", $"no worker holds a variant that answers '{task}'");
        else if (_workers.Count > 0 && _workers.SelectMany(w => w.Variants).Where(v => v.Task == task).Max(v => v.Accuracy) is var best
            && application.MinAccuracy > best)
            node.Error("min_accuracy", $"{DocumentNode.Show(floor)} is more than any variant reaches that a worker holds: {DocumentNode.Show(best)} at most");
        if (_applications.Any(a => a.Name == application.Name)) node.Error("name", $"there are two applications '{application.Name}'");
        _applications.Add(application);
    }

    // The q-quantile of the accuracies of the variants that workers of this scenario hold: a table of another accuracy measure keeps its order of demands. Of
    // two variants about it the less accurate one, since nothing but the very best for 0.83 would leave applications that no placement could ever answer in
    // time.
    private double Quantile(string task, double q)
    {
        float[] accuracies = [.. _workers.SelectMany(w => w.Variants).Distinct().Where(v => v.Task == task).Select(v => v.Accuracy).Order()];
        return accuracies.Length == 0 ? 0 : accuracies[(int)((q * (accuracies.Length - 1)) + 1e-9)];
    }

    private ArrivalDefinition? ReadArrival(DocumentNode node)
    {
        string word = node.Text("kind");
        if (!ArrivalKinds.TryGetValue(word, out ArrivalKind kind))
        {
            node.Error("kind", $"'{word}' is none of {string.Join(", ", ArrivalKinds.Keys)}");
            return null;
        }

        ArrivalDefinition arrival = new()
        {
            Kind = kind,
            Rate = kind switch
            {
                ArrivalKind.Poisson => node.Steps("rate_per_s"),
                ArrivalKind.Streams => node.Steps("per_minute"),
                _ => [],
            },
            States = kind == ArrivalKind.MarkovModulated ? [.. node.Items("states").Select(ReadState)] : [],
            Trace = kind == ArrivalKind.Trace ? OpenText(node, "file", MostTraceBytes, ArrivalTrace.Read) : null,
            Speed = kind == ArrivalKind.Trace ? node.Number("speed", 1, 1e-6) : 1,
            Scale = node.Positive("scale", 1), WarmStart = kind == ArrivalKind.Streams && node.Flag("warm_start", false),
            Applications = ReadMix(node), Sites = ReadSites(node, "sites", SiteDefinition.Access),
        };
        node.Done($"arrival:{word}");
        if (kind == ArrivalKind.MarkovModulated && arrival.States.Count < 2) node.Error("states", "needs two at least");
        else if (kind == ArrivalKind.MarkovModulated && arrival.States.All(s => s.Rate == 0))
            node.Error("states", "the rate is 0 in all of them: nothing ever arrives");
        if (arrival.Trace?.Unknown([.. _applications.Select(a => a.Name)], [.. _sites.Select(s => s.Name)]) is { } unknown) node.Error("file", unknown);
        return kind == ArrivalKind.Trace && arrival.Trace is null ? null : arrival;
    }

    private static ArrivalState ReadState(DocumentNode node)
    {
        ArrivalState state = new(node.Name("name"), node.Number("rate_per_s"), node.Number("mean_s", min: 1e-3));
        node.Done("state");
        return state;
    }

    private List<(int, double)> ReadMix(DocumentNode node)
    {
        List<(int, double)> mix = [];
        if (node.Part("applications") is { } shares)
        {
            foreach ((string key, DocumentNode value) in shares.Members())
            {
                int i = _applications.FindIndex(a => a.Name == key);
                if (i < 0) value.Error($"there is no application '{key}'");
                else mix.Add((i, value.AsNumber(0, 1e9)));
            }
        }
        else
        {
            for (int i = 0; i < _applications.Count; i++) mix.Add((i, _applications[i].Share));
        }

        if (!(mix.Sum(m => m.Item2) > 0)) node.Error("applications", "the shares add up to nothing");
        return mix;
    }

    private List<int> ReadSites(DocumentNode node, string key, string all)
    {
        IReadOnlyList<string> patterns = node.Has(key) ? node.Texts(key) : [all];
        List<int> found = [];
        for (int s = 0; s < _sites.Count; s++)
            if (patterns.Any(_sites[s].Matches)) found.Add(s);
        if (found.Count == 0) node.Error(key, $"no site matches {string.Join(", ", patterns)}");
        return found;
    }

    private static SchedulerDefinition ReadSchedulers(DocumentNode node)
    {
        int count = node.Whole("count", 1, 1, 256);
        double[] shares = node.Has("shares") ? [.. node.Items("shares").Select(n => n.AsNumber(1e-6, 1e6))] : [.. Enumerable.Repeat(1.0, count)];
        if (node.Has("shares") && node.Has("count") && shares.Length != count) node.Error("shares", $"has {shares.Length} entries for {count} schedulers");
        double sum = shares.Sum();
        double period = double.PositiveInfinity, delay = 0;
        if (node.Part("shared") is { } shared)
        {
            period = shared.Number("period_ms", 10, 0.1) * Millisecond;
            delay = shared.Number("delay_ms", 2) * Millisecond;
            shared.Done("shared");
        }

        SchedulerDefinition plan = new()
        {
            Shares = [.. shares.Select(s => s / sum)], SharePeriod = period, ShareDelay = delay, Scaled = node.Flag("scaled", true),
            TelemetryPeriod = node.Number("telemetry_ms", 250, 1) * Millisecond,
        };
        node.Done("schedulers");
        return plan;
    }

    private EventDefinition? ReadEvent(DocumentNode node)
    {
        string word = node.Text("kind");
        if (!EventKinds.TryGetValue(word, out EventKind kind))
        {
            node.Error("kind", $"'{word}' is none of {string.Join(", ", EventKinds.Keys)}");
            return null;
        }

        EventDefinition occasion = kind switch
        {
            EventKind.Link => ReadLinkEvent(node),
            EventKind.Load => ReadLoadEvent(node),
            EventKind.Accuracy => ReadAccuracyEvent(node),
            EventKind.Interference => ReadInterferenceEvent(node),
            _ => new EventDefinition
            {
                Kind = kind, Workers = ReadConcerned(node), Share = kind == EventKind.Spread ? node.Number("share", 0.1, 0, 1) : 0,
                Factor = kind switch
                {
                    EventKind.SlowDown => node.Range("factor", null, 1e-3, 1e4),
                    EventKind.Spread => node.Range("factor", (4, 4), 1, 1e4),
                    _ => (1, 1),
                },
            },
        };
        bool isOnce = kind is EventKind.Accuracy or EventKind.Spread or EventKind.Interference or EventKind.Join;
        occasion = occasion with
        {
            At = isOnce || node.Has("at_s") ? node.Number("at_s") : double.NaN,
            Every = !isOnce && node.Has("every_s") ? node.Number("every_s", min: 1e-3) : double.NaN,
            For = kind != EventKind.Join && node.Has("for_s") ? node.Number("for_s", min: 1e-6) : double.PositiveInfinity,
        };
        node.Done($"event:{word}");
        if (double.IsNaN(occasion.At) == double.IsNaN(occasion.Every)) node.Error("needs either at_s or every_s");
        if (kind == EventKind.Load && double.IsNaN(occasion.At))
            node.Error("every_s", "load changes at given times; for random ones there are markov-modulated arrivals");
        if (occasion.Over > occasion.For) node.Error("over_s", "is longer than for_s");
        return occasion;
    }

    private List<int> ReadConcerned(DocumentNode node)
    {
        IReadOnlyList<string> patterns = node.Has("workers") ? node.Texts("workers") : ["*"];
        List<int> workers = [];
        for (int w = 0; w < _workers.Count; w++)
            if (patterns.Any(p => Pattern.Matches(p, _workers[w].Id) || _sites[_workers[w].Site].Matches(p))) workers.Add(w);
        if (workers.Count == 0) node.Error("workers", $"no worker matches {string.Join(", ", patterns)}");
        return workers;
    }

    private EventDefinition ReadLinkEvent(DocumentNode node)
    {
        List<(int, int)> links = [];
        string from = node.Text("from"), to = node.Text("to");
        bool oneWay = node.Flag("one_way", false);
        foreach ((int a, int b) in Pairs(from, to))
        {
            links.Add((a, b));
            if (a != b && !oneWay) links.Add((b, a));
        }

        if (links.Count == 0) node.Error($"no two sites match '{from}' and '{to}'");
        if (!node.Has("factor") && !node.Has("bandwidth_factor")) node.Error("needs factor or bandwidth_factor, else it changes nothing");
        if (node.Has("bandwidth_factor")
            && links.TrueForAll(l => double.IsInfinity(_links[l.Item1, l.Item2].BytesPerSecond) && _links[l.Item1, l.Item2].Trace is null))
            node.Error("bandwidth_factor", $"no link between '{from}' and '{to}' has a bandwidth");
        if (node.Has("factor") && links.TrueForAll(l => _links[l.Item1, l.Item2].Delay == 0))
            node.Error("factor", $"no link between '{from}' and '{to}' has a delay");
        return new EventDefinition
        {
            Kind = EventKind.Link, Links = [.. links.Distinct()], Factor = node.Range("factor", (1, 1), 1e-3, 1e4),
            BandwidthFactor = node.Number("bandwidth_factor", 1, 1e-4),
        };
    }

    private EventDefinition ReadLoadEvent(DocumentNode node)
    {
        IReadOnlyList<string> names = node.Texts("applications");
        if (names.FirstOrDefault(n => _applications.TrueForAll(a => a.Name != n)) is { } unknown)
            node.Error("applications", $"there is no application '{unknown}'");
        else if (node.Has("applications") && names.Count == 0) node.Error("applications", "needs one at least");
        (double least, double most) = node.Range("factor", null, 1e-3, 1e4);
        if (least != most) node.Error("factor", "of load is one number");
        return new EventDefinition
        {
            Kind = EventKind.Load, Factor = (least, most),
            Applications = [.. Enumerable.Range(0, _applications.Count).Where(a => names.Contains(_applications[a].Name))],
        };
    }

    private EventDefinition ReadAccuracyEvent(DocumentNode node)
    {
        string variant = node.Text("variant");
        List<int> workers = [.. ReadConcerned(node).Where(w => _workers[w].Variants.Any(v => v.Name == variant))];
        if (workers.Count == 0) node.Error("variant", $"no worker concerned holds '{variant}'");
        if (node.Has("factor") == node.Has("becomes")) node.Error("needs either factor or becomes");
        (double, double) factor = node.Range("factor", (1, 1), 1e-3, 1e3);
        if (node.Has("becomes") && _catalogue.Variants.TryGetValue(variant, out VariantDefinition? model))
        {
            double becomes = node.Number("becomes", null, 1e-3, 1);
            if (model.Accuracy == 0) node.Error("becomes", $"the registered accuracy of '{variant}' is 0, and stays so");
            else factor = (becomes / model.Accuracy, becomes / model.Accuracy);
        }

        return new EventDefinition
        {
            Kind = EventKind.Accuracy, Variant = variant, Workers = workers, Origins = ReadSites(node, "frames_from", "*"),
            Factor = factor, Over = node.Number("over_s", 0),
        };
    }

    private EventDefinition ReadInterferenceEvent(DocumentNode node)
    {
        List<int> workers = ReadConcerned(node);
        InterferenceTable? law = null;
        if (node.Has("class"))
        {
            string name = node.Text("class");
            if (name == NoMatrices) law = InterferenceTable.None;
            else if (_catalogue.Classes.TryGetValue(name, out WorkerClass? other)) law = other.Interference;
            else node.Error("class", $"is neither '{NoMatrices}' nor a class: '{name}'");
        }

        if (!node.Has("class") && !node.Has("factor")) node.Error("needs class or factor, else it changes nothing");
        if (workers.TrueForAll(w => _workers[w].Class.Processors.Sum(p => p.Slots) == 1))
            node.Error("workers", "none of them runs two batches at the same time, so nothing slows another");
        else if (!node.Has("class") && workers.TrueForAll(w => _workers[w].Class.Interference.IsEmpty))
            node.Error("factor", "none of the workers has an interference law that could be multiplied");
        return new EventDefinition { Kind = EventKind.Interference, Workers = workers, Law = law, Factor = node.Range("factor", (1, 1), 0, 1e3) };
    }

    private static LabelDefinition ReadLabels(DocumentNode node)
    {
        LabelDefinition labels = new(node.Number("share", 0.05, 0, 1), node.Range("delay_s", (2, 10), 0, 1e6));
        node.Done("labels");
        return labels;
    }
}
