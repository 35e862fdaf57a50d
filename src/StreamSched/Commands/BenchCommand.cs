using System.CommandLine;
using StreamSched.Bench;
using StreamSched.Core.Policies;
using StreamSched.Hosting;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Settings;
using StreamSched.Reports;

namespace StreamSched.Commands;

/// <summary><c>streamsched bench route | linger | decide | codec | network | cartpole</c>: what things cost here, and whether learners learn.</summary>
internal static partial class BenchCommand
{
    private const string Embedded = "embedded";
    private const int MostNumbers = 100;

    /// <summary>The command.</summary>
    public static Command Create() => new("bench", "Measures what the scheduler costs on this machine; see docs/performance.md.")
    {
        Route(), Linger(), Decide(), Codec(), Simulate(), Network(), CartPole(), Calibration(), Analysis(),
    };

    private static Command Route()
    {
        Option<string> broker = new Option<string>("--broker")
        {
            Description = "HOST:PORT of a Kafka broker, or embedded: the one inside this process.", DefaultValueFactory = _ => Embedded,
        }.Checked((text, name) => CheckBroker(text, name));
        Option<string> workers = new Option<string>("--workers")
        {
            Description = "Numbers of workers, each with its own topic; 64 placements in all, so each divides 64.", DefaultValueFactory = _ => "4,16,64",
        }.Checked((list, _) => WorkerCounts(list));
        Option<string?> payload = new Option<string?>("--payload")
        {
            Description = "Sizes of a request's payload in bytes. Default: 200,20000; on the embedded broker 200.",
        }.Checked((list, _) => Payloads(list));
        Option<string> policies = new Option<string>("--policies")
        {
            Description = "Policies. The first one gets all repetitions, latencies and payloads, the others one pair of runs.",
            DefaultValueFactory = _ =>
                string.Join(',', PolicyNames.Price, PolicyNames.EarliestFinish, PolicyNames.LeastLoaded, PolicyNames.PowerOfTwo, PolicyNames.Random),
        }.Checked((list, _) => Names(list));
        Option<string> rates = new Option<string>("--rates")
        {
            Description = "Rates at which latency is measured, requests/s.", DefaultValueFactory = _ => "500,2000,5000",
        }.Checked((list, _) => Rates(list));
        Option<double> seconds = new Option<double>("--seconds") { Description = "Length of each measurement.", DefaultValueFactory = _ => 2 }
            .Within(0.1, 600.0);
        Option<int> repetitions = new Option<int>("--repetitions") { Description = "Pairs of runs of the first policy.", DefaultValueFactory = _ => 2 }
            .Within(1, 100);
        Option<bool> quick = new("--quick") { Description = "Fewer and shorter measurements: shows that everything works, says little about speed." };
        Command command = CommandContext.WithLog(new Command("route", "Runs the scheduler beside a bare loop of Confluent.Kafka that moves the same records.")
        {
            broker, workers, payload, policies, rates, seconds, repetitions, quick,
        });
        return Handle(command, async context =>
        {
            bool isQuick = context.Value(quick);
            string place = context.Value(broker)!;
            bool isEmbedded = place == Embedded;
            RouteOptions options = new()
            {
                Broker = place,
                Workers = WorkerCounts(context.Value(workers)!),
                Payloads = Payloads(context.Value(payload) ?? (isEmbedded || isQuick ? "200" : "200,20000")),
                Policies = Names(context.Value(policies)!),
                Rates = Rates(context.Value(rates)!),
                Seconds = isQuick ? Math.Min(0.4, context.Value(seconds)) : context.Value(seconds), Repetitions = isQuick ? 1 : context.Value(repetitions),
            };
            if (isQuick)
                options = options with
                {
                    Workers = [options.Workers[0], options.Workers[^1]],
                    Rates = [.. options.Rates.Take(1)],
                    Policies = [.. options.Policies.Take(2)],
                };
            return await RunAsync(context, place, options, bench => bench.RunAsync(context.Stop), RouteTables.Write).ConfigureAwait(false);
        });
    }

