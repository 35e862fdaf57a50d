using System.CommandLine;
using System.Globalization;
using OpenTelemetry;
using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Frames;
using StreamSched.Hosting;
using StreamSched.Kafka.Settings;
using StreamSched.LoadGeneration;

namespace StreamSched.Commands;

/// <summary><c>streamsched send FILE</c>: one request and its answer.</summary>
internal static class SendCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> file = new("FILE")
        {
            Description = "A PNG or JPEG file, a raw file (see --encoding and --shape), or a frame of an idx file, such as images-idx3-ubyte.gz#17.",
        };
        Option<string> id = new Option<string>("--id") { Description = "The device that asks.", DefaultValueFactory = _ => "send" }.OfNames();
        Option<string> deadline = new Option<string>("--deadline")
        {
            Description = "Until when the answer is worth something, such as 100ms. Default: the task's.",
        }.OfDurations(RequestOptions.LeastDeadline, RequestOptions.MostDeadline);
        Option<float?> minAccuracy = new Option<float?>("--min-accuracy") { Description = "Quality floor in 0..1." }.Within(0f, 1f);
        RequestOptions options = new();
        Command command = CommandContext.WithJson(CommandContext.WithKafka(options.AddTo(
            new Command("send", "Sends one frame and prints the answer. Ends with 0 only if the answer is OK.") { file, id, deadline, minAccuracy })));
        return CommandContext.Handle(command, async context =>
        {
            string path = context.Value(file)!;
            IReadOnlyList<Frame> frames = options.Frames(context, path);
            if (frames.Count > 1) throw new UsageException($"{path} holds {frames.Count} frames: name one, such as '{path}#0'");
            TimeSpan? limit = context.Value(deadline) is { } text ? Duration.Parse(text, "--deadline") : null;
            KafkaSettings kafka = context.Kafka();
            ClusterProbe.Require(kafka, context.Loggers, context.Time, context.Stop);
            using OpenTelemetrySdk? export = context.ExportTelemetry("device");
            await using DeviceClient client = await DeviceClient.OpenAsync(
                kafka, new DeviceClientSettings(), context.Loggers, context.Time, context.Stop).ConfigureAwait(false);
            Frame frame = frames[0];
            Answer answer = await client.AskAsync(
                new InferenceRequest
                {
                    Device = context.Value(id)!, Task = options.Task(context), User = options.User(context), Site = options.Site(context),
                    DeadlineMicros = (long?)limit?.TotalMicroseconds, MinAccuracy = context.Value(minAccuracy), Encoding = frame.Encoding, Shape = frame.Shape,
                    Payload = frame.Payload,
                },
                context.Stop).ConfigureAwait(false);
            if (context.IsJson) context.WriteJson(Json(answer, frame));
            else Print(context.Out, answer, frame);
            return answer.Status == AnswerStatus.Ok ? ExitCodes.Ok : ExitCodes.Failure;
        });
    }

    private static void Print(TextWriter output, Answer answer, Frame frame)
    {
        string reason = answer.Reason is null ? "" : $" ({answer.Reason})";
        string timeliness = answer.Status != AnswerStatus.Ok ? "" : answer.OnTime ? ", in time" : ", late";
        output.WriteOneLine($"{PlayFigures.Word(answer.Status)}{reason}{timeliness} after {Milliseconds(answer.Latency.TotalMicroseconds)}");
        if (answer.Detail is not null) output.WriteOneLine("  " + answer.Detail);
        if (answer.Result is not { } result) return;
        if (result.Output is { Label: { } label } named)
        {
            string truth = frame.Label is { } expected ? expected == label ? ", right" : $", wrong: it is {expected}" : "";
            string score = label < named.Values.Length ? $" with {Percent(named.Values[label])}" : "";
            output.WriteOneLine($"  answer   {label}{(named.LabelName is null ? "" : $" ({named.LabelName})")}{score}{truth}");
        }
        else if (result.Output is { } tensor)
        {
            output.WriteOneLine($"  answer   tensor {string.Join('x', tensor.Shape)}: "
                + $"{string.Join(' ', tensor.Values.Take(8).Select(value => value.ToString("0.####", CultureInfo.InvariantCulture)))}"
                + $"{(tensor.Values.Length > 8 ? " …" : "")}");
        }

        if (result.Worker is not null)
        {
            output.WriteOneLine($"  by       {result.Worker}, {result.Processor}, "
                + $"{result.Variant}{(result.Accuracy is { } accuracy ? $" (accuracy {Percent(accuracy)})" : "")}, attempt {result.Attempt}");
            output.WriteOneLine($"  took     network out {Milliseconds(result.NetworkMicros)}, queue {Milliseconds(result.QueueMicros)}, "
                + $"service {Milliseconds(result.ServiceMicros)} in a batch of {result.Batch}");
            if (result.Slowdown > 1) output.WriteOneLine($"  emulated a device {result.Slowdown.ToString("0.##", CultureInfo.InvariantCulture)} times slower");
            if (result.EnergyJoules is { } joules)
                output.WriteOneLine(
                    $"  energy   {joules.ToString("0.####", CultureInfo.InvariantCulture)} J, {result.EnergySource.ToString().ToLowerInvariant()}");
        }

        if (result.CreatedImplausible) output.WriteOneLine("  note     this device's clock was not believed: the deadline counted from receipt");
        output.WriteOneLine($"  request  {result.Id} of {result.Device}, partition {answer.Partition}, offset {answer.Offset} of results");
    }

    private static object Json(Answer answer, Frame frame) => new
    {
        Id = answer.Request.Id, answer.Request.Device, answer.Request.Task, Status = PlayFigures.Word(answer.Status), answer.Reason, answer.Detail,
        answer.OnTime, LatencyMs = answer.Latency.TotalMilliseconds, answer.Label, LabelName = answer.Result?.Output?.LabelName, Truth = frame.Label,
        Scores = answer.Result?.Output?.Values, answer.Result?.Worker, answer.Result?.Processor, answer.Result?.Variant, answer.Result?.Accuracy,
        answer.Result?.Attempt, answer.Result?.Batch, NetworkMs = answer.Result?.NetworkMicros / 1000.0, QueueMs = answer.Result?.QueueMicros / 1000.0,
        ServiceMs = answer.Result?.ServiceMicros / 1000.0, answer.Result?.Slowdown, answer.Result?.EnergyJoules, answer.Result?.EnergySource,
        answer.Result?.Money, answer.Result?.CreatedImplausible, answer.Partition, answer.Offset,
    };

    private static string Milliseconds(double micros) => (micros / 1000).ToString("0.0", CultureInfo.InvariantCulture) + " ms";

    private static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
