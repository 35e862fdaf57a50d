using System.CommandLine;
using System.Globalization;
using StreamSched.Analysis.Estimation;
using StreamSched.Analysis.Replays;
using StreamSched.Analysis.Worlds;
using StreamSched.Avro.Records;
using StreamSched.Bench;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Kafka.Topics;
using StreamSched.Logs;
using StreamSched.Reports;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Commands;

/// <summary><c>streamsched evaluate</c>: what policies would have been worth, by a log that others have written.</summary>
internal static class EvaluateCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        LogOptions options = new();
        Option<string[]> policy = new Option<string[]>("--policy", "-p")
        {
            Description = "A policy to judge, repeatable: a policy file, or one of: " + PolicySource.Known + ".", Required = true,
            AllowMultipleArgumentsPerToken = true,
        }.Checked((text, option) => PolicySource.Find(text, option));
        Option<string?> bounds = new Option<string?>("--bounds")
        {
            Description = "What a request can be worth at the least and at the most, as LOW:HIGH, for the confidence sequence. Default: 0:1, or what the log "
                + "holds beyond that.",
        }.Checked((text, _) => Bounds(text));
        Option<IReadOnlyList<Scenario>> scenario = new Option<IReadOnlyList<Scenario>>("--scenario", "-s")
        {
            Description = "A world like the cluster, for the re-simulated answer: a scenario file, or the name of a shipped one.",
        }.ReadAs((list, _) => ShippedScenarios.Read(list));
        Option<int> seeds = new Option<int>("--seeds") { Description = "Runs of that world.", DefaultValueFactory = _ => 5 }.Within(2, 1000);
        Option<string?> html = new("--html") { Description = "Writes the report as one HTML file with interactive plots, which opens without a network." };
        Command command = CommandContext.WithJson(options.AddTo(new Command(
            "evaluate",
            "Estimates by a log what other policies would have been worth: gross, net of what requests take from each other, and re-simulated, side by side. "
            + "Ends with 1 where they contradict each other or the log cannot tell.")
        {
            policy, bounds, scenario, seeds, html,
        }));
        return CommandContext.Handle(command, context =>
        {
            OutputFile? page = OutputFile.Named(context.Value(html), "--html");
            OutputFile.Check(page);
            RecordedLog log = options.Open(context);
            PolicyShelf shelf = options.Shelf(context, PolicyShelves.Published(context, log));
            (string Name, RecordedPolicy Policy)[] judged =
                [.. context.Value(policy)!.Distinct().Select(text => Judged(PolicySource.Find(text, "--policy"), shelf))];
            LogEvaluation evaluation = new(judged, shelf, new EvaluationSettings { Bounds = context.Value(bounds) is { } told ? Bounds(told) : null });
            log.Read<ExperienceView, Experience>(TopicCatalogue.Experience, evaluation.Take);
            (LogFigures figures, IReadOnlyList<PolicyFigures> found) = evaluation.Finish();
            Scenario? world = context.Value(scenario) is { Count: > 0 } worlds ? worlds[0] : null;
            EvaluationReport report = new()
            {
                Source = LogSummary.Of(log), Log = figures, Scenario = world?.Name,
                Policies = Answers(
                    found, judged, world is null ? null : new Resimulation(world, context.Value(seeds), new SchedulerSettings().Exploration),
                    evaluation.Logger, context),
            };
            context.WriteReport(report, () => EvaluationTables.Write(report, context.Out));
            string? problem = page?.Write(to => to.Write(EvaluationPage.Write(report, RunConditions.Now(context.Time).ToString())));
            if (problem is not null) context.Error.WriteOneLine("streamsched: " + problem);
            return Task.FromResult(report.IsTrusted && problem is null ? ExitCodes.Ok : ExitCodes.Failure);
        });
    }

    private static (string Name, RecordedPolicy Policy) Judged(PolicySource source, PolicyShelf shelf)
    {
        RecordedPolicy policy = source.File is { } file ? PolicyShelf.Of(file) : shelf.BuiltIn(source.Name)!;
        if (policy.Refusal is { } refusal) throw new UsageException($"--policy: {source.Name}: {refusal}");
        return (source.Name, policy);
    }

    private static EvaluationReport.Entry[] Answers(
        IReadOnlyList<PolicyFigures> found, (string Name, RecordedPolicy Policy)[] judged, Resimulation? world, RecordedPolicy? logger,
        CommandContext context)
    {
        if (world is not null && logger is null)
            throw new UsageException("--scenario: the policy that took most of the decisions is not known, or cannot be asked again; give it: --policies FILE");
        return [.. found.Zip(judged, (figures, policy) => EvaluationReport.Entry.Of(figures, world?.Difference(policy.Policy, logger!, context.Stop)))];
    }

    private static (double Low, double High) Bounds(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length == 2 && Number(parts[0]) is { } low && Number(parts[1]) is { } high && low < high) return (low, high);
        throw new UsageException($"--bounds: '{text}' is not LOW:HIGH, such as 0:1");

        static double? Number(string part) =>
            double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;
    }
}
