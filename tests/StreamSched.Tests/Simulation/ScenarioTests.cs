using System.Text.Json;
using StreamSched.Documents;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Topologies;
using StreamSched.Simulation.Workloads;

namespace StreamSched.Tests.Simulation;

public class ScenarioTests
{
    private static readonly string Folder = Checkout.Path("scenarios");

    public static TheoryData<string> Shipped() =>
        [.. Directory.GetFiles(Folder, "*.json").Concat(Directory.GetFiles(Path.Combine(Folder, "live"), "*.json"))
            .Select(f => Path.GetRelativePath(Folder, f)).Where(f => !f.EndsWith(".schema.json", StringComparison.Ordinal)).Order()];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void A_shipped_scenario_is_valid_and_says_what_is_assumed(string file)
    {
        Scenario scenario = ScenarioFile.Load(Path.Combine(Folder, file));
        Assert.NotEmpty(scenario.Description);
        Assert.Contains(scenario.Assumed, a => a.Contains("watts", StringComparison.Ordinal));
        Workload workload = new(scenario with { Duration = 0.5 }, 1);
        Assert.True(workload.TryNext(out _));
    }

    [Fact]
    public void The_published_schema_names_the_keys_that_are_read()
    {
        DocumentErrors seen = new();
        foreach (string file in Shipped().Select(row => row.Data)) ScenarioFile.Load(Path.Combine(Folder, file), seen);

        // Kinds of objects that no shipped scenario has.
        try
        {
            string all = Path.GetTempFileName();
            File.WriteAllText(all, """
                {"classes":[{"name":"c","processors":[],"services":[],"interference":{"matrices":[{}]}}],
                 "links":{"local":{},"between":[{}]},"events":[{"kind":"link"},{"kind":"load"}]}
                """);
            ScenarioFile.Load(all, seen);
        }
        catch (ScenarioException)
        {
        }

        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "scenario.schema.json")));
        Dictionary<string, string[]> published = schema.RootElement.GetProperty("$defs").EnumerateObject()
            .ToDictionary(
                d => d.Name, d => d.Value.GetProperty("properties").EnumerateObject().Select(p => p.Name).Where(n => n != "extends").Order().ToArray());
        Assert.Equal(published.Keys.Order(), seen.Keys.Keys.Order());
        foreach ((string definition, HashSet<string> keys) in seen.Keys) Assert.Equal(published[definition], keys.Order());
    }

    [Theory]
    [InlineData("""{"duration_s": -1}""", "duration_s: -1 is not in 0.001 .. 1000000")]
    [InlineData("""{"durations": 5}""", "durations: unknown key; scenario has:")]
    [InlineData("""{"arrivals":[{"kind":"poisson","rate_per_s":-5}]}""", "arrivals[0].rate_per_s: -5 is less than 0")]
    [InlineData("""{"arrivals":[{"kind":"poison"}]}""", "arrivals[0].kind: 'poison' is none of poisson, markov-modulated, streams, trace")]
    [InlineData("""{"arrivals":[{"kind":"trace","file":"nowhere.csv"}]}""", "arrivals[0].file: there is no file 'nowhere.csv'")]
    [InlineData("""{"catalogue":"nowhere.json"}""", "catalogue: there is no file 'nowhere.json'")]
    [InlineData("""{"workers":[{"class":"x"}]}""", "workers[0].class: there is no class 'x'")]
    [InlineData("""{"workers":[{"class":"w","at":"moon"}]}""", "workers[0].at: no site matches 'moon'")]
    [InlineData("""{"workers":[{"class":"w","count":1.5}]}""", "workers[0].count: 1.5 is not a whole number")]
    [InlineData("""{"applications":[{"name":"a","task":"t","deadline_ms":[5,1]}]}""", "applications[0].deadline_ms: a range is [least, most]")]
    [InlineData("""{"applications":[{"name":"a","task":"other","deadline_ms":5}]}""", "applications[0].task: no variant answers 'other'")]
    [InlineData(
        """{"classes":[{"name":"w","processors":[{"id":"p"}],"services":[{"variant":"m","ms":[[2,5]]}]}]}""",
        "classes[0].services[0].ms[0]: is not [batch size, ms]")]
    [InlineData("""{"events":[{"kind":"crash"}]}""", "events[0]: needs either at_s or every_s")]
    [InlineData("""{"sites":[{"name":"a"},{"name":"a"}]}""", "sites[1].name: there are two sites 'a'")]
    [InlineData("""{"schedulers":{"count":2,"shares":[1]}}""", "schedulers.shares: has 1 entries for 2 schedulers")]
    [InlineData("""{"value":"speed"}""", "value: 'speed' is neither")]
    [InlineData("""{"topology":{"file":"nowhere.gml"}}""", "topology.file: there is no file 'nowhere.gml'")]
    [InlineData("""{"arrivals":[{"kind":"poisson","rate_per_s":0}]}""", "arrivals[0].rate_per_s: is 0: nothing ever arrives")]
    [InlineData("""{"arrivals":[{"kind":"poisson","rate_per_s":[[0,0],[1,0]]}]}""", "arrivals[0].rate_per_s: is 0: nothing ever arrives")]
    [InlineData("""{"arrivals":[{"kind":"streams","per_minute":0}]}""", "arrivals[0].per_minute: is 0: nothing ever arrives")]
    [InlineData("""{"arrivals":[{"kind":"poisson","rate_per_s":"NaN"}]}""", "arrivals[0].rate_per_s: is a text where a number belongs")]
    [InlineData("""{"arrivals":[{"kind":"poisson","rate_per_s":1e999}]}""", "arrivals[0].rate_per_s: 1e999 is too large")]
    [InlineData("""{"arrivals":[{"kind":"poisson","rate_per_s":5,"scale":0}]}""", "arrivals[0].scale: is not above 0")]
    [InlineData(
        """{"arrivals":[{"kind":"markov-modulated","states":[{"name":"x","rate_per_s":0,"mean_s":1},{"name":"y","rate_per_s":0,"mean_s":1}]}]}""",
        "arrivals[0].states: the rate is 0")]
    [InlineData("""{"arrivals":[{"kind":"poisson","rate_per_s":1e-9}]}""", "arrivals: with seed 1 nothing arrives")]
    [InlineData("""{"arrivals":[{"kind":"poisson","rate_per_s":[[0,5],[20,9]]}]}""", "arrivals[0].rate_per_s: 20 s is not before the end of the run at 20 s")]
    [InlineData("""{"load":0}""", "load: is not above 0")]
    [InlineData("""{"seed":1.5}""", "seed: 1.5 is not a whole number")]
    [InlineData("""{"events":[{"kind":"crash","at_s":30}]}""", "events[0].at_s: 30 s is not before the end of the run at 20 s")]
    [InlineData("""{"events":[{"kind":"drift","at_s":1}]}""",
        "events[0].kind: 'drift' is none of slow-down, crash, link, load, accuracy, spread, interference, join")]
    [InlineData("""{"events":[{"kind":"accuracy","variant":"n","at_s":1,"factor":0.5}]}""", "events[0].variant: no worker concerned holds 'n'")]
    [InlineData("""{"events":[{"kind":"accuracy","variant":"m","at_s":1}]}""", "events[0]: needs either factor or becomes")]
    [InlineData("""{"events":[{"kind":"accuracy","variant":"m","at_s":1,"factor":0.5,"becomes":0.5}]}""", "events[0]: needs either factor or becomes")]
    [InlineData("""{"events":[{"kind":"accuracy","variant":"m","at_s":1,"becomes":1.5}]}""", "events[0].becomes: 1.5 is not in 0.001 .. 1")]
    [InlineData("""{"events":[{"kind":"accuracy","variant":"m","at_s":1,"for_s":2,"over_s":3,"factor":0.5}]}""", "events[0].over_s: is longer than for_s")]
    [InlineData("""{"events":[{"kind":"accuracy","variant":"m","every_s":9,"factor":0.5}]}""", "events[0].at_s: is missing")]
    [InlineData("""{"events":[{"kind":"accuracy","variant":"m","workers":"x","at_s":1,"factor":0.5}]}""", "events[0].workers: no worker matches x")]
    [InlineData("""{"events":[{"kind":"spread","at_s":1,"share":2}]}""", "events[0].share: 2 is not in 0 .. 1")]
    [InlineData("""{"events":[{"kind":"spread","at_s":1,"factor":0.5}]}""", "events[0].factor: 0.5 is not in 1 .. 10000")]
    [InlineData("""{"events":[{"kind":"spread","at_s":30}]}""", "events[0].at_s: 30 s is not before the end of the run at 20 s")]
    [InlineData("""{"events":[{"kind":"interference","at_s":1}]}""", "events[0]: needs class or factor, else it changes nothing")]
    [InlineData("""{"events":[{"kind":"interference","at_s":1,"class":"x"}]}""", "events[0].class: is neither 'none' nor a class: 'x'")]
    [InlineData("""{"events":[{"kind":"interference","at_s":1,"class":"none"}]}""", "events[0].workers: none of them runs two batches at the same time")]
    [InlineData(
        """{"classes":[{"name":"w","processors":[{"id":"cpu","slots":2}],"services":[{"variant":"m","ms":10}]}]"""
        + ""","events":[{"kind":"interference","at_s":1,"factor":2}]}""",
        "events[0].factor: none of the workers has an interference law")]
    [InlineData("""{"events":[{"kind":"join","at_s":1}]}""", "events: no worker that is there from the beginning answers 't'")]
    [InlineData("""{"events":[{"kind":"join","at_s":1,"for_s":1}]}""", "events[0].for_s: unknown key")]
    [InlineData("""{"events":[{"kind":"load","at_s":1,"factor":2,"applications":"b"}]}""", "events[0].applications: there is no application 'b'")]
    [InlineData("""{"events":[{"kind":"load","at_s":1,"factor":2,"applications":[]}]}""", "events[0].applications: needs one at least")]
    [InlineData("""{"labels":{"share":1.5}}""", "labels.share: 1.5 is not in 0 .. 1")]
    [InlineData("""{"labels":{"delay_s":[10,2]}}""", "labels.delay_s: a range is [least, most]")]
    [InlineData("""{"labels":{"every":2}}""", "labels.every: unknown key; labels has: delay_s, share")]
    [InlineData("""{"events":[{"kind":"load","at_s":1,"factor":[2,3]}]}""", "events[0].factor: of load is one number")]
    [InlineData("""{"events":[{"kind":"link","from":"here","to":"here","at_s":1}]}""", "events[0]: needs factor or bandwidth_factor")]
    [InlineData("""{"events":[{"kind":"link","from":"here","to":"here","at_s":1,"bandwidth_factor":0.5}]}""", "events[0].bandwidth_factor: no link between")]
    [InlineData("""{"events":[{"kind":"link","from":"here","to":"here","at_s":1,"factor":2}]}""", "events[0].factor: no link between")]
    [InlineData(
        """{"sites":[{"name":"a"},{"name":"b"},{"name":"c"}]}""",
        "links: none between 'a' and 'b' and 2 other pairs of sites; name it in links.between, or give links.other")]
    [InlineData("""{"links":{"local":{"mbit_per_s":10}}}""", "links.local.delay_ms: is missing")]
    [InlineData("""{"links":{"local":{"delay_ms":0,"jitter_ms":1}}}""", "links.local.jitter_ms: varies a delay, and delay_ms is 0")]
    [InlineData("""{"links":{"local":{"delay_ms":1,"trace_scale":2}}}""", "links.local.trace_scale: scales a trace, and there is none")]
    [InlineData("""{"sites":[{"name":"a,b"}]}""", "sites[0].name: a name has no comma")]
    [InlineData(
        """{"applications":[{"name":"a","task":"t","deadline_ms":5,"min_accuracy":0.6}]}""",
        "applications[0].min_accuracy: 0.6 is more than any variant reaches that a worker holds: 0.5 at most")]
    [InlineData("""{"applications":[{"name":"a","task":"t","deadline_ms":5,"weight":0}]}""", "applications: the weight is 0 in all of them")]
    [InlineData(
        """{"variants":[{"name":"m","task":"t","accuracy":0.5,"memory_mb":600}],"classes":"""
        + """[{"name":"w","processors":[{"id":"cpu","memory_mb":512}],"services":[{"variant":"m","ms":10}]}]}""",
        "classes[0].services[0].variant: 'm' takes 600 MB, and 'cpu' has 512")]
    [InlineData(
        """{"variants":[{"name":"m","task":"t","accuracy":0.5},"""
        + """{"name":"n","task":"u","accuracy":0.5}],"applications":[{"name":"a","task":"u","deadline_ms":5}]}""",
        "applications[0].task: no worker holds a variant that answers 'u'")]
    public void What_is_wrong_is_reported_with_its_path(string part, string expected)
    {
        Dictionary<string, JsonElement> document = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>("""
            {
              "variants": [{"name":"m","task":"t","accuracy":0.5}],
              "classes": [{"name":"w","processors":[{"id":"cpu"}],"services":[{"variant":"m","ms":10}]}],
              "workers": [{"class":"w"}],
              "applications": [{"name":"a","task":"t","deadline_ms":100}],
              "arrivals": [{"kind":"poisson","rate_per_s":5}]
            }
            """)!;
        TestWorlds.Parse(JsonSerializer.Serialize(document));
        foreach ((string key, JsonElement value) in JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(part)!) document[key] = value;
        ScenarioException thrown = Assert.Throws<ScenarioException>(() => TestWorlds.Parse(JsonSerializer.Serialize(document)));
        Assert.Contains(thrown.Errors, e => e.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void All_errors_come_at_once()
    {
        ScenarioException thrown = Assert.Throws<ScenarioException>(() =>
            TestWorlds.Parse("""{"load":-1,"sites":[{"tier":"moon"}],"events":[{"kind":"x"}]}"""));
        Assert.True(thrown.Errors.Count >= 6, string.Join('\n', thrown.Errors));
    }

    [Fact]
    public void C9_A_scenario_of_ones_own_folder_extends_a_shipped_one_by_its_path_or_its_name()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        string mine = Path.Combine(folder.FullName, "mine.json"), second = Path.Combine(folder.FullName, "second.json");
        foreach (string origin in (string[])[Path.Combine(Folder, "azure.json"), Path.GetRelativePath(folder.FullName, Path.Combine(Folder, "azure.json")),
            "azure", "azure.json"])
        {
            File.WriteAllText(mine, $$"""{"extends": "{{origin}}", "duration_s": 5}""");
            Scenario scenario = ScenarioFile.Load(mine, Folder);
            Assert.Equal(ScenarioFile.Load(Path.Combine(Folder, "azure.json")).Workers.Count, scenario.Workers.Count);
            Assert.True(scenario.Arrivals[0].Trace!.IsRates);

            // What this file says itself is beside it, through a chain of three as well.
            Directory.CreateDirectory(Path.Combine(folder.FullName, "data"));
            File.WriteAllText(Path.Combine(folder.FullName, "data", "azure-functions-2019.csv"), "time_s\n4.5\n");
            File.WriteAllText(second, """{"extends": "mine.json", "arrivals": [{"kind": "trace", "file": "data/azure-functions-2019.csv"}]}""");
            Assert.Equal(4.5, Assert.Single(ScenarioFile.Load(second, Folder).Arrivals[0].Trace!.Requests).At);
            Directory.Delete(Path.Combine(folder.FullName, "data"), recursive: true);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public void C9_Every_kind_of_inherited_file_is_found_and_a_fault_names_the_file_that_has_it()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        string sub = folder.CreateSubdirectory("base").FullName, mine = Path.Combine(folder.FullName, "mine.json"), origin = Path.Combine(sub, "origin.json");
        File.Copy(Path.Combine(Folder, "data", "topologies", "Abilene.gml"), Path.Combine(sub, "map.gml"));
        File.WriteAllText(Path.Combine(sub, "catalogue.json"), """
            {"variants": [{"name":"m","task":"t","accuracy":0.5}], "classes": [{"name":"w","processors":[{"id":"cpu"}],"services":[{"variant":"m","ms":10}]}]}
            """);
        File.WriteAllText(Path.Combine(sub, "applications.json"), """{"applications": [{"name":"a","task":"t","deadline_ms":100}]}""");
        File.WriteAllText(Path.Combine(sub, "rates.csv"), "start_s,rate_per_s\n0,5\n");
        File.WriteAllText(Path.Combine(sub, "link.tsv"), "0 1\n1 2\n");
        File.WriteAllText(origin, """
            {"catalogue": ["catalogue.json"], "applications": "applications.json", "topology": {"file": "map.gml"}, "workers": [{"class": "w", "at": "dc"}],
             "links": {"between": [{"from": "dc", "to": "cloud", "delay_ms": 1, "trace": "link.tsv"}]}, "arrivals": [{"kind": "trace", "file": "rates.csv"}]}
            """);
        File.WriteAllText(mine, """{"extends": "base/origin.json", "topology": {"offices": 1}, "links": {"other": {"delay_ms": 3}}}""");
        Scenario scenario = ScenarioFile.Load(mine);
        Assert.Contains(scenario.Links.Cast<LinkDefinition>(), l => l.Trace is not null);

        File.Delete(Path.Combine(sub, "rates.csv"));
        Assert.Equal(
            ["arrivals[0].file (origin.json, line 2): there is no file 'rates.csv'"], Assert.Throws<ScenarioException>(() => ScenarioFile.Load(mine)).Errors);
        folder.Delete(recursive: true);
    }

    [Fact]
    public void C9_The_examples_of_the_documentation_can_be_run_from_any_folder()
    {
        string document = File.ReadAllText(Checkout.Path("docs", "simulation.md"));
        string[] examples = [.. document.Split("```json\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)])];
        Assert.Equal(2, examples.Length);
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        string mine = Path.Combine(folder.FullName, "mine.json");
        foreach (string example in examples)
        {
            File.WriteAllText(mine, example);
            Assert.NotEmpty(ScenarioFile.Load(mine, Folder).Arrivals);
        }

        folder.Delete(recursive: true);

        // And every key that a scenario has stands in its table.
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "scenario.schema.json")));
        string[] keys = [.. schema.RootElement.GetProperty("$defs").GetProperty("scenario").GetProperty("properties").EnumerateObject().Select(p => p.Name)];
        string table = document[document.IndexOf(
            "| key | what, and its default |", StringComparison.Ordinal)..document.IndexOf("### The shipped ones", StringComparison.Ordinal)];
        Assert.All(keys.Except(["$schema", "extends", "name", "description", "assumed"]), key => Assert.Contains($"`{key}`", table, StringComparison.Ordinal));
    }

    [Fact]
    public void C9_A_distance_within_a_site_that_nobody_gave_is_named_in_every_report()
    {
        Scenario scenario = TestWorlds.SingleServer(5, """{"variant":"m","ms":10}""", 10);
        Assert.Contains("no delay within a site (there is no links.local)", scenario.Assumed);
        Assert.DoesNotContain(ScenarioFile.Load(Path.Combine(Folder, "small.json")).Assumed, a => a.Contains("no delay", StringComparison.Ordinal));
    }

    [Fact]
    public void C9_A_repeated_key_is_named_with_its_line()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(
            file, "{\n\"extends\": \"small\",\n\"events\": [{\"kind\": \"crash\", \"kind\": \"link\"}],\n\"duration_s\": 5, \"extends\": \"metro\"}");
        ScenarioException thrown = Assert.Throws<ScenarioException>(() => ScenarioFile.Load(file, Folder));
        File.Delete(file);
        Assert.Equal(["events[0].kind (line 3): is given a second time", "extends (line 4): is given a second time"], thrown.Errors);
    }

    [Fact]
    public void A_scenario_that_extends_itself_is_refused()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, $$"""{"extends":"{{Path.GetFileName(file)}}"}""");
        Assert.Contains("is a circle", Assert.Throws<ScenarioException>(() => ScenarioFile.Load(file)).Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory]
    [InlineData("aset-dc-cloud.json", "cloud,dc")]
    [InlineData("aset-co-dc-cloud.json", "cloud,dc,office")]
    [InlineData("aset.json", "access,cloud,dc,office")]
    public void A3_A_placement_says_at_which_tiers_there_are_workers(string file, string tiers)
    {
        Scenario scenario = ScenarioFile.Load(Path.Combine(Folder, file));
        Assert.Equal(tiers, string.Join(',', scenario.Workers.Select(w => scenario.Sites[w.Site].Tier).Distinct().Order()));
    }

    [Fact]
    public void A3_Delays_of_a_topology_follow_from_distance()
    {
        // 1,000 km of great circle along the equator, then 500 km more.
        const double degree = 1000 / 111.19493;
        string graph = FormattableString.Invariant($$"""
            graph [ node [ id 0 label "a" Latitude 0 Longitude 0 ] node [ id 1 label "b" Latitude 0 Longitude {{degree}} ]
              node [ id 2 label "c" Latitude 0 Longitude {{1.5 * degree}} ]
              node [ id 3 label "nowhere" ] edge [ source 0 target 1 ] edge [ source 1 target 2 ] edge [ source 2 target 3 ] ]
            """);
        string file = Path.GetTempFileName();
        File.WriteAllText(file, graph);
        Scenario scenario = TestWorlds.Parse($$"""
            {
              "topology": {"file":"{{file}}","access_sites":2,"offices":0,"route_factor":2,"hop_delay_ms":0.5,"cloud_delay_ms":10,"access_delay_ms":3},
              "variants": [{"name":"m","task":"t","accuracy":0.5}],
              "classes": [{"name":"w","processors":[{"id":"cpu"}],"services":[{"variant":"m","ms":10}]}],
              "workers": [{"class":"w","at":"dc"}],
              "applications": [{"name":"a","task":"t","deadline_ms":100}],
              "arrivals": [{"kind":"poisson","rate_per_s":5}]
            }
            """);
        File.Delete(file);
        int dc = 2, cloud = 3;
        Assert.Equal("dc", scenario.Sites[dc].Name);

        // b is the node from which all are nearest; the access sites are a, the farthest from it, and c, the farthest from that.
        Assert.Equal((2 * 1000 / 200.0) + 0.5, scenario.Links[0, dc].Delay * 1e3, 2);
        Assert.Equal((2 * 500 / 200.0) + 0.5, scenario.Links[1, dc].Delay * 1e3, 2);
        Assert.Equal((2 * 1500 / 200.0) + 1, scenario.Links[0, 1].Delay * 1e3, 2);
        Assert.Equal(10 + (2 * 1000 / 200.0) + 0.5, scenario.Links[0, cloud].Delay * 1e3, 2);
        Assert.Equal(3, scenario.Links[0, 0].Delay * 1e3, 6);
    }
}
