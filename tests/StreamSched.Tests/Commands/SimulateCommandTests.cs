using System.Globalization;
using System.Text.Json;
using StreamSched.Hosting;

namespace StreamSched.Tests.Commands;

public class SimulateCommandTests
{
    private static readonly string[] Quick = ["--seeds", "2", "--duration", "4"];

    [Fact]
    public async Task A6_every_request_of_a_report_ends_in_success_reject_or_failure_and_no_policy_exceeds_the_bound()
    {
        (int code, string text, _) = await Cli.RunAsync(
            ["simulate", "-s", "small,tan", "-p", "price,earliest-finish,random", "--json", "--value", "success", .. Quick]);
        Assert.Equal(ExitCodes.Ok, code);
        using JsonDocument report = JsonDocument.Parse(text);
        JsonElement[] cells = [.. report.RootElement.GetProperty("cells").EnumerateArray()];
        Assert.Equal(["small", "tan"], cells.Select(c => c.GetProperty("scenario").GetString()));
        foreach (JsonElement cell in cells)
        {
            Assert.Equal("success", cell.GetProperty("value").GetString());
            foreach (JsonElement policy in cell.GetProperty("policies").EnumerateArray())
            {
                Assert.Equal(1, Mean(policy, "success") + Mean(policy, "reject") + Mean(policy, "failure"), 9);
                Assert.Equal(Mean(policy, "success"), Mean(policy, "value"), 9); // all weights are 1
                Assert.InRange(Mean(policy, "value"), 0.01, Mean(cell, "bound"));
                Assert.Equal(1, policy.GetProperty("placements").EnumerateArray().Sum(p => p.GetProperty("share").GetDouble()), 9);
                foreach (JsonElement application in policy.GetProperty("applications").EnumerateArray())
                    Assert.Equal(1, Mean(application, "success") + Mean(application, "reject") + Mean(application, "failure"), 9);
            }
        }
    }

    [Fact]
    public async Task X8_and_E9_a_table_says_where_it_is_from_and_how_placements_differ()
    {
        (int code, string text, _) = await Cli.RunAsync(["simulate", "-s", "small", "-p", "price,earliest-finish", "--details", .. Quick]);
        Assert.Equal(ExitCodes.Ok, code);
        string[] said = ["simulated", "commit ", "cores of ", "load average", "seeds 1..2", "load 1,", "No policy can exceed", "Assumed, not measured",
            "streamsched simulate -s small"];
        Assert.All(said, s => Assert.Contains(s, text, StringComparison.Ordinal));
        string axes = text[text.IndexOf("| placement", StringComparison.Ordinal)..];
        Assert.All(["delay ms", "accuracy", "J/answer", "cost/1000"], axis => Assert.Contains(axis, axes.Split('\n')[0], StringComparison.Ordinal));

        // Resnet-50 in the cloud is farther, more accurate, hungrier and dearer than MobileNet beside the device.
        double[] near = Row(axes, "access orin-nano mobilenet-v3"), far = Row(axes, "cloud d64s-v6 resnet50");
        Assert.All(Enumerable.Range(1, 4), i => Assert.True(far[i] > near[i], $"axis {i}: {near[i]} and {far[i]}"));
    }

