using System.CommandLine;
using System.Globalization;
using OpenTelemetry;
using StreamSched.Client;
using StreamSched.Core.Policies;
using StreamSched.Frames;
using StreamSched.Hosting;
using StreamSched.Kafka.Settings;
using StreamSched.LoadGeneration;

namespace StreamSched.Commands;

/// <summary><c>streamsched device</c>: plays frames as one device or many.</summary>
internal static class DeviceCommand
{
    // The schedulers' EXPIRED comes a second after the deadline. Whoever sends with a deadline of minutes does not wait for it after Ctrl-C.
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<string> id = new Option<string>("--id") { Description = "The device's id; with --devices N they are ID-1 to ID-N.", Required = true }.OfNames();
        Option<string> frames = new("--frames")
        {
            Description = "Frames to play again and again: an idx file, with or without gzip, a raw file, a PNG or JPEG file, or a folder of them.",
            Required = true,
        };
        Option<double> rate = new Option<double>("--rate") { Description = "Frames per second and device.", DefaultValueFactory = _ => 10 }.Within(1e-6, 1e6);
        Option<bool> poisson = new("--poisson") { Description = "At random times instead of evenly spaced." };
        Option<string> trace = new("--trace") { Description = "At the times of this CSV file (column time_s) instead of at a rate." };
        Option<string[]> deadlines = new Option<string[]>("--deadline")
        {
            Description = "Until when an answer is worth something, such as 100ms; several are taken in turn. Default: the task's.",
            AllowMultipleArgumentsPerToken = true,
        }.OfDurations(RequestOptions.LeastDeadline, RequestOptions.MostDeadline);
        Option<float[]> accuracies = new Option<float[]>("--min-accuracy")
        {
            Description = "Quality floor in 0..1; several are taken in turn.", AllowMultipleArgumentsPerToken = true,
        }.Within(0f, 1f);
        Option<long?> count = new Option<long?>("--count") { Description = "End after this many frames of each device." }.Within(0L, long.MaxValue);
        Option<double?> seconds = new Option<double?>("--seconds") { Description = "End after this long. Without either: at Ctrl-C, or with the trace." }
            .Within(1e-3, 1e7);
        Option<int> devices = new Option<int>("--devices") { Description = "How many devices to play.", DefaultValueFactory = _ => 1 }.Within(1, 100_000);
        Option<bool> feedback = new("--feedback") { Description = "Tell the installation when answers came and, where labels are known, the true classes." };
        Option<int> outstanding = new Option<int>("--max-outstanding")
        {
            Description = "Most requests without an answer; beyond, sending waits.", DefaultValueFactory = _ => 10_000,
        }.Within(1, 1_000_000);
        Option<ulong> seed = new Option<ulong>("--seed") { Description = "Seed of the random times.", DefaultValueFactory = _ => 1 }
            .Within(0UL, ulong.MaxValue);
        RequestOptions options = new();
        Command command = CommandContext.WithJson(CommandContext.WithKafka(
            options.AddTo(new Command("device", "Plays frames at a rate and counts what comes back. Ends with 0 if every request was answered.")
            {
                id, frames, rate, poisson, trace, deadlines, accuracies, count, seconds, devices, feedback, outstanding, seed,
            })));
        return CommandContext.Handle(command, async context =>
        {
            IReadOnlyList<Frame> played = options.Frames(context, context.Value(frames)!);
            IReadOnlyList<double>? times = context.Value(trace) is { } file ? ArrivalTimes.Trace(file) : null;
            int number = context.Value(devices);
            DevicePlan[] plans = [.. Enumerable.Range(0, number).Select(i => new DevicePlan
            {
                Device = number == 1 ? context.Value(id)! : string.Create(CultureInfo.InvariantCulture, $"{context.Value(id)}-{i + 1}"),
                Task = options.Task(context), User = options.User(context), Site = options.Site(context),
                Frames = played, FirstFrame = (int)((long)i * played.Count / number), Arrivals = Arrivals(i),
                Deadlines = context.Value(deadlines) is { Length: > 0 } d ? [.. d.Select(text => (TimeSpan?)Duration.Parse(text, "--deadline"))] : [null],
                MinAccuracies = context.Value(accuracies) is { Length: > 0 } a ? [.. a.Select(floor => (float?)floor)] : [null],
            })];
            KafkaSettings kafka = context.Kafka();
            ClusterProbe.Require(kafka, context.Loggers, context.Time, context.Stop);
            DeviceClientSettings settings = new() { MaxOutstanding = context.Value(outstanding) };
            if (settings.Problems() is { Count: > 0 } problems) throw new UsageException(problems);
            using OpenTelemetrySdk? export = context.ExportTelemetry("device");
            await using DeviceClient client = await DeviceClient.OpenAsync(kafka, settings, context.Loggers, context.Time, context.Stop).ConfigureAwait(false);
            DevicePlayer player = new(client, context.Time) { SendFeedback = context.Value(feedback) };
            using (ProgressLine progress = context.Progress())
            using (CancellationTokenSource ended = new(), abandon = new(Timeout.InfiniteTimeSpan, context.Time))
            using (context.Stop.Register(() => abandon.CancelAfter(DrainTime)))
            {
                Task telling = Tell(progress, player.Figures, context.Time, ended.Token);
                await player.PlayAsync(plans, context.Stop, abandon.Token).ConfigureAwait(false);
                await ended.CancelAsync().ConfigureAwait(false);
                await telling.ConfigureAwait(false);
            }

            PlayFigures figures = player.Figures;
            if (context.IsJson) context.WriteJson(PlayReport.Json(figures, client.Counters));
            else PlayReport.Print(context.Out, figures, client.Counters);
            return figures.NoAnswer + figures.NotSent == 0 && figures.Ended == figures.Sent ? ExitCodes.Ok : ExitCodes.Failure;

            IEnumerable<double> Arrivals(int device)
            {
                IEnumerable<double> arrivals = times is not null ? times
                    : context.Value(poisson) ? ArrivalTimes.Poisson(context.Value(rate), RandomStream.For(context.Value(seed), "arrivals " + device))
                    : ArrivalTimes.Fixed(context.Value(rate), (double)device / number);
                if (context.Value(count) is { } most) arrivals = arrivals.Take((int)Math.Clamp(most, 0, int.MaxValue));
                return context.Value(seconds) is { } end ? arrivals.TakeWhile(at => at < end) : arrivals;
            }
        }, DrainTime);
    }

    private static async Task Tell(ProgressLine progress, PlayFigures figures, TimeProvider time, CancellationToken ended)
    {
        try
        {
            using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(250), time);
            while (await timer.WaitForNextTickAsync(ended).ConfigureAwait(false)) progress.Say(PlayReport.Line(figures));
        }
        catch (OperationCanceledException)
        {
            // Everything is answered.
        }
    }
}
