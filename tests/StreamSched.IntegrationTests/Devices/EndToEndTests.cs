using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Frames;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>Real frames from devices through Kafka, a scheduler and ONNX workers, and back.</summary>
public class EndToEndTests(BrokerFixture brokers)
{
    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Every_frame_of_both_tasks_gets_one_answer_as_accurate_as_the_manifest_says(string broker)
    {
        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync(broker), null, Installation.Worker("edge", "fashion-s", "digits-s"),
            Installation.Worker("cloud", "fashion-m", "digits-m"));
        await using DeviceClient client = await installation.DeviceAsync();
        await client.PrepareAsync(["cam-1", "cam-2", "pen-1"]);
        IReadOnlyList<Frame> fashion = Frames("fashion-2000"), digits = Frames("digits-599");

        List<(string Device, string Task, float Floor, Frame Frame)> plan =
        [
            .. fashion.Take(1000).Select(frame => ("cam-1", "fashion", 0f, frame)), .. fashion.Skip(1000).Select(frame => ("cam-2", "fashion", 0.9f, frame)),
            .. digits.Select(frame => ("pen-1", "digits", 0f, frame)),
        ];
        Task<List<Answer>> reading = ReadAsync(client, plan.Count);
        foreach ((string device, string task, float floor, Frame frame) in plan)
            await client.SendAsync(Request(device, task, frame) with { MinAccuracy = floor == 0 ? null : floor }, frame);
        List<Answer> answers = await reading.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(plan.Count, answers.Select(answer => answer.Request.Id).Distinct().Count());
        Assert.All(answers, answer => Assert.Equal((AnswerStatus.Ok, null), (answer.Status, answer.Reason)));
        Assert.All(answers, answer => Assert.Equal(answer.Request.Device, answer.Result!.Device));
        Assert.All(answers.Where(answer => answer.Request.Device == "cam-2"), answer => Assert.Equal("fashion-m", answer.Result!.Variant));
        Assert.Equal((plan.Count, plan.Count, 0, 0, 0), (client.Counters.Sent, client.Counters.Answered, client.Counters.Duplicates, client.Counters.NoAnswer,
            client.Counters.NotSent));
        foreach (IGrouping<string, Answer> variant in answers.GroupBy(answer => answer.Result!.Variant!))
        {
            // Four standard errors of a share, and two points for the manifest's own sample of images being another one.
            double accuracy = variant.Average(answer => answer.Label == ((Frame)answer.State!).Label ? 1.0 : 0),
                stated = variant.First().Result!.Accuracy!.Value;
            Assert.InRange(accuracy, stated - 0.02 - (4 * Math.Sqrt(stated * (1 - stated) / variant.Count())), 1);
            TestContext.Current.TestOutputHelper?.WriteLine($"{variant.Key}: {variant.Count()} frames, accuracy {accuracy:0.0000}, manifest {stated:0.0000}");
        }
    }

    [Fact]
    public async Task C6_Answers_of_workers_and_of_the_scheduler_carry_the_trace_of_the_request_and_its_state()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736", State = "vendor=1,other=2";
        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync("embedded"), null, Installation.Worker("edge", "digits-xs"));
        using TopicReader reader = new(installation.Kafka, TestBroker.Loggers, TimeProvider.System, installation.Kafka.Topics.Results, withHeaders: true);
        for (int partition = 0; partition < 4; partition++) reader.Follow(installation.Kafka.Topics.Results, partition);
        using RecordProducer producer = new(installation.Kafka, TestBroker.Loggers, TimeProvider.System);
        Frame frame = Frames("digits-599")[0];
        foreach (InferenceRequest request in (InferenceRequest[])[Request("cam-1", "digits", frame), Request("cam-1", "digits", frame) with { Weight = -1 }])
        {
            byte[] message = (request with { Id = Guid.CreateVersion7(), Created = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000 })
                .ToFramed();
            Confluent.Kafka.Headers headers = new()
            {
                { "traceparent", System.Text.Encoding.ASCII.GetBytes($"00-{Trace}-00f067aa0ba902b7-01") },
                { "tracestate", System.Text.Encoding.ASCII.GetBytes(State) },
            };
            await producer.ProduceAsync(producer.Topic(installation.Kafka.Topics.Requests), 0, null, message, headers);
        }

        List<(ResultStatus Status, string? Trace, string? State)> found = [];
        await installation.UntilAsync(() =>
        {
            reader.Poll(TimeSpan.FromMilliseconds(20), (in ReceivedRecord record) =>
            {
                Assert.True(InferenceResult.TryDecodeFramed(record.Value, out InferenceResult? result, out AvroFault fault), fault.ToString());
                Assert.True(TraceContext.TryExtract(record.Headers, out System.Diagnostics.ActivityContext context));
                found.Add((result.Status, context.TraceId.ToString(), context.TraceState));
            });
            return found.Count == 2;
        });
        Assert.Equal([(ResultStatus.Ok, Trace, State), (ResultStatus.Rejected, Trace, State)], found.OrderBy(f => f.Status));
    }

    internal static async Task<List<Answer>> ReadAsync(DeviceClient client, int count)
    {
        List<Answer> answers = [];
        await foreach (Answer answer in client.ReadAnswersAsync())
        {
            answers.Add(answer);
            if (answers.Count == count) break;
        }

        return answers;
    }

    internal static IReadOnlyList<Frame> Frames(string name) => FrameSet.Read(Checkout.Path("models", "frames", $"{name}-images-idx3-ubyte.gz"));

    internal static InferenceRequest Request(string device, string task, Frame frame, double? deadlineMs = 20_000) => new()
    {
        Device = device, Task = task, Encoding = frame.Encoding, Shape = frame.Shape, Payload = frame.Payload, DeadlineMicros = (long?)(deadlineMs * 1000),
    };
}