    private static Command Linger()
    {
        Option<string> broker = new Option<string>("--broker")
        {
            Description = "HOST:PORT of a Kafka broker, or embedded: the one inside this process.", DefaultValueFactory = _ => Embedded,
        }.Checked((text, name) => CheckBroker(text, name));
        Option<string> workers = new Option<string>("--workers")
        {
            Description = "Numbers of work topics, divisors of 64.", DefaultValueFactory = _ => "4,16,64",
        }.Checked((list, _) => WorkerCounts(list));
        Option<string> rates = new Option<string>("--rates")
        {
            Description = "Rates at which latency is measured, requests/s.", DefaultValueFactory = _ => "500,2000,5000",
        }.Checked((list, _) => Rates(list));
        Option<string> lingers = new Option<string>("--lingers")
        {
            Description = "Pairs WORK:DECISIONS of milliseconds that records linger; equal ones share a producer.",
            DefaultValueFactory = _ => "0.5:0.5,0:20,0.5:20,2:20,5:20,10:20",
        }.Checked((list, _) => Lingers(list));
        Option<double> seconds = new Option<double>("--seconds") { Description = "Length of each measurement.", DefaultValueFactory = _ => 1 }
            .Within(0.01, 600.0);
        Option<int> repetitions = new Option<int>("--repetitions") { Description = "How often each is measured.", DefaultValueFactory = _ => 1 }.Within(1, 100);
        Command command = CommandContext.WithLog(new Command("linger", "Runs the bare loop with other lingers: what the scheduler's own rule rests on.")
        {
            broker, workers, rates, lingers, seconds, repetitions,
        });
        return Handle(command, context => RunAsync(
            context, context.Value(broker)!,
            new RouteOptions
            {
                Broker = context.Value(broker)!, Workers = WorkerCounts(context.Value(workers)!), Payloads = [200], Policies = [PolicyNames.Price],
                Rates = Rates(context.Value(rates)!),
                Seconds = context.Value(seconds), Repetitions = context.Value(repetitions),
            },
            bench => bench.RunLingersAsync(Lingers(context.Value(lingers)!), context.Stop), RouteTables.WriteLingers));
    }

    private static (TimeSpan Work, TimeSpan Decisions)[] Lingers(string list) =>
    [
        .. list.Split(',').Select(pair => pair.Split(':')).Select(pair =>
            pair.Length == 2 && double.TryParse(pair[0], System.Globalization.CultureInfo.InvariantCulture, out double work)
            && double.TryParse(pair[1], System.Globalization.CultureInfo.InvariantCulture, out double decisions) && work is >= 0 and <= 1000
            && decisions is >= 0 and <= 1000
                ? (TimeSpan.FromMilliseconds(work), TimeSpan.FromMilliseconds(decisions))
                : throw new UsageException($"--lingers: '{string.Join(':', pair)}' is not WORK:DECISIONS in milliseconds, 0..1000")),
    ];

    private static void CheckBroker(string text, string option)
    {
        if (text == Embedded) return;
        if (new KafkaSettings { BootstrapServers = text }.Problems() is [var problem, ..]) throw new UsageException($"{option}: {problem}, nor {Embedded}");
    }

    private static int[] Candidates(string list) => Numbers(list, "--candidates", n => n is >= 1 and <= 100_000, "in 1..100000");

    private static int[] Payloads(string list) => Numbers(list, "--payload", n => n is >= 1 and <= 900_000, "in 1..900000");

    private static double[] Rates(string list) => [.. Numbers(list, "--rates", n => n is >= 1 and <= 1_000_000, "in 1..1000000").Select(n => (double)n)];

    private static int[] WorkerCounts(string list) =>
        Numbers(
            list, "--workers", n => n is >= 1 and <= RouteWorkers.Candidates && RouteWorkers.Candidates % n == 0, $"a divisor of {RouteWorkers.Candidates}");