    [Fact]
    public async Task The_oracle_stands_between_the_policies_and_the_bound()
    {
        string[] asked = ["simulate", "-s", "small", "-p", "price,earliest-finish", "--value", "success", "--oracle", "--oracle-tries", "5"];
        (int code, string text, _) = await Cli.RunAsync([.. asked, "--rate-scale", "3", "--json", .. Quick]);
        Assert.Equal(ExitCodes.Ok, code);
        using JsonDocument report = JsonDocument.Parse(text);
        JsonElement cell = report.RootElement.GetProperty("cells")[0], oracle = cell.GetProperty("oracle");
        Assert.All(cell.GetProperty("policies").EnumerateArray(), p => Assert.InRange(Mean(p, "value"), 0, Mean(oracle, "value")));
        Assert.InRange(Mean(oracle, "value"), 0, Mean(cell, "bound"));
        (code, _, string error) = await Cli.RunAsync([.. asked, "--rate-scale", "500", .. Quick]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("small makes more than 30000 requests", error, StringComparison.Ordinal);
        Assert.Contains("--duration", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_load_is_scaled()
    {
        (_, string text, _) = await Cli.RunAsync(["simulate", "-s", "small", "-p", "random", "--no-bound", "--rate-scale", "0.5,2", "--json", .. Quick]);
        using JsonDocument report = JsonDocument.Parse(text);
        double[] requests = [.. report.RootElement.GetProperty("cells").EnumerateArray().Select(c => c.GetProperty("requests").GetDouble())];
        Assert.InRange(requests[1] / requests[0], 3.5, 4.5);
    }

    [Fact]
    public async Task T2_a_trace_has_every_request_with_the_hidden_state_of_the_load()
    {
        string file = Path.GetTempFileName(), scenario = Path.ChangeExtension(file, ".json");
        await File.WriteAllTextAsync(
            scenario,
            $$"""
            {"extends": "{{Checkout.Path("scenarios", "small.json")}}",
             "arrivals": [{"kind":"markov-modulated","states":[{"name":"calm","rate_per_s":100,"mean_s":0.4},{"name":"burst","rate_per_s":900,"mean_s":0.4}]}]}
            """,
            TestContext.Current.CancellationToken);
        (int code, string text, _) = await Cli.RunAsync(
            "simulate", "-s", scenario, "-p", "price", "--seeds", "1", "--duration", "6", "--no-bound", "--trace", file, "--json");
        Assert.Equal(ExitCodes.Ok, code);
        string[] lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.StartsWith("time_s,app,site,state,", lines[0], StringComparison.Ordinal);
        string[][] rows = [.. lines[1..].Select(l => l.Split(','))];
        Assert.Equal(["burst", "calm"], rows.Select(r => r[3]).Distinct().Order());
        using JsonDocument report = JsonDocument.Parse(text);
        double counted = report.RootElement.GetProperty("cells")[0].GetProperty("requests").GetDouble();
        Assert.Equal(counted, rows.Count(r => double.Parse(r[0], CultureInfo.InvariantCulture) >= 2)); // the warm-up
        File.Delete(file);
        File.Delete(scenario);
    }

    [Theory]
    [InlineData("there is no file 'nowhere', and no scenario of this name; there are: ", "-s", "nowhere")]
    [InlineData("--policy: there is no 'best'; there are: ", "-s", "small", "-p", "best")]
    [InlineData("--seeds: '0' is not a whole number within 1 and 10000", "-s", "small", "--seeds", "0")]
    [InlineData("--duration: 1 s is not longer than the warm-up of small, 2 s", "-s", "small", "--duration", "1")]
    [InlineData("--value: there is no 'speed'; there are success, accuracy", "-s", "small", "--value", "speed")]
    [InlineData("--rate-scale: '-1' is not a positive number", "-s", "small", "--rate-scale", "-1")]
    [InlineData("--rate-scale: '0' is not a positive number", "-s", "small", "--rate-scale", "0")]
    [InlineData("--rate-scale: 'NaN' is not a positive number", "-s", "small", "--rate-scale", "NaN")]
    [InlineData("small: arrivals: with seed 1 nothing arrives", "-s", "small", "--rate-scale", "1e-9")]
    [InlineData("--duration: '0' is not in 0..1000000 s", "-s", "small", "--duration", "0")]
    [InlineData("x4: events[0].at_s: 10 s is not before the end of the run at 4 s", "-s", "x4", "--duration", "4")]
    [InlineData("--scenario: two are called 'small'", "-s", "small,small")]
    [InlineData("--seed: '1000000000000001' is not a whole number within 0 and 1000000000000000", "-s", "small", "--seed", "1000000000000001")]
    [InlineData("--policy: there is no 'price without a part'; there are: ", "-s", "small", "-p", "price without a part")]
    [InlineData("--policy: there is no 'best'; there are: ", "-s", "small", "-p", "best without any price")]
    public async Task What_is_wrong_is_said(string message, params string[] arguments)
    {
        (int code, _, string error) = await Cli.RunAsync(["simulate", .. arguments]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--html")]
    [InlineData("--json-file")]
    [InlineData("--trace")]
    public async Task C9_A_file_that_cannot_be_written_is_refused_before_anything_runs(string option)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        string file = Path.Combine(folder.FullName, "file");
        await File.WriteAllTextAsync(file, "here", TestContext.Current.CancellationToken);
        foreach ((string path, string message) in ((string, string)[])[(folder.FullName, "is a folder"), (Path.Combine(file, "report"), "cannot be written"),
            ("", "the file's name is empty")])
        {
            (int code, string text, string error) = await Cli.RunAsync("simulate", "-s", "small", option, path, "--seeds", "10000", "--duration", "1e6");
            Assert.Equal((ExitCodes.Usage, ""), (code, text));
            Assert.StartsWith($"streamsched: {option}: ", error, StringComparison.Ordinal);
            Assert.Contains(message, error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
        }

        Assert.Equal("here", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("--json", "report.json")]
    [InlineData("--json=report.json")]
    public async Task Who_gives_json_a_file_hears_of_json_file(params string[] arguments)
    {
        (int code, _, string error) = await Cli.RunAsync(["simulate", "-s", "small", .. arguments]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("--json takes no file: it writes to standard output, and --json-file writes to a file", error, StringComparison.Ordinal);
        (_, _, error) = await Cli.RunAsync(["status", .. arguments]);
        Assert.DoesNotContain("--json-file", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task C9_Folders_of_reports_are_made_and_two_reports_in_one_file_are_refused()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        string html = Path.Combine(folder.FullName, "a", "b", "report.html"), json = Path.Combine(folder.FullName, "c", "report.json");
        (int code, string text, _) = await Cli.RunAsync(
            ["simulate", "-s", "small", "-p", "price", "--no-bound", "--html", html, "--json-file", json, .. Quick]);
        Assert.Equal(ExitCodes.Ok, code);
        Assert.Contains("| price", text, StringComparison.Ordinal);
        Assert.All([html, json], f => Assert.True(new FileInfo(f).Length > 1000, f));
        (code, _, string error) = await Cli.RunAsync("simulate", "-s", "small", "--html", html, "--json-file", html);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains($"--json-file: '{html}' is the file of --html", error, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task C9_What_a_table_names_as_a_policy_can_be_given_back()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        string mine = Path.Combine(folder.FullName, "neural.onnx");
        File.Copy(Checkout.Path("models", "policies", "neural.onnx"), mine);
        string[] given = ["-s", "small", "--no-bound", "--seeds", "1", "--duration", "3"];
        (_, string text, _) = await Cli.RunAsync(
            ["simulate", .. given, "-p", $"tuned,closest,{mine},neural,price without delay price,threshold-on-queue 0.3 mask -0.5 due before,random mask 0.5"]);
        string[] names = Names(text);
        Assert.Equal(12, names.Length);
        Assert.Contains("earliest-finish tuned", names);
        Assert.Contains(mine, names);
        (int code, string again, string error) = await Cli.RunAsync(["simulate", .. given, "-p", string.Join(',', names)]);
        Assert.True(code == ExitCodes.Ok, error);
        Assert.Equal(names, Names(again));
        Assert.Equal(Table(text).Select(Outcomes), Table(again).Select(Outcomes));
        folder.Delete(recursive: true);

        static string[] Table(string text) =>
            [.. text[text.IndexOf("| policy", StringComparison.Ordinal)..].Split('\n').Skip(2).TakeWhile(l => l.StartsWith('|'))];
        static string[] Names(string text) => [.. Table(text).Select(l => l.Split('|')[1].Trim())];
        static string Outcomes(string row) => string.Join('|', row.Split('|').Select(c => c.Trim()));
    }

    [Fact]
    public async Task C9_The_trace_of_a_run_is_taken_as_arrivals()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        string trace = Path.Combine(folder.FullName, "trace.csv"), again = Path.Combine(folder.FullName, "again.csv"),
            scenario = Path.Combine(folder.FullName, "replay.json");
        string[] short2 = ["--seeds", "1", "--duration", "4", "--no-bound", "--json"];
        await Cli.RunAsync(["simulate", "-s", "metro", "--rate-scale", "0.05", "-p", "random", "--trace", trace, .. short2]);
        await File.WriteAllTextAsync(
            scenario, """{"extends": "metro", "arrivals": [{"kind": "trace", "file": "trace.csv"}]}""", TestContext.Current.CancellationToken);
        (int code, _, string error) = await Cli.RunAsync(["simulate", "-s", scenario, "-p", "price", "--trace", again, .. short2]);
        Assert.True(code == ExitCodes.Ok, error);
        Assert.Equal(await Made(trace), await Made(again));
        Assert.NotEmpty(StreamSched.Frames.ArrivalTimes.Trace(trace)); // a device takes it too

        await File.WriteAllTextAsync(trace, "time_s,app\n3,metro\n", TestContext.Current.CancellationToken);
        (code, _, error) = await Cli.RunAsync(["simulate", "-s", scenario, "-p", "price", .. short2]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("arrivals[0].file (line 1): there is no application 'metro', which the row at 3 s names", error, StringComparison.Ordinal);
        folder.Delete(recursive: true);

        static async Task<string[]> Made(string file) =>
            [.. (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken))
                .Select(l => string.Join(',', l.Split(',')[..3]) + "," + l.Split(',')[4])];
    }

    [Fact]
    public async Task An_error_in_a_scenario_is_reported_with_its_path_in_the_document()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"arrivals":[{"kind":"poisson","rate_per_s":-5}]}""", TestContext.Current.CancellationToken);
        (int code, _, string error) = await Cli.RunAsync("simulate", "-s", file);
        File.Delete(file);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(file + ": arrivals[0].rate_per_s (line 1): -5 is less than 0", error, StringComparison.Ordinal);
    }

    private static double Mean(JsonElement of, string name) => of.GetProperty(name).GetProperty("mean").GetDouble();

    // Share, delay, accuracy, energy, cost of a placement under the first policy.
    private static double[] Row(string table, string placement) =>
        [.. table.Split('\n').First(l => l.StartsWith($"| {placement} ", StringComparison.Ordinal)).Split('|')[2..^1]
            .Select(c => double.Parse(c, CultureInfo.InvariantCulture))];
}
