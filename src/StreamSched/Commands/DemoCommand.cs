using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using Spectre.Console;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Demo;
using StreamSched.Hosting;
using StreamSched.Kafka.Embedded;
using StreamSched.Simulation.Experiments;
using static System.FormattableString;

namespace StreamSched.Commands;

/// <summary><c>streamsched demo</c>: the whole path on real input, in one process.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10); // its workers'

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<double?> seconds = new Option<double?>("--seconds")
        {
            Description = "For how long devices send, under each policy. Default: 30, and 90 with --learn.",
        }.Within(1.0, 3600.0);
        Option<bool> learn = new("--learn")
        {
            Description = "Runs a learner, too. At a third of the time frames get grainy, so that models err, at two thirds a worker's speed spreads; half "
                + "of the time is served as if nothing had been learned, so that one run shows both.",
        };
        Option<string> policies = new Option<string>("--policy")
        {
            Description = $"One policy, or several as A,B that play the same frames: {PolicySource.Known}; heuristics: all simple rules; all: those and "
                + "the default.",
            DefaultValueFactory = _ => PolicySource.Default,
        }.Checked((list, name) => Policies(list, name));
        Option<double> load = new Option<double>("--load") { Description = "Factor on the rates of all devices.", DefaultValueFactory = _ => 1 }
            .Within(0.001, 100.0);
        Option<ulong> seed = new Option<ulong>("--seed") { Description = "Seed of arrivals and frames.", DefaultValueFactory = _ => 1 }
            .Within(0UL, ulong.MaxValue);
        Option<int> seeds = new Option<int>("--seeds") { Description = "How many seeds each policy plays, from --seed on.", DefaultValueFactory = _ => 1 }
            .Within(1, 1000);
        Option<string> value = new Option<string>("--value")
        {
            Description = $"What an answer is worth: {string.Join(", ", ValueWeights.Presets.Keys)}.", DefaultValueFactory = _ => "accuracy",
        }.OneOf([.. ValueWeights.Presets.Keys]);
        Option<int?> simulated = new Option<int?>("--simulated-seeds")
        {
            Description = "Seeds with which the simulator plays the same world under every simple rule afterwards; 0: none. Default: 5, for at most a minute.",
        }.Within(0, 1000);
        Option<string> models = new("--models") { Description = "Folder of models and frames. Default: the one that is shipped." };
        Option<string> encoding = new Option<string>("--encoding") { Description = "Sends frames as png or jpeg files instead of raw pixels." }
            .Checked((text, _) => ImageEncoding(text));
        Option<string> noise = NoiseOption.Create("Scatters the times of the emulated workers.");
        Command command = CommandContext.WithLog(CommandContext.WithJsonFile(new Command(
            "demo", "Real frames → Kafka → scheduler → ONNX workers → results, all in this process, watched live.")
        {
            seconds, learn, policies, value, load, seed, seeds, simulated, models, encoding, noise,
        }));
        return CommandContext.Handle(command, async context =>
        {
            bool learns = context.Value(learn);
            double length = context.Value(seconds) ?? (learns ? 90 : 30), factor = context.Value(load);
            DemoSettings settings = new()
            {
                World = DemoWorld.Read(
                    learns ? "demo-learn" : "demo", TimeSpan.FromSeconds(length), factor, context.Value(value)!, NoiseOption.Read(context.Value(noise))),
                Learns = learns, Preset = context.Value(value)!,
                Seed = context.Value(seed), Seeds = context.Value(seeds),
                SimulatedSeeds = context.Value(simulated) ?? (length * factor <= 60 ? 5 : 0),
                Policies = Policies(context.Value(policies)!, "--policy"), Encoding = ImageEncoding(context.Value(encoding)),
                Models = ShippedModels.Or(context.Value(models)),
            };
            if (learns && settings.Policies is not [{ File.File: not null }])
                throw new UsageException("--learn: --policy must be one policy with a network, such as neural: what is learned is compared with its file");
            OutputFile.Check(context.JsonFile);
            IAnsiConsole console = context.IsJson ? context.ErrorConsole : context.Console;
            List<DemoReport> reports = await Run(settings, console, context).ConfigureAwait(false);
            if (reports.Count == 0) return ExitCodes.Failure;
            DemoComparison? hindsight = await Simulate(settings, context).ConfigureAwait(false);
            context.WriteReport(
                reports.ConvertAll(r => r with { InHindsight = hindsight }), () => console.Write(DemoView.Summary(reports, hindsight, settings)));
            return ExitCodes.Ok;
        }, DrainTime);
    }

    private static async Task<List<DemoReport>> Run(DemoSettings settings, IAnsiConsole console, CommandContext context)
    {
        // The log would tear the live view; what matters ends the demo as an error.
        ILoggerFactory loggers = context.HasLogLevel ? context.Loggers : Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance;
        using OpenTelemetrySdk? export = context.ExportTelemetry("demo");
        using EmbeddedCluster embedded = new();
        List<DemoReport> reports = [];
        IEnumerable<(PolicySource Policy, ulong Seed)> runs =
            from i in Enumerable.Range(0, settings.Seeds) from policy in settings.Policies select (policy, settings.Seed + (ulong)i);
        int all = settings.Seeds * settings.Policies.Count;
        foreach ((PolicySource policy, ulong seed) in runs)
        {
            if (context.Stop.IsCancellationRequested) break;
            string prefix = Invariant($"demo{reports.Count + 1}.");
            string run = all == 1 ? policy.Name : Invariant($"{policy.Name}, seed {seed} ({reports.Count + 1} of {all})");
            await using DemoCluster cluster = await DemoCluster.Start(
                settings, policy, embedded, prefix, text => console.MarkupLineInterpolated($"[grey]{run}: {text} …[/]"), loggers, context.Time,
                context.Stop).ConfigureAwait(false);
            DemoRun demo = new(settings, policy.Name, seed, cluster, loggers, context.Time);
            Task<DemoReport> playing = demo.Play(context.Stop);
            await Watch(settings, console, cluster, demo, playing, context.Time).ConfigureAwait(false);
            reports.Add(await playing.ConfigureAwait(false));
        }

        return reports;
    }

    private static async Task Watch(DemoSettings settings, IAnsiConsole console, DemoCluster cluster, DemoRun run, Task playing, TimeProvider time)
    {
        if (console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi)
        {
            await console.Live(DemoView.Live(run.Report, cluster.Gauges, settings, run.Seconds)).AutoClear(true).StartAsync(async live =>
            {
                while (!playing.IsCompleted)
                {
                    live.UpdateTarget(DemoView.Live(run.Report, cluster.Gauges, settings, run.Seconds));
                    live.Refresh();
                    await Task.WhenAny(playing, Task.Delay(TimeSpan.FromMilliseconds(250), time)).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
            return;
        }

        while (!playing.IsCompleted)
        {
            await Task.WhenAny(playing, Task.Delay(TimeSpan.FromSeconds(5), time)).ConfigureAwait(false);
            DemoReport r = run.Report;
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{r.Policy}: {r.Seconds:0} s, {r.Sent} frames, {r.Throughput:0} answers/s, success {r.Success:P1}, reject {r.Reject:P1}, "
                + $"failure {r.Failure:P1}, p50 {r.LatencyP50Ms:0.0} ms, p99 {r.LatencyP99Ms:0.0} ms; {DemoView.Now(settings.World, r.Seconds)}"
                + $"{(r.Learning is { } learning ? "; " + DemoView.Of(learning.Worth) : "")}"));
        }
    }

    // The same world in virtual time, under every simple rule and what was played: which rule one would have had to choose is known only afterwards.
    private static async Task<DemoComparison?> Simulate(DemoSettings settings, CommandContext context)
    {
        if (settings.SimulatedSeeds == 0 || context.Stop.IsCancellationRequested) return null;
        ExperimentPlan plan = new()
        {
            Scenarios = [settings.World.Scenario with { Seed = settings.Seed }], Seeds = settings.SimulatedSeeds, Bound = null,
            Policies =
            [
                .. settings.Policies.Where(p => !PolicyEntry.Heuristics.Contains(p.Name))
                    .Select(p => new PolicyEntry(p.Name, p.Into(new SchedulerSettings { Exploration = 0 }), IsHeuristic: false))
                    .SelectMany<PolicyEntry, PolicyEntry>(entry => settings.Learns ? [entry, entry.WithLearner()] : [entry]),
                .. PolicyEntry.Heuristics.Select(PolicyEntry.Of), .. PolicyEntry.Tuned,
            ],
        };
        ExperimentReport report = await SimulateCommand.RunAsync(context, plan).ConfigureAwait(false);
        return report.Cells.Count == 0 ? null : DemoComparison.Of(report.Cells[0]);
    }

    private static PolicySource[] Policies(string list, string option)
    {
        string[] names =
        [
            .. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SelectMany<string, string>(name => name switch
            {
                "heuristics" => PolicyEntry.Heuristics,
                "all" => [PolicySource.Default, .. PolicyEntry.Heuristics],
                _ => [name],
            }).Distinct(),
        ];
        return names.Length > 0 ? [.. names.Select(name => PolicySource.FindTrained(name, option))] : throw new UsageException($"{option} names none");
    }

    private static PayloadEncoding? ImageEncoding(string? text) =>
        RequestOptions.Encoding(text) is var asked && asked is null or PayloadEncoding.Png or PayloadEncoding.Jpeg
            ? asked : throw new UsageException("--encoding: the demo sends raw pixels, png or jpeg");
}
