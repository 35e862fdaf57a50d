using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using Spectre.Console;
using StreamSched.Avro.Records;
using StreamSched.Demo;
using StreamSched.Hosting;
using StreamSched.Kafka.Embedded;

namespace StreamSched.Commands;

/// <summary><c>streamsched demo</c>: the whole path on real input, in one process.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10); // its workers'

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<double> seconds = new Option<double>("--seconds")
        {
            Description = "For how long devices send, under each policy.", DefaultValueFactory = _ => 30,
        }.Within(1.0, 3600.0);
        Option<string> policies = new Option<string>("--policy")
        {
            Description = "One policy, or several as A,B that play the same frames: " + PolicySource.Known + ".",
            DefaultValueFactory = _ => PolicySource.Default,
        }.Checked((list, name) => Policies(list, name));
        Option<double> load = new Option<double>("--load") { Description = "Factor on the rates of all devices.", DefaultValueFactory = _ => 1 }
            .Within(0.001, 100.0);
        Option<ulong> seed = new Option<ulong>("--seed") { Description = "Seed of arrivals and frames.", DefaultValueFactory = _ => 1 }
            .Within(0UL, ulong.MaxValue);
        Option<string> models = new("--models") { Description = "Folder of models and frames. Default: the one that is shipped." };
        Option<string> encoding = new Option<string>("--encoding") { Description = "Sends frames as png or jpeg files instead of raw pixels." }
            .Checked((text, _) => ImageEncoding(text));
        Option<string> noise = NoiseOption.Create("Scatters the times of the emulated workers.");
        Command command = CommandContext.WithLog(CommandContext.WithJsonFile(new Command(
            "demo", "Real frames → Kafka → scheduler → ONNX workers → results, all in this process, watched live.")
        {
            seconds, policies, load, seed, models, encoding, noise,
        }));
        return CommandContext.Handle(command, async context =>
        {
            DemoSettings settings = new()
            {
                Duration = TimeSpan.FromSeconds(context.Value(seconds)), Load = context.Value(load), Seed = context.Value(seed),
                Policies = Policies(context.Value(policies)!, "--policy"), Encoding = ImageEncoding(context.Value(encoding)),
                Models = ShippedModels.Or(context.Value(models)), Noise = NoiseOption.Read(context.Value(noise)),
            };
            OutputFile.Check(context.JsonFile);
            IAnsiConsole console = context.IsJson ? context.ErrorConsole : context.Console;
            List<DemoReport> reports = await Run(settings, console, context).ConfigureAwait(false);
            if (reports.Count == 0) return ExitCodes.Failure;
            context.WriteReport(reports, () => console.Write(DemoView.Summary(reports, settings)));
            return ExitCodes.Ok;
        }, DrainTime);
    }

    private static async Task<List<DemoReport>> Run(DemoSettings settings, IAnsiConsole console, CommandContext context)
    {
        // The log would tear the live view; what matters ends the demo as an error.
        ILoggerFactory loggers = context.HasLogLevel ? context.Loggers : Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance;
        using OpenTelemetrySdk? export = context.ExportTelemetry("demo");
        using EmbeddedCluster embedded = new(brokers: 2);
        List<DemoReport> reports = [];
        foreach (PolicySource policy in settings.Policies)
        {
            if (context.Stop.IsCancellationRequested) break;
            string prefix = string.Create(CultureInfo.InvariantCulture, $"demo{reports.Count + 1}.");
            await using DemoCluster cluster = await DemoCluster.Start(
                settings, policy, embedded, prefix, text => console.MarkupLineInterpolated($"[grey]{policy.Name}: {text} …[/]"), loggers, context.Time,
                context.Stop).ConfigureAwait(false);
            DemoRun run = new(settings, policy.Name, cluster, loggers, context.Time);
            Task<DemoReport> playing = run.Play(context.Stop);
            await Watch(settings, console, cluster, run, playing, context.Time).ConfigureAwait(false);
            reports.Add(await playing.ConfigureAwait(false));
        }

        return reports;
    }

    private static async Task Watch(DemoSettings settings, IAnsiConsole console, DemoCluster cluster, DemoRun run, Task playing, TimeProvider time)
    {
        if (console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi)
        {
            await console.Live(DemoView.Live(run.Report, cluster.Gauges, settings)).AutoClear(true).StartAsync(async live =>
            {
                while (!playing.IsCompleted)
                {
                    live.UpdateTarget(DemoView.Live(run.Report, cluster.Gauges, settings));
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
                + $"failure {r.Failure:P1}, p50 {r.LatencyP50Ms:0.0} ms, p99 {r.LatencyP99Ms:0.0} ms"));
        }
    }

    private static PolicySource[] Policies(string list, string option)
    {
        string[] names = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return names.Length > 0 ? [.. names.Select(name => PolicySource.FindTrained(name, option))] : throw new UsageException($"{option} names none");
    }

    private static PayloadEncoding? ImageEncoding(string? text) =>
        RequestOptions.Encoding(text) is var asked && asked is null or PayloadEncoding.Png or PayloadEncoding.Jpeg
            ? asked : throw new UsageException("--encoding: the demo sends raw pixels, png or jpeg");
}
