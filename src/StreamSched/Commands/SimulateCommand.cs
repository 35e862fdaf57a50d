using System.CommandLine;
using StreamSched.Bench;
using StreamSched.Core.Policies;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Bounds;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Planning;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Commands;

/// <summary><c>streamsched simulate</c>: policies in simulated worlds, beside what no policy can exceed.</summary>
internal static class SimulateCommand
{
    private const int MostScales = 100;
    private static readonly string[] Values = ["success", "accuracy", .. ValueWeights.Presets.Keys.Where(k => k != "accuracy")];

    private static readonly Option<IReadOnlyList<Scenario>> ScenarioOption = new Option<IReadOnlyList<Scenario>>("--scenario", "-s")
    {
        Description = $"Scenario files with commas between, or names of shipped ones: {string.Join(", ", ShippedScenarios.Names)}.", Required = true,
    }.ReadAs((list, _) => ShippedScenarios.Read(list));

    private static readonly Option<string> PolicyOption = new Option<string>("--policy", "-p")
    {
        Description = PolicyList.Description,
        DefaultValueFactory = _ => "price,random,least-loaded,power-of-two,earliest-finish,deadline-farthest,least-impedance,threshold-on-queue",
    }.Checked((list, _) => PolicyList.Read(list));
    private static readonly Option<int> SeedsOption = new Option<int>("--seeds")
    {
        Description = "How many seeds, from each scenario's own on.", DefaultValueFactory = _ => 5,
    }.Within(1, 10_000);
    private static readonly Option<ulong?> SeedOption = new Option<ulong?>("--seed")
    {
        Description = "The first seed, instead of each scenario's own. Those from 90001 on are seen by no training.",
    }.Within(0UL, Scenario.GreatestSeed);
    private static readonly Option<string?> DurationOption = new Option<string?>("--duration")
    {
        Description = "Instead of the scenario's own, such as 30s; a number is seconds.",
    }.Checked((text, _) => Seconds(text));
    private static readonly Option<string?> ValueOption = new Option<string?>("--value")
    {
        Description = $"What an answer in time counts as: {string.Join(", ", Values)}; or ECSRL's objective, minus the seconds until the answer "
            + $"({Scenario.Time}) and the joules ({Scenario.EnergyAndTime}), without the bound. Default: as the scenario says.",
    }.OneOf([.. Values, Scenario.Time, Scenario.EnergyAndTime]);
    private static readonly Option<string> RateScaleOption = new Option<string>("--rate-scale")
    {
        Description = "All arrivals times this; several with commas between give a table each.", DefaultValueFactory = _ => "1",
    }.Checked((list, _) => Scales(list));

    private static readonly Option<bool> NoBoundOption = new("--no-bound")
    {
        Description = "Without the upper bound, which takes as long as several policies.",
    };
    private static readonly Option<bool> OracleOption = new("--oracle")
    {
        Description = "Also what a planner reaches that knows every arrival and all noise of the run. It begins with the best of the policies, looks for "
            + "better placements, and plays them in the same world. For runs of up to 30,000 requests in which no worker crashes.",
    };
    private static readonly Option<int> OracleTriesOption = new Option<int>("--oracle-tries")
    {
        Description = "How many changes of its plan the oracle tries per request.", DefaultValueFactory = _ => new OracleSettings().TriesPerRequest,
    }.Within(1, 1_000_000);
    private static readonly Option<string> OracleTimeOption = new Option<string>("--oracle-time")
    {
        Description = "Most time for one plan, such as 30s or 5m; the best one so far counts then, which is not the same on every machine.",
        DefaultValueFactory = _ => "2m",
    }.Checked((text, _) => Duration.Parse(text, "--oracle-time"));
    private static readonly Option<string?> OracleWindowOption = new Option<string?>("--oracle-window")
    {
        Description = "The oracle plans for the requests made between two instants of the run, such as 300ms..800ms; the others keep the best policy's "
            + "choices. So it neither begins with empty machines nor has them to itself at the end.",
    }.Checked((text, _) => Window(text));
    private static readonly Option<string> OracleMovesOption = new Option<string>("--oracle-moves")
    {
        Description = "What the oracle may change about the best policy's choices: refuse what was placed, place it elsewhere, accept what was refused; "
            + "several with commas between. It tells where its gain comes from.",
        DefaultValueFactory = _ => "refuse,place,accept",
    }.Checked((text, _) => Moves(text));
    private static readonly Option<bool> LearnerOption = new("--learner")
    {
        Description = "Also each policy with a learner beside it, as on Kafka and in virtual time: accuracies from labels, which scenarios have (labels), and "
            + "networks that prove themselves before they serve.",
    };
    private static readonly Option<bool> DetailsOption = new("--details")
    {
        Description = "Also by application, by kind of placement, and why requests were not answered in time.",
    };
    private static readonly Option<int> ThreadsOption = new Option<int>("--threads")
    {
        Description = "How many worlds run at a time. Default: as many as there are cores.", DefaultValueFactory = _ => Environment.ProcessorCount,
    }.Within(1, 1024);
    private static readonly Option<string?> TraceOption = new("--trace")
    {
        Description = "Writes what happened to every request of the first scenario, policy and seed to this CSV file, with the hidden state of the load. "
            + "A scenario takes it as a trace of arrivals, and so does device --trace.",
    };