    // Runs something on a broker that the user named, or on one of our own.
    private static async Task<int> RunAsync(
        CommandContext context, string place, RouteOptions options, Func<RouteBench, Task<IReadOnlyList<RoutePhase>>> run,
        Action<RouteReport, TextWriter> tables)
    {
        RunConditions conditions = RunConditions.Now(context.Time);
        using EmbeddedCluster? cluster = place == Embedded ? new EmbeddedCluster() : null;
        KafkaSettings kafka = (cluster is null ? new KafkaSettings { BootstrapServers = place } : KafkaSettings.ForEmbedded(cluster)) with
        {
            Prefix = $"bench-{Guid.NewGuid().ToString("N")[..8]}.",
            Partitions = options.Partitions,
        };
        using RouteBench bench = new(kafka.Validated(), options, cluster, context.Loggers, context.Time, text => Say(context, text));
        IReadOnlyList<RoutePhase> phases = await run(bench).ConfigureAwait(false);
        Say(context, "the dispatcher alone");
        RouteReport report = new()
        {
            Conditions = conditions, Options = options, Phases = phases, Command = context.CommandLine,
            Dispatcher = [.. from policy in options.Policies from w in options.Workers
                select DispatcherRig.Measure(policy, w, options.Payloads[0], Math.Min(0.5, options.Seconds / 4), context.Time)],
        };
        context.WriteReport(report, () => tables(report, context.Out));
        return phases.All(p => p.Complete) ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static Command Decide()
    {
        Option<string> candidates = new Option<string>("--candidates") { Description = "Numbers of candidates.", DefaultValueFactory = _ => "64,256" }
            .Checked((list, _) => Candidates(list));
        Option<double> seconds = new Option<double>("--seconds") { Description = "Length of each measurement.", DefaultValueFactory = _ => 1 }
            .Within(0.01, 600.0);
        Command command = CommandContext.WithLog(
            new Command("decide", "Times a decision of every registered policy, and the dispatcher around it.") { candidates, seconds });
        return Handle(command, context =>
        {
            RunConditions conditions = RunConditions.Now(context.Time);
            int[] counts = Candidates(context.Value(candidates)!);
            List<DecisionCost> costs = [];
            foreach (int count in counts)
            {
                foreach (string policy in PolicySource.Names)
                {
                    Say(context, $"{policy}, {count} candidates");
                    costs.Add(new DecisionCost(policy, count, DecideBench.Measure(policy, count, context.Value(seconds), context.Time)));
                }
            }

            Say(context, "the dispatcher");
            DispatcherCost[] dispatcher =
                [.. PolicySource.Names.Select(name => DispatcherRig.Measure(name, RouteWorkers.Candidates, 200, context.Value(seconds), context.Time))];
            DecideReport report = new(conditions, context.CommandLine, costs, dispatcher);
            return Written(context, report, to => MicroTables.Write(report, to));
        });
    }

    private static Command Codec()
    {
        Option<int> payload = new Option<int>("--payload") { Description = "Size of the request's payload in bytes.", DefaultValueFactory = _ => 200 }
            .Within(1, 8_000_000);
        Option<double> seconds = new Option<double>("--seconds") { Description = "Length of each measurement.", DefaultValueFactory = _ => 1 }
            .Within(0.01, 600.0);
        Command command = CommandContext.WithLog(new Command("codec", "Times reading and writing of the hot path's records.") { payload, seconds });
        return Handle(command, context =>
        {
            RunConditions conditions = RunConditions.Now(context.Time);
            CodecReport report = new(conditions, context.CommandLine, CodecBench.Measure(context.Value(payload), context.Value(seconds), context.Time));
            return Written(context, report, to => MicroTables.Write(report, to));
        });
    }

    private static Command Simulate()
    {
        Option<string> candidates = new Option<string>("--candidates") { Description = "Numbers of candidates.", DefaultValueFactory = _ => "64,256" }
            .Checked((list, _) => Candidates(list));
        Option<double> seconds = new Option<double>("--seconds") { Description = "Length of each measurement of decisions.", DefaultValueFactory = _ => 0.5 }
            .Within(0.01, 600.0);
        Option<string> scenario = new Option<string>("--scenario") { Description = "Scenario whose world is run.", DefaultValueFactory = _ => "metro" }
            .Checked((list, _) => ShippedScenarios.Read(list));
        Option<string> policies = new Option<string>("--policies")
        {
            Description = "Policies. The worlds are run with the first five.", DefaultValueFactory = _ => string.Join(',', PolicySource.Names.OrderBy(n =>
                Array.IndexOf([PolicyNames.Random, PolicyNames.PowerOfTwo, PolicyNames.LeastLoaded, PolicyNames.EarliestFinish, PolicyNames.Price], n) switch
                {
                    < 0 => 9,
                    int i => -i,
                })),
        }.Checked((list, _) => Names(list));
        Command command = CommandContext.WithLog(
            new Command("simulate", "Times decisions of every policy, and whole simulated worlds, on one thread.") { candidates, seconds, scenario, policies });
        return Handle(command, async context =>
        {
            RunConditions conditions = RunConditions.Now(context.Time) with { Kind = "measured" };
            int[] counts = Candidates(context.Value(candidates)!);
            string[] names = Names(context.Value(policies)!);
            Simulation.Scenarios.Scenario[] worlds = [.. ShippedScenarios.Read(context.Value(scenario)!)];
            using ProgressLine line = context.Progress();
            List<DecisionCost> decisions = [];
            List<WorldCost> costs = [];
            await Task.Run(() =>
            {
                foreach (Simulation.Scenarios.Scenario world in worlds)
                {
                    foreach (string policy in names.Take(5))
                    {
                        line.Say($"{world.Name}, {policy}");
                        costs.Add(SimulateBench.Measure(world, policy, context.Stop));
                    }
                }

                foreach (int count in counts)
                {
                    foreach (string policy in names)
                    {
                        line.Say($"{policy}, {count} candidates");
                        context.Stop.ThrowIfCancellationRequested();
                        decisions.Add(new DecisionCost(policy, count, DecideBench.Measure(policy, count, context.Value(seconds), context.Time)));
                    }
                }
            }).ConfigureAwait(false);
            SimulateReport report = new(conditions, context.CommandLine, decisions, costs);
            return await Written(context, report, to => MicroTables.Write(report, to)).ConfigureAwait(false);
        });
    }

    private static Task<int> Written<T>(CommandContext context, T report, Action<TextWriter> tables)
    {
        context.WriteReport(report, () => tables(context.Out));
        return Task.FromResult(ExitCodes.Ok);
    }

    // Whether the report can be written is tried before anything is measured.
    private static Command Handle(Command command, Func<CommandContext, Task<int>> action) =>
        CommandContext.Handle(CommandContext.WithJsonFile(command), context =>
        {
            OutputFile.Check(context.JsonFile);
            return action(context);
        });

    private static void Say(CommandContext context, string text) =>
        context.Parse.InvocationConfiguration.Error.WriteLine($"{context.Time.GetUtcNow():HH:mm:ss} {text}");

    private static int[] Numbers(string list, string option, Func<int, bool> holds, string what, bool mayRepeat = false)
    {
        int[] numbers = [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(text =>
            int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out int n) && holds(n)
                ? n : throw new UsageException($"{option}: '{text}' is not {what}"))];
        if (numbers.Length > MostNumbers) throw new UsageException($"{option}: names {numbers.Length} numbers, more than {MostNumbers}");
        return numbers.Length == 0 ? throw new UsageException($"{option}: names none") : mayRepeat ? numbers : [.. numbers.Distinct()];
    }

    private static string[] Names(string list)
    {
        string[] names = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (string name in names) PolicySource.Find(name, "--policies");
        return names.Length > 0 ? [.. names.Distinct()] : throw new UsageException("--policies: names none");
    }
}
