using System.CommandLine;
using StreamSched.Analysis.Training;
using StreamSched.Bench;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Hosting;
using StreamSched.Learning.Online;
using StreamSched.Logs;
using StreamSched.Reports;
using StreamSched.Simulation.Grid;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Training;

namespace StreamSched.Commands;

/// <summary><c>streamsched train</c>: policies learn in simulated worlds, or from a log.</summary>
internal static class TrainCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> kind = new Argument<string>("KIND")
        {
            Description = "What is trained: " + string.Join("; ", PolicyTrainers.All.Select(t => $"{t.Kind}: {t.Summary}")) + ". From a log: "
                + string.Join(", ", FromLog) + ".",
        }.Checked((text, _) =>
        {
            if (PolicyTrainers.Find(text) is null && !FromLog.Contains(text))
            {
                throw new UsageException(
                    $"KIND: nothing trains '{text}'; there are: {string.Join(", ", PolicyTrainers.All.Select(t => t.Kind).Union(FromLog))}");
            }
        });
        LogOptions log = new();
        Option<bool> fromLog = new("--from-log")
        {
            Description = "Learns from what a cluster has logged (the topic experience, or FILE), and not from worlds alone: from its earlier part, kept to "
                + "what that supports and judged by the later part. Ends with 1 where there is no estimate that can be trusted.",
        };
        Option<PolicySource> start = new Option<PolicySource>("--start")
        {
            Description = "With --from-log: the policy file to go on from. Default: the policy that logged, if it is of this kind.",
        }.ReadAs(PolicySource.Load);
        Option<double> heldOut = new Option<double>("--held-out")
        {
            Description = "With --from-log: part of the log that judges and is not learned from.", DefaultValueFactory = _ => 0.3,
        }.Within(0.05, 0.9);
        Option<IReadOnlyList<Scenario>> scenario = new Option<IReadOnlyList<Scenario>>("--scenario", "-s")
        {
            Description = $"Scenario files with commas between, or names of shipped ones: {string.Join(", ", ShippedScenarios.Names)}. With --from-log: a twin "
                + "of the cluster (streamsched twin), in which a network rehearses, and what was learned is simulated; needed for price.",
        }.ReadAs((list, _) => ShippedScenarios.Read(list));
        Option<string> to = new("--out", "-o")
        {
            Description = "The policy file. Beside it: OUT.checkpoint, to go on from, and OUT.csv, the learning curve.", Required = true,
        };
        Option<double> minutes = new Option<double>("--minutes") { Description = "For how long.", DefaultValueFactory = _ => 10 }.Within(0.0001, 100000.0);
        Option<long?> steps = new Option<long?>("--steps")
        {
            Description = "Ends after so many steps (generations, rounds), for a training that is the same on every machine.",
        }.Within(1L, long.MaxValue);
        Option<ulong> seed = new Option<ulong>("--seed") { Description = "Seed of everything that is drawn.", DefaultValueFactory = _ => 1 }
            .Within(0UL, ulong.MaxValue);
        Option<int> requests = new Option<int>("--requests")
        {
            Description = "Requests per simulated world, about; worlds of price and neural last 4 s at least.",
            DefaultValueFactory = _ => new TrainingPlan { Scenarios = [] }.RequestsPerWorld,
        }.Within(100, 10_000_000);
        Option<int> threads = new Option<int>("--threads")
        {
            Description = "Worlds that run at a time; the result does not depend on it. Default: as many as there are cores.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        }.Within(1, 1024);
        Option<bool> resume = new("--resume") { Description = "Goes on from OUT.checkpoint." };
        Command command = new("train", "Trains a policy in simulated worlds (Ctrl-C keeps what there is), or from a log.")
        {
            kind, fromLog, scenario, to, start, heldOut, minutes, steps, seed, requests, threads, resume,
        };
        return CommandContext.Handle(CommandContext.WithJson(log.AddTo(command)), async context =>
        {
            bool isFromLog = context.Value(fromLog);
            string name = context.Value(kind)!;
            if (!isFromLog && log.HasFiles(context)) throw new UsageException("FILE: a log is read with --from-log only");
            if (context.Value(scenario) is null && (!isFromLog || name == PolicyNames.Price))
                throw new UsageException($"--scenario: '{name}' is trained in worlds; name some" + (isFromLog ? ", such as a twin (streamsched twin)" : ""));
            if (isFromLog && !FromLog.Contains(name))
                throw new UsageException($"KIND: nothing trains '{name}' from a log; there are: {string.Join(", ", FromLog)}");
            if (context.Value(start)?.File?.Metadata.Name is { } other && other != name)
                throw new UsageException($"--start: '{context.Value(start)!.Path}' is for '{other}', not for '{name}'");
            TrainingPlan plan = new()
            {
                Units = ShippedScenarios.Folder is { } folder ? new UnitLoads(null, Path.Combine(folder, "experiments", "unit-loads.json")) : null,
                Scenarios = context.Value(scenario) ?? [], Seed = context.Value(seed),
                RequestsPerWorld = context.Value(requests), Threads = context.Value(threads),
            };
            RunConditions conditions = RunConditions.Now(context.Time);
            TrainingSettings settings = new()
            {
                Out = context.Value(to)!, Resume = context.Value(resume), MaxSteps = context.Value(steps) ?? long.MaxValue,
                Duration = TimeSpan.FromMinutes(context.Value(minutes)),
                Notes = new Dictionary<string, string> { ["command"] = context.CommandLine, ["commit"] = conditions.Commit },
            };
            OutputFile.Check(
                new OutputFile(settings.Out, "--out", isReplaced: true), new OutputFile(settings.Out + ".checkpoint", "--out", isReplaced: true),
                new OutputFile(settings.Out + ".csv", "--out"));
            try
            {
                return await Task.Run(() => !isFromLog ? InWorlds(context, Trainer(name), plan, settings) : LearnFromLog(context, log, settings, new()
                {
                    Kind = name, Start = context.Value(start)?.File, HeldOut = context.Value(heldOut), Seed = plan.Seed,
                    Scenario = plan.Scenarios.Count > 0 ? plan.Scenarios[0] : null,
                    InWorlds = name == PolicyNames.Price ? () => Trained(context, Trainer(name), plan, settings) : null,
                })).ConfigureAwait(false);
            }
            catch (FileNotFoundException e) when (settings.Resume)
            {
                throw new UsageException($"--resume: there is no checkpoint '{e.FileName}'; begin without --resume");
            }
            catch (Exception e) when (e is CheckpointException or PolicyFileException)
            {
                throw new UsageException(e.Message);
            }
        });
    }

    private static IReadOnlyList<string> FromLog { get; } = [PolicyNames.Price, .. OnlineLearners.Names];

    private static TrainingProgress Run(CommandContext context, IPolicyTrainer trainer, TrainingPlan plan, TrainingSettings settings)
    {
        using ProgressLine line = context.Progress();
        return TrainingRunner.Run(trainer, plan, settings, context.Time, new Shown(line), context.Stop);
    }

    private static int InWorlds(CommandContext context, IPolicyTrainer trainer, TrainingPlan plan, TrainingSettings settings)
    {
        TrainingProgress end = Run(context, trainer, plan, settings);
        if (context.IsJson)
            context.WriteJson(new { file = settings.Out, steps = end.Steps, figures = end.Point.ToDictionary(p => p.Name, p => p.Value) });
        else
            context.Out.WriteOneLine($"{settings.Out} is written after {end.Steps} steps; see it with: streamsched policy show {settings.Out}");
        return ExitCodes.Ok;
    }

    private static int LearnFromLog(CommandContext context, LogOptions log, TrainingSettings settings, LogTrainerSettings trainer)
    {
        LogTrainingReport report = new LogTraining(context, log, trainer).Run(settings.Out, settings.Notes);
        context.WriteReport(report, () => LogTrainingTables.Write(report, context.Out));
        return report.IsTrusted ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static LoadedPolicy Trained(CommandContext context, IPolicyTrainer trainer, TrainingPlan plan, TrainingSettings settings)
    {
        Run(context, trainer, plan, settings);
        return LoadedPolicy.Load(settings.Out);
    }

    private static IPolicyTrainer Trainer(string kind) => PolicyTrainers.Find(kind)
        ?? throw new UsageException($"KIND: nothing trains '{kind}' in worlds; there are: {string.Join(", ", PolicyTrainers.All.Select(t => t.Kind))}");

    // Synchronously, so that lines come in order.
    private sealed class Shown(ProgressLine line) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => line.Say(FormattableString.Invariant(
            $"step {value.Steps}, {value.Left.TotalMinutes:F1} min left: ")
            + FormattableString.Invariant($"{string.Join(", ", value.Point.Take(6).Select(p => FormattableString.Invariant($"{p.Name} {p.Value:g5}")))}"));
    }
}
