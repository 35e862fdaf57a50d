using System.CommandLine;
using System.Text.Json;
using StreamSched.Documents;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Bounds;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Grid;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Commands;

/// <summary><c>streamsched experiment NAME</c>: a named grid of scenarios and policies, which goes on where it was stopped.</summary>
internal static class ExperimentCommand
{
    private const string Runs = "runs.jsonl";

    // Those that run in one go.
    private static readonly (string Name, string Summary, ReportedRun Run)[] Reported =
    [
        (LiveExperimentCommand.Name, LiveExperimentCommand.Summary, LiveExperimentCommand.RunAsync),
        (JudgesExperimentCommand.Name, JudgesExperimentCommand.Summary, JudgesExperimentCommand.RunAsync),
        (OffPolicyExperimentCommand.Name, OffPolicyExperimentCommand.Summary, OffPolicyExperimentCommand.RunAsync),
        (FromLogExperimentCommand.Name, FromLogExperimentCommand.Summary, FromLogExperimentCommand.RunAsync),
        (CandidatesExperimentCommand.Name, CandidatesExperimentCommand.Summary, CandidatesExperimentCommand.RunAsync),
        (ModelSelectionExperimentCommand.Name, ModelSelectionExperimentCommand.Summary, ModelSelectionExperimentCommand.RunAsync),
    ];

    private static readonly Argument<string> NameArgument = new Argument<string>("NAME")
    {
        Description = string.Join(
            "; ", NamedExperiments.Catalogue.Select(e => $"{e.Name}: {e.Summary}").Concat(Reported.Select(e => $"{e.Name}: {e.Summary}"))) + ".",
    }.Checked((text, _) =>
    {
        if (!Reported.Any(e => e.Name == text)) Named(text);
    });

    private static readonly Option<int> SeedsOption = new Option<int>("--seeds") { Description = "How many seeds.", DefaultValueFactory = _ => 5 }
        .Within(1, 10_000);
    private static readonly Option<int> MostSeedsOption = new Option<int>("--most-seeds")
    {
        Description = "More seeds, up to so many, for cells in which a difference to the best simple rule is not known to half a point.",
    }.Within(0, 10_000);

    private static readonly Option<string?> OutOption = new("--out")
    {
        Description = "Folder for results, from which the same command goes on, and for the reports: summary.md, cells.md, report.json, report.html. Default: "
            + "artifacts/experiments/NAME.",
    };

    private static readonly Option<string?> PolicyOption = new Option<string?>("--policy", "-p")
    {
        Description = "Instead of the experiment's own. " + PolicyList.Description,
    }.Checked((list, _) => PolicyList.Read(list));
    private static readonly Option<string?> CellsOption = new("--cells")
    {
        Description = "Only cells whose name contains one of these texts, with commas between.",
    };
    private static readonly Option<int> ThreadsOption = new Option<int>("--threads")
    {
        Description = "How many worlds run at a time. Default: as many as there are cores.", DefaultValueFactory = _ => Environment.ProcessorCount,
    }.Within(1, 1024);
    private static readonly Option<bool> NoBoundOption = new("--no-bound")
    {
        Description = "Without the upper bound; loads are calibrated with it all the same.",
    };
    private static readonly Option<bool> RecalibrateOption = new("--recalibrate")
    {
        Description = "Finds anew what load 1 is, instead of taking it from scenarios/experiments/unit-loads.json; minutes.",
    };
    private static readonly Option<bool> AllOption = new("--all") { Description = "A line for every cell, not only for those where a policy is worse." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new("experiment", "Runs a named experiment on all cores; stopped by Ctrl-C, it goes on where it was. See docs/simulation.md.")
        {
            NameArgument, SeedsOption, MostSeedsOption, OutOption, PolicyOption, CellsOption, ThreadsOption, NoBoundOption, RecalibrateOption, AllOption,
        };
        return CommandContext.Handle(CommandContext.WithLog(CommandContext.WithJson(command)), RunAsync);
    }

