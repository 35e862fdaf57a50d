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
        (int code, string text, _) = await Cli.RunAsync(["simulate", "-s", "small,x4", "-p", "price,earliest-finish,random", "--json", "-", "--value", "success", .. Quick]);
        Assert.Equal(ExitCodes.Ok, code);
        using JsonDocument report = JsonDocument.Parse(text);
        JsonElement[] cells = [.. report.RootElement.GetProperty("cells").EnumerateArray()];
        Assert.Equal(["small", "x4"], cells.Select(c => c.GetProperty("scenario").GetString()));
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
        string[] said = ["simulated", "commit ", "cores of ", "load average", "seeds 1..2", "load 1,", "No policy can exceed", "Assumed, not measured", "streamsched simulate -s small"];
        Assert.All(said, s => Assert.Contains(s, text, StringComparison.Ordinal));
        string axes = text[text.IndexOf("| placement", StringComparison.Ordinal)..];
        Assert.All(["delay ms", "accuracy", "J/answer", "money/1000"], axis => Assert.Contains(axis, axes.Split('\n')[0], StringComparison.Ordinal));

        // Resnet-50 in the cloud is farther, more accurate, hungrier and dearer than MobileNet beside the device.
        double[] near = Row(axes, "access orin-nano mobilenet-v3"), far = Row(axes, "cloud d64s-v6 resnet50");
        Assert.All(Enumerable.Range(1, 4), i => Assert.True(far[i] > near[i], $"axis {i}: {near[i]} and {far[i]}"));
    }

    [Fact]
    public async Task The_load_is_scaled()
    {
        (_, string text, _) = await Cli.RunAsync(["simulate", "-s", "small", "-p", "random", "--no-bound", "--rate-scale", "0.5,2", "--json", "-", .. Quick]);
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
            {"extends": "{{Checkout.Path("scenarios", "small.json")}}", "catalogue": "{{Checkout.Path("scenarios", "data", "catalogue.json")}}",
             "arrivals": [{"kind":"markov-modulated","states":[{"name":"calm","rate_per_s":100,"mean_s":0.4},{"name":"burst","rate_per_s":900,"mean_s":0.4}]}]}
            """,
            TestContext.Current.CancellationToken);
        (int code, string text, _) = await Cli.RunAsync("simulate", "-s", scenario, "-p", "price", "--seeds", "1", "--duration", "6", "--no-bound", "--trace", file, "--json", "-");
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
    [InlineData("--seeds must be in 1..10000", "-s", "small", "--seeds", "0")]
    [InlineData("--duration: 1 s is not longer than the warm-up of small, 2 s", "-s", "small", "--duration", "1")]
    [InlineData("--value: 'speed' is neither success nor accuracy", "-s", "small", "--value", "speed")]
    [InlineData("--rate-scale: '-1' is not a positive number", "-s", "small", "--rate-scale", "-1")]
    public async Task What_is_wrong_is_said(string message, params string[] arguments)
    {
        (int code, _, string error) = await Cli.RunAsync(["simulate", .. arguments]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_in_a_scenario_is_reported_with_its_path_in_the_document()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"arrivals":[{"kind":"poisson","rate_per_s":-5}]}""", TestContext.Current.CancellationToken);
        (int code, _, string error) = await Cli.RunAsync("simulate", "-s", file);
        File.Delete(file);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(file + ": arrivals[0].rate_per_s: -5 is less than 0", error, StringComparison.Ordinal);
    }

    private static double Mean(JsonElement of, string name) => of.GetProperty(name).GetProperty("mean").GetDouble();

    // Share, delay, accuracy, energy, money of a placement under the first policy.
    private static double[] Row(string table, string placement) =>
        [.. table.Split('\n').First(l => l.StartsWith($"| {placement} ", StringComparison.Ordinal)).Split('|')[2..^1].Select(c => double.Parse(c, CultureInfo.InvariantCulture))];
}
