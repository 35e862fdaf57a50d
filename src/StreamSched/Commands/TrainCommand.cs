using System.CommandLine;
using StreamSched.Bench;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.PolicyFiles;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Grid;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Training;

namespace StreamSched.Commands;

/// <summary><c>streamsched train</c>: policies learn in simulated worlds.</summary>
internal static class TrainCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> kind = new Argument<string>("KIND")
        {
            Description = "What is trained: " + string.Join("; ", PolicyTrainers.All.Select(t => $"{t.Kind}: {t.Summary}")) + ".",
        }.Checked((text, _) => Trainer(text));
        Option<IReadOnlyList<Scenario>> scenario = new Option<IReadOnlyList<Scenario>>("--scenario", "-s")
        {
            Description = $"Scenario files with commas between, or names of shipped ones: {string.Join(", ", ShippedScenarios.Names)}.", Required = true,
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
        Command command = new("train", "Trains a policy in simulated worlds; Ctrl-C keeps what there is.")
        {
            kind, scenario, to, minutes, steps, seed, requests, threads, resume,
        };
        return CommandContext.Handle(CommandContext.WithLog(CommandContext.WithJson(command)), async context =>
        {
            IPolicyTrainer trainer = Trainer(context.Value(kind)!);
            TrainingPlan plan = new()
            {
                Units = ShippedScenarios.Folder is { } folder ? new UnitLoads(null, Path.Combine(folder, "experiments", "unit-loads.json")) : null,
                Scenarios = context.Value(scenario)!, Seed = context.Value(seed),
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
                using ProgressLine line = context.Progress();
                Shown shown = new(line);
                TrainingProgress end = await Task.Run(() =>
                    TrainingRunner.Run(trainer, plan, settings, context.Time, shown, context.Stop)).ConfigureAwait(false);
                if (context.IsJson)
                    context.WriteJson(new { file = settings.Out, steps = end.Steps, figures = end.Point.ToDictionary(p => p.Name, p => p.Value) });
                else
                    await context.Out.WriteOneLineAsync(
                        $"{settings.Out} is written after {end.Steps} steps; see it with: streamsched policy show {settings.Out}").ConfigureAwait(false);
                return ExitCodes.Ok;
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

    private static IPolicyTrainer Trainer(string kind) => PolicyTrainers.Find(kind)
        ?? throw new UsageException($"KIND: nothing trains '{kind}'; there are: {string.Join(", ", PolicyTrainers.All.Select(t => t.Kind))}");

    // Synchronously, so that lines come in order.
    private sealed class Shown(ProgressLine line) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => line.Say(FormattableString.Invariant(
            $"step {value.Steps}, {value.Left.TotalMinutes:F1} min left: ")
            + FormattableString.Invariant($"{string.Join(", ", value.Point.Take(6).Select(p => FormattableString.Invariant($"{p.Name} {p.Value:g5}")))}"));
    }
}