    private static NamedExperiment Named(string name) => NamedExperiments.Catalogue.FirstOrDefault(e => e.Name == name)
        ?? throw new UsageException(
            $"there is no experiment '{name}'; there are: "
            + string.Join(", ", NamedExperiments.Catalogue.Select(e => e.Name).Concat(Reported.Select(e => e.Name))));

    private static async Task<int> RunAsync(CommandContext context)
    {
        string name = context.Value(NameArgument)!;
        string folder = context.Value(OutOption) ?? Path.Combine("artifacts", "experiments", name);
        string[] parts = context.Value(CellsOption)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [""];
        if (Reported.FirstOrDefault(e => e.Name == name).Run is { } run)
        {
            return await run(context, context.Value(SeedsOption), context.Value(ThreadsOption), context.Value(PolicyOption), parts, folder)
                .ConfigureAwait(false);
        }

        NamedExperiment experiment = Named(name);
        string scenarios = ShippedScenarios.Folder ?? throw new UsageException("the scenarios that come with the program are not beside it");
        OutputFile[] files =
            [.. ((string[])["report.json", "report.html", "summary.md", "cells.md"]).Select(f => new OutputFile(Path.Combine(folder, f), "--out"))];
        OutputFile.Check(files.Append(new OutputFile(Path.Combine(folder, Runs), "--out")));
        IReadOnlyList<PolicyEntry> policies = PolicyList.Read(context.Value(PolicyOption) ?? string.Join(',', experiment.Policies));
        string? shipped = context.Value(RecalibrateOption) ? null : Path.Combine(scenarios, "experiments", "unit-loads.json");
        context.Parse.InvocationConfiguration.Error.WriteLine(
            "finding load 1 of each world that none is known of: the largest at which the bound is 99 % of its value at next to no load …");
        ExperimentPlan plan;
        try
        {
            ExperimentInputs inputs = new(scenarios, new UnitLoads(Path.Combine(folder, "unit-loads.json"), shipped), policies, context.Stop);
            plan = await Task.Run(() => experiment.Plan(inputs)).ConfigureAwait(false);
        }
        catch (ScenarioException e)
        {
            throw new UsageException([.. e.Errors.Select(error => $"{e.File}: {error}")]);
        }
        catch (JsonException e)
        {
            throw new UsageException($"--out: {Path.Combine(folder, "unit-loads.json")} is damaged ({UserJson.Fault(e)}); remove it, and loads are found anew");
        }

        plan = plan with
        {
            Scenarios = [.. plan.Scenarios.Where(s => parts.Any(p => s.Name.Contains(p, StringComparison.Ordinal)))],
            Seeds = context.Value(SeedsOption),
            MostSeeds = context.Value(MostSeedsOption),
            Parallelism = context.Value(ThreadsOption),
            Bound = context.Value(NoBoundOption) || plan.Bound is null ? null : new BoundSettings(),
            ResultsFile = Path.Combine(folder, Runs),
        };
        if (plan.Scenarios.Count == 0) throw new UsageException("--cells: no cell has such a name");
        ExperimentReport report = await SimulateCommand.RunAsync(context, plan).ConfigureAwait(false);
        if (context.IsJson) await context.Out.WriteLineAsync(report.ToJson()).ConfigureAwait(false);
        else SummaryTables.Write(report, context.Out, context.Value(AllOption));
        string?[] problems =
        [
            report.Problem is null ? null : $"--out: {report.Problem}",
            files[0].Write(to => to.WriteLine(report.ToJson())), files[1].Write(to => to.Write(HtmlReport.Write(report))),
            files[2].Write(to => SummaryTables.Write(report, to, everyCell: true)), files[3].Write(to => ReportTables.Write(report, to, details: true)),
        ];
        foreach (string problem in problems.OfType<string>()) context.Error.WriteOneLine("streamsched: " + problem);
        return report.IsComplete && problems.All(p => p is null) ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private delegate Task<int> ReportedRun(CommandContext context, int seeds, int threads, string? policy, string[] cells, string folder);
}
