using System.Text.Json;
using StreamSched.Hosting;

namespace StreamSched.Tests.Commands;

public class ExperimentCommandTests
{
    [Fact]
    public async Task An_experiment_leaves_its_reports_and_goes_on_where_it_was()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        string[] arguments = ["experiment", "ecsrl", "--cells", "ecsrl/0.5/true/accuracy,ecsrl/1/none/time", "--out", folder, "-p", "price,earliest-finish"];
        (int code, string text, _) = await Cli.RunAsync([.. arguments, "--seeds", "2"]);
        Assert.Equal(ExitCodes.Ok, code);
        Assert.Contains("price without learned times against the best simple rule", text, StringComparison.Ordinal);
        Assert.All(["summary.md", "cells.md", "report.json"], f => Assert.True(new FileInfo(Path.Combine(folder, f)).Length > 1000, f));
        string[] runs = await File.ReadAllLinesAsync(Path.Combine(folder, "runs.jsonl"), TestContext.Current.CancellationToken);
        Assert.Equal(2 * 4 * 2, runs.Length);

        (code, _, _) = await Cli.RunAsync([.. arguments, "--seeds", "3"]);
        Assert.Equal(ExitCodes.Ok, code);
        string[] more = [.. (await File.ReadAllLinesAsync(Path.Combine(folder, "runs.jsonl"), TestContext.Current.CancellationToken)).Where(l => l.Length > 0)];
        Assert.Equal(runs, more.Take(runs.Length));
        Assert.Equal(2 * 4 * 3, more.Length);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task C9_Runs_of_a_policy_file_that_changed_and_damaged_lines_are_done_again()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        string policy = Path.Combine(folder.FullName, "mine.json"), runs = Path.Combine(folder.FullName, "out", "runs.jsonl");
        string[] arguments = ["experiment", "ecsrl", "--cells", "ecsrl/0.5/true/accuracy", "--out", Path.Combine(folder.FullName, "out"),
            "--no-bound", "--seeds", "1", "-p", $"closest,{policy}"];
        File.Copy(Checkout.Path("models", "policies", "price.json"), policy);
        (int code, string text, string error) = await Cli.RunAsync(arguments);
        Assert.True(code == ExitCodes.Ok, error);
        Assert.Contains($"{policy} against the best simple rule", text, StringComparison.Ordinal);
        Assert.Equal(2, Lines());

        string same = await File.ReadAllTextAsync(policy, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(policy, same + "\n", TestContext.Current.CancellationToken);
        await Cli.RunAsync(arguments);
        Assert.Equal(3, Lines());

        await File.AppendAllTextAsync(runs, "{\"scenario\": 7}\n{\"half\n", TestContext.Current.CancellationToken);
        (code, _, error) = await Cli.RunAsync(arguments);
        Assert.True(code == ExitCodes.Ok, error);
        Assert.Equal(5, Lines());
        folder.Delete(recursive: true);

        int Lines() => File.ReadAllLines(runs).Count(l => l.Length > 0);
    }

    [Fact]
    public async Task What_judges_say_is_reported_beside_the_truth()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        (int code, string text, string error) = await Cli.RunAsync(
            "experiment", "judges", "--cells", "shared/0.6/price/greedy", "--seeds", "1", "--out", folder);
        Assert.True(code == ExitCodes.Ok, error);
        Assert.Contains("| shared/0.6/price/greedy |", text, StringComparison.Ordinal);
        Assert.Contains("| switchback ", text, StringComparison.Ordinal);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(
            Path.Combine(folder, "report.json"), TestContext.Current.CancellationToken));
        Assert.Equal(7, Assert.Single(report.RootElement.GetProperty("cells").EnumerateArray()).GetProperty("judges").GetArrayLength());
        Assert.True(File.Exists(Path.Combine(folder, "summary.md")));

        (code, _, error) = await Cli.RunAsync("experiment", "judges", "--cells", "no such", "--out", folder);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("--cells: no cell has such a name", error, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task X5_which_gate_stops_bad_candidates_is_reported()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        (int code, string text, string error) = await Cli.RunAsync(
            "experiment", "candidates", "--cells", "stale,slow", "--seeds", "1", "--out", folder);
        Assert.True(code == ExitCodes.Ok, error);
        Assert.Contains("50 candidates, 0 promoted", text, StringComparison.Ordinal);
        Assert.Matches(@"\| slow +\| +20 \| +PROPOSED: decision time 20 \| +0 \|", text);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(
            Path.Combine(folder, "report.json"), TestContext.Current.CancellationToken));
        Assert.Equal(10, report.RootElement.GetProperty("days").GetArrayLength());

        (code, _, error) = await Cli.RunAsync("experiment", "candidates", "--cells", "no such", "--out", folder);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("--cells: no kind of candidate has such a name", error, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task L4_what_selecting_models_by_feedback_is_worth_is_reported()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        string[] arguments = ["experiment", "model-selection", "--cells", "alike/0.02", "--seeds", "1", "--out", folder];
        (int code, string text, string error) = await Cli.RunAsync(arguments);
        Assert.True(code == ExitCodes.Ok, error);
        Assert.Contains("alike/0.02; best common model: ", text, StringComparison.Ordinal);
        Assert.Contains("| LinUCB, device ", text, StringComparison.Ordinal);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(
            Path.Combine(folder, "report.json"), TestContext.Current.CancellationToken));
        Assert.Equal(12, Assert.Single(report.RootElement.GetProperty("cells").EnumerateArray()).GetProperty("contenders").GetArrayLength());
        Assert.True(File.Exists(Path.Combine(folder, "summary.md")));

        (code, _, error) = await Cli.RunAsync([.. arguments, "-p", "price"]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("--policy: no policy serves in experiment model-selection", error, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task An_unknown_experiment_is_refused_with_those_that_there_are()
    {
        (int code, _, string error) = await Cli.RunAsync("experiment", "nothing");
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(
            "there is no experiment 'nothing'; there are: grid, aset, ecsrl, ablation, baselines, machines, services", error, StringComparison.Ordinal);
    }
}
