using System.CommandLine;
using StreamSched.Bench;
using StreamSched.Core.Networks;
using StreamSched.Hosting;
using StreamSched.Reports;

namespace StreamSched.Commands;

internal static partial class BenchCommand
{
    private const int MostLayers = 16, MostValues = 100_000_000;

    private static Command Network()
    {
        Option<string> candidates = new Option<string>("--candidates") { Description = "Numbers of candidates.", DefaultValueFactory = _ => "64,256" }
            .Checked((list, _) => Candidates(list));
        Option<int> features = new Option<int>("--features") { Description = "Features per candidate.", DefaultValueFactory = _ => 16 }.Within(1, 4096);
        Option<string> hidden = new Option<string>("--hidden") { Description = "Units of the hidden layers.", DefaultValueFactory = _ => "32,16" }
            .Checked((list, _) => Hidden(list));
        Option<double> seconds = new Option<double>("--seconds") { Description = "Length of each measurement.", DefaultValueFactory = _ => 1 }
            .Within(0.01, 600.0);
        Command command = CommandContext.WithLog(
            new Command("network", "Times the evaluation of a policy's network for all candidates of a decision.") { candidates, features, hidden, seconds });
        return Handle(command, context =>
        {
            RunConditions conditions = RunConditions.Now(context.Time);
            int[] counts = Candidates(context.Value(candidates)!);
            int[] units = Hidden(context.Value(hidden)!);
            double length = context.Value(seconds);
            if ((long)counts.Max() * units.Append(context.Value(features)).Max() > MostValues)
                throw new UsageException($"--candidates, --features and --hidden: together more than {MostValues} values in a layer");
            List<NetworkCost> costs = [];
            foreach (int count in counts)
            {
                foreach (Activation activation in (Activation[])[Activation.Relu, Activation.Tanh])
                {
                    Say(context, $"{activation}, {count} candidates");
                    costs.Add(NetworkBench.Measure(count, context.Value(features), units, activation, length));
                }
            }

            NetworkReport report = new(conditions, context.CommandLine, costs);
            return Written(context, report, to => LearningTables.Write(report, to));
        });
    }

    private static Command Analysis()
    {
        Option<double> seconds = new Option<double>("--seconds") { Description = "Length of each measurement.", DefaultValueFactory = _ => 2 }
            .Within(0.01, 600.0);
        Command command = CommandContext.WithLog(
            new Command("analysis", "Times what reads logs: off-policy estimates, decisions taken again, tables in Parquet. On one thread.") { seconds });
        return Handle(command, context =>
        {
            RunConditions conditions = RunConditions.Now(context.Time);
            IReadOnlyList<AnalysisCost> costs =
                AnalysisBench.Measure(ShippedScenarios.Read("live-nothing")[0], context.Value(seconds), what => Say(context, what));
            AnalysisReport report = new(conditions, context.CommandLine, costs);
            return Written(context, report, to => LearningTables.Write(report, to));
        });
    }

    private static Command CartPole()
    {
        Option<string> algorithm = new Option<string>("--algorithm") { Description = "ppo, dqn, or both as ppo,dqn.", DefaultValueFactory = _ => "ppo,dqn" }
            .Checked((list, _) => Algorithms(list));
        Option<int> seeds = new Option<int>("--seeds") { Description = "Trainings per algorithm, with the seeds 1, 2, ….", DefaultValueFactory = _ => 3 }
            .Within(1, 100);
        Option<int> steps = new Option<int>("--steps") { Description = "Steps per training.", DefaultValueFactory = _ => 500_000 }.Within(1000, 100_000_000);
        Command command = CommandContext.WithLog(
            new Command("cartpole", "Trains the learners on CartPole-v1, whose results are known; see docs/learning.md.") { algorithm, seeds, steps });
        return Handle(command, context =>
        {
            RunConditions conditions = RunConditions.Now(context.Time) with { Kind = "simulated" };
            string[] algorithms = Algorithms(context.Value(algorithm)!);
            List<CartPoleRun> runs = [];
            using (ProgressLine progress = context.Progress())
            {
                foreach (string name in algorithms.Distinct())
                    for (int seed = 1; seed <= context.Value(seeds); seed++)
                        runs.Add(CartPoleBench.Run(name, (ulong)seed, context.Value(steps), progress.Say, context.Stop));
            }

            CartPoleReport report = new(conditions, context.CommandLine, runs);
            return Written(context, report, to => LearningTables.Write(report, to));
        });
    }

    private static int[] Hidden(string list) =>
        Numbers(list, "--hidden", n => n is >= 1 and <= 4096, "in 1..4096", mayRepeat: true) is { Length: <= MostLayers } units
            ? units : throw new UsageException($"--hidden: names more than {MostLayers} layers");

    private static string[] Algorithms(string list)
    {
        string[] algorithms = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return algorithms.Length > 0 && algorithms.All(CartPoleBench.Algorithms.Contains) ? algorithms
            : throw new UsageException($"--algorithm: give {string.Join(" or ", CartPoleBench.Algorithms)}, or both with a comma between");
    }
}
