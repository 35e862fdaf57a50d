using System.CommandLine;
using StreamSched.Bench;
using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Commands;

/// <content><c>bench calibration</c>: do answers come as often in time as was predicted?</content>
internal static partial class BenchCommand
{
    private static Command Calibration()
    {
        Option<string> policy = new Option<string>("--policy")
        {
            Description = "A policy file of the kind neural, or the name of a shipped one.", DefaultValueFactory = _ => PolicyNames.Neural,
        }.Checked((text, name) => NeuralFile(text, name));
        Option<IReadOnlyList<Scenario>> scenario = new Option<IReadOnlyList<Scenario>>("--scenario", "-s")
        {
            Description = "Scenarios with commas between.", Required = true,
        }.ReadAs((list, _) => ShippedScenarios.Read(list));
        Option<int> seeds = new Option<int>("--seeds") { Description = "How many seeds.", DefaultValueFactory = _ => 2 }.Within(1, 10_000);
        Option<ulong> seed = new Option<ulong>("--seed") { Description = "The first seed; trainings stay below 50000.", DefaultValueFactory = _ => 90_001 }
            .Within(0UL, ulong.MaxValue);
        Option<double> scale = new Option<double>("--rate-scale") { Description = "All arrivals times this.", DefaultValueFactory = _ => 1 }.Within(1e-6, 1e6);
        Command command = CommandContext.WithLog(new Command("calibration", "Compares predicted probabilities of answers in time with what came in simulated "
            + "worlds: the rule as assumed, as measured errors narrow it, and the network.")
        {
            policy, scenario, seeds, seed, scale,
        });
        return Handle(command, async context =>
        {
            LoadedPolicy file = NeuralFile(context.Value(policy)!, "--policy");
            double factor = context.Value(scale);
            ulong[] drawn = [.. Enumerable.Range(0, context.Value(seeds)).Select(i => context.Value(seed) + (ulong)i)];
            List<CalibrationCase> cases = [];
            using ProgressLine line = context.Progress();
            await Task.Run(() =>
            {
                foreach (Scenario read in context.Value(scenario)!)
                {
                    foreach (bool chooses in (bool[])[false, true])
                    {
                        line.Say($"{read.Name}, choices of {(chooses ? "the network" : "the rule")}");
                        Simulation.Training.Calibration result = Simulation.Training.Calibration.Measure(
                            file.File!.Network, file.Constants ?? new RuleConstants(), chooses, read with { Load = read.Load * factor }, drawn, context.Stop);
                        cases.Add(new CalibrationCase(read.Name, factor, chooses ? PolicyNames.Neural : "the rule as assumed", result));
                    }
                }
            }).ConfigureAwait(false);
            CalibrationReport report = new(RunConditions.Now(context.Time) with { Kind = "simulated" }, context.CommandLine, drawn, cases);
            return await Written(context, report, to => CalibrationTables.Write(report, to)).ConfigureAwait(false);
        });
    }

    private static LoadedPolicy NeuralFile(string text, string option) =>
        PolicySource.Find(text, option).File is { File: not null, Metadata.Name: PolicyNames.Neural } file
            ? file : throw new UsageException($"{option}: calibration is measured for policy files of the kind neural");
}
