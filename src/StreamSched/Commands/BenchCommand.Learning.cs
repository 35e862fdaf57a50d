using System.CommandLine;
using StreamSched.Bench;
using StreamSched.Hosting;
using StreamSched.Learning.Networks;

namespace StreamSched.Commands;

internal static partial class BenchCommand
{
    private static Command Network()
    {
        Option<string> candidates = new("--candidates") { Description = "Numbers of candidates.", DefaultValueFactory = _ => "64,256" };
        Option<int> features = new Option<int>("--features") { Description = "Features per candidate.", DefaultValueFactory = _ => 16 }.Within(1, 4096);
        Option<string> hidden = new("--hidden") { Description = "Units of the hidden layers.", DefaultValueFactory = _ => "32,16" };
        Option<double> seconds = new Option<double>("--seconds") { Description = "Length of each measurement.", DefaultValueFactory = _ => 1 }.Within(0.01, 600.0);
        Command command = Invocation.WithLog(new Command("network", "Times the evaluation of a policy's network for all candidates of a decision.") { candidates, features, hidden, seconds, JsonOption });
        return Does(command, invocation =>
        {
            RunConditions conditions = RunConditions.Now(invocation.Time);
            int[] counts = Numbers(invocation.Value(candidates)!, "--candidates", n => n is >= 1 and <= 100_000, "in 1..100000");
            int[] units = Numbers(invocation.Value(hidden)!, "--hidden", n => n is >= 1 and <= 4096, "in 1..4096");
            if (invocation.Value(features) is < 1 or > 4096) throw new UsageException("--features must be in 1..4096");
            double length = Length(invocation.Value(seconds));
            List<NetworkCost> costs = [];
            foreach (int count in counts)
            {
                foreach (Activation activation in (Activation[])[Activation.Relu, Activation.Tanh])
                {
                    Say(invocation, $"{activation}, {count} candidates");
                    costs.Add(NetworkBench.Measure(count, invocation.Value(features), units, activation, length));
                }
            }

            NetworkReport report = new(conditions, invocation.CommandLine, costs);
            return Written(invocation, report, to => LearningTables.Write(report, to));
        });
    }

    private static Command CartPole()
    {
        Option<string> algorithm = new("--algorithm") { Description = "ppo, dqn, or both as ppo,dqn.", DefaultValueFactory = _ => "ppo,dqn" };
        Option<int> seeds = new Option<int>("--seeds") { Description = "Trainings per algorithm, with the seeds 1, 2, ….", DefaultValueFactory = _ => 3 }.Within(1, 100);
        Option<int> steps = new Option<int>("--steps") { Description = "Steps per training.", DefaultValueFactory = _ => 500_000 }.Within(1000, 100_000_000);
        Command command = Invocation.WithLog(new Command("cartpole", "Trains the learners on CartPole-v1, whose results are known; see docs/learning.md.") { algorithm, seeds, steps, JsonOption });
        return Does(command, invocation =>
        {
            RunConditions conditions = RunConditions.Now(invocation.Time) with { Kind = "simulated" };
            string[] algorithms = invocation.Value(algorithm)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (algorithms.Length == 0 || algorithms.Any(a => !CartPoleBench.Algorithms.Contains(a)))
                throw new UsageException($"--algorithm: give {string.Join(" or ", CartPoleBench.Algorithms)}, or both with a comma between");
            if (invocation.Value(seeds) is < 1 or > 100) throw new UsageException("--seeds must be in 1..100");
            if (invocation.Value(steps) is < 1000 or > 100_000_000) throw new UsageException("--steps must be in 1000..100000000");
            List<CartPoleRun> runs = [];
            using (ProgressLine progress = invocation.Progress())
            {
                foreach (string name in algorithms.Distinct())
                    for (int seed = 1; seed <= invocation.Value(seeds); seed++) runs.Add(CartPoleBench.Run(name, (ulong)seed, invocation.Value(steps), progress.Say, invocation.Stop));
            }

            CartPoleReport report = new(conditions, invocation.CommandLine, runs);
            return Written(invocation, report, to => LearningTables.Write(report, to));
        });
    }
}
