using System.Text.Json;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;

namespace StreamSched.Tests.Simulation;

public class ScenarioTests
{
    private static readonly string Folder = Checkout.Path("scenarios");

    public static TheoryData<string> Shipped() =>
        [.. Directory.GetFiles(Folder, "*.json").Select(f => Path.GetFileName(f)).Where(f => !f.EndsWith(".schema.json", StringComparison.Ordinal)).Order()];

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
            .ToDictionary(d => d.Name, d => d.Value.GetProperty("properties").EnumerateObject().Select(p => p.Name).Where(n => n != "extends").Order().ToArray());
        Assert.Equal(published.Keys.Order(), seen.Keys.Keys.Order());
        foreach ((string definition, HashSet<string> keys) in seen.Keys) Assert.Equal(published[definition], keys.Order());
    }

    [Theory]
    [InlineData("""{"duration_s": -1}""", "duration_s: -1 is not in 0.001 .. 1E+06")]
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
    [InlineData("""{"classes":[{"name":"w","processors":[{"id":"p"}],"services":[{"variant":"m","ms":[[2,5]]}]}]}""", "classes[0].services[0].ms[0]: is not [batch size, ms]")]
    [InlineData("""{"events":[{"kind":"crash"}]}""", "events[0]: needs either at_s or every_s")]
    [InlineData("""{"sites":[{"name":"a"},{"name":"a"}]}""", "sites[1].name: there are two sites 'a'")]
    [InlineData("""{"schedulers":{"count":2,"shares":[1]}}""", "schedulers.shares: has 1 entries for 2 schedulers")]
    [InlineData("""{"value":"speed"}""", "value: 'speed' is neither")]
    [InlineData("""{"topology":{"file":"nowhere.gml"}}""", "topology.file: there is no file 'nowhere.gml'")]
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
        ScenarioException thrown = Assert.Throws<ScenarioException>(() => TestWorlds.Parse("""{"load":-1,"sites":[{"tier":"moon"}],"events":[{"kind":"x"}]}"""));
        Assert.True(thrown.Errors.Count >= 6, string.Join('\n', thrown.Errors));
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
            graph [ node [ id 0 label "a" Latitude 0 Longitude 0 ] node [ id 1 label "b" Latitude 0 Longitude {{degree}} ] node [ id 2 label "c" Latitude 0 Longitude {{1.5 * degree}} ]
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