    private static readonly Option<string?> HtmlOption = new("--html")
    {
        Description = "Writes the report as one HTML file with interactive plots, which opens without a network.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new("simulate", "Runs policies in simulated worlds and compares them; see docs/simulation.md.")
        {
            ScenarioOption, PolicyOption, SeedsOption, SeedOption, DurationOption, ValueOption, RateScaleOption, NoBoundOption, OracleOption,
            OracleTriesOption, OracleTimeOption, OracleWindowOption, OracleMovesOption, LearnerOption, DetailsOption, ThreadsOption,
            HtmlOption, TraceOption,
        };
        return CommandContext.Handle(CommandContext.WithLog(CommandContext.WithJsonFile(command)), RunAsync);
    }

    private static async Task<int> RunAsync(CommandContext context)
    {
        OutputFile? html = OutputFile.Named(context.Value(HtmlOption), "--html"), trace = OutputFile.Named(context.Value(TraceOption), "--trace");
        OutputFile? json = context.JsonFile;
        ExperimentPlan plan = new()
        {
            Scenarios = Scenarios(context), Policies = Policies(context),
            Seeds = context.Value(SeedsOption),
            Bound = context.Value(NoBoundOption) || Scenario.ObjectiveOf(context.Value(ValueOption)) is not null ? null : new BoundSettings(),
            Parallelism = context.Value(ThreadsOption),
            Oracle = context.Value(OracleOption) ? Planner(context) : null,
        };
        Plannable(plan);
        OutputFile.Check(html, json, trace);
        ExperimentReport report = await RunAsync(context, plan).ConfigureAwait(false);
        if (context.IsJson) await context.Out.WriteLineAsync(report.ToJson()).ConfigureAwait(false);
        else ReportTables.Write(report, context.Out, context.Value(DetailsOption));
        string?[] problems =
        [
            html?.Write(to => to.Write(HtmlReport.Write(report))), json?.Write(to => to.WriteLine(report.ToJson())),
            await Task.Run(() => report.IsComplete ? trace?.Write(to => Trace(plan, to, context.Stop)) : null).ConfigureAwait(false),
        ];
        foreach (string problem in problems.OfType<string>()) context.Error.WriteOneLine("streamsched: " + problem);
        return report.IsComplete && problems.All(p => p is null) ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static IReadOnlyList<PolicyEntry> Policies(CommandContext context)
    {
        IReadOnlyList<PolicyEntry> named = PolicyList.Read(context.Value(PolicyOption)!);
        return context.Value(LearnerOption) ? [.. named.SelectMany(p => (PolicyEntry[])[p, p.WithLearner()])] : named;
    }

    private static OracleSettings Planner(CommandContext context)
    {
        OracleSettings settings = context.Value(OracleWindowOption) is { } window ? Window(window) : new OracleSettings();
        return settings with
        {
            TriesPerRequest = context.Value(OracleTriesOption),
            TimeLimit = Duration.Parse(context.Value(OracleTimeOption)!, "--oracle-time"),
            Moves = Moves(context.Value(OracleMovesOption)!),
        };
    }

    private static OracleMoves Moves(string text) => text.Split(',').Aggregate(OracleMoves.None, (moves, word) => moves | word switch
    {
        "refuse" => OracleMoves.Refuse,
        "place" => OracleMoves.Place,
        "accept" => OracleMoves.Accept,
        _ => throw new UsageException($"--oracle-moves: there is no '{word}'; there are refuse, place, accept"),
    });

    private static OracleSettings Window(string text) => text.Split("..") is [{ } from, { } until]
        ? new OracleSettings { From = Duration.Parse(from, "--oracle-window"), Until = Duration.Parse(until, "--oracle-window") }
        : throw new UsageException($"--oracle-window: '{text}' is not like 300ms..800ms");

    private static void Plannable(ExperimentPlan plan)
    {
        if (plan.Oracle is not { } settings) return;
        string[] problems =
        [
            .. from scenario in plan.Scenarios
               from i in Enumerable.Range(0, plan.Seeds)
               let problem = settings.Problem(scenario, scenario.Seed + (ulong)i)
               where problem is not null
               select "--oracle: " + problem,
        ];
        if (problems.Length > 0) throw new UsageException([.. problems.Distinct()]);
    }

    private static void Trace(ExperimentPlan plan, TextWriter to, CancellationToken stop)
    {
        Scenario scenario = plan.Scenarios[0];
        PolicyEntry policy = plan.Policies[0];
        new World(scenario, new WorldSettings
        {
            Seed = scenario.Seed, Scheduler = scenario.Valued(policy.Settings), Policy = policy.Create, Observer = new TraceWriter(scenario, scenario.Seed, to),
        }).Run(stop);
    }

    /// <summary>Runs an experiment with progress on standard error.</summary>
    internal static async Task<ExperimentReport> RunAsync(CommandContext context, ExperimentPlan plan)
    {
        Provenance provenance = RunConditions.Now(context.Time).Simulated(context.CommandLine);
        using ProgressLine line = context.Progress();
        RunProgress progress = new(line, context.Time);
        return await Task.Run(() => ExperimentRunner.Run(plan, provenance, progress, context.Stop)).ConfigureAwait(false);
    }

    private static Scenario[] Scenarios(CommandContext context)
    {
        string? value = context.Value(ValueOption);
        EcsrlReward? objective = Scenario.ObjectiveOf(value);
        if (objective is not null) value = null;

        // The bound counts answers alone; as successes where accuracy counts in part, since that is never less.
        bool? accuracy = value is null ? null : value != "success" && ValueWeights.Presets[value].Accuracy == 1;
        string? preset = value is null or "success" or "accuracy" ? null : value;
        double[] scales = Scales(context.Value(RateScaleOption)!);
        double? duration = context.Value(DurationOption) is { } text ? Seconds(text) : null;
        List<Scenario> scenarios = [];
        foreach (Scenario read in context.Value(ScenarioOption)!)
        {
            Scenario scenario = read with
            {
                ValueIsAccuracy = accuracy ?? read.ValueIsAccuracy,
                Preset = preset,
                Objective = objective,
                Duration = duration ?? read.Duration,
                Seed = context.Value(SeedOption) ?? read.Seed,
            };
            if (scenario.Duration <= scenario.WarmUp)
                throw new UsageException(
                    FormattableString.Invariant($"--duration: {scenario.Duration} s is not longer than the warm-up of {scenario.Name}, {scenario.WarmUp} s"));
            foreach (double scale in scales)
            {
                string name = scales.Length == 1 ? scenario.Name : FormattableString.Invariant($"{scenario.Name} x {scale}");
                scenarios.Add(scenario with { Name = name, Load = scenario.Load * scale });
                if (scenarios[^1].Problems() is { Count: > 0 } problems) throw new UsageException([.. problems.Select(p => $"{name}: {p}")]);
            }
        }

        string[] twice = [.. scenarios.GroupBy(s => s.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key)];
        if (twice.Length > 0) throw new UsageException($"--scenario: two are called '{twice[0]}'; a scenario's key \"name\" tells them apart");
        return [.. scenarios];
    }

    private static double Seconds(string text)
    {
        double seconds = double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double number)
            ? number : Duration.Parse(text, "--duration").TotalSeconds;
        return seconds is > 0 and <= 1e6 ? seconds : throw new UsageException($"--duration: '{text}' is not in 0..1000000 s");
    }

    private static double[] Scales(string list) => list.Split(',') is { Length: <= MostScales } texts
        ? [.. texts.Select(Positive).Distinct()] : throw new UsageException($"--rate-scale: names more than {MostScales} factors");

    private static double Positive(string text) =>
        double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double value) && value is > 0 and <= 1e6
            ? value : throw new UsageException($"--rate-scale: '{text}' is not a positive number");
}
