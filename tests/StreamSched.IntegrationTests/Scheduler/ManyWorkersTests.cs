using System.Diagnostics;
using System.Text;
using StreamSched.Avro.Records;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Topics;
using StreamSched.Schedulers;

namespace StreamSched.IntegrationTests.Scheduler;

/// <summary>Ten thousand workers in <c>workers</c> that nobody has heard of.</summary>
[Collection(nameof(Reliability.Alone))]
public sealed class ManyWorkersTests(BrokerFixture brokers)
{
    private const int Forged = 10_000, Variants = 2; // all of them together are less than the embedded cluster keeps

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B6_Ten_thousand_registrations_hold_no_request_up_and_the_last_costs_what_the_first_does(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        SchedulerRole scheduler = await place.SchedulerAsync();
        (_, Task ended) = await place.WorkerAsync();
        Assert.Equal(ResultStatus.Ok, (await place.AskAsync(Installation.Request()))[0].Status);
        long before = Memory();

        using CancellationTokenSource done = new();
        Task<List<(ResultStatus Status, double Milliseconds)>> asking = AskOnAsync(place, done.Token);
        using RecordProducer producer = place.Broker.Producer();
        ProducerTopic workers = producer.Topic(place.Broker.Settings.Topics.Of(TopicCatalogue.Workers));
        List<(int Known, double Seconds)> course = [(1, 0)];
        for (int i = 0; i < Forged; i += 1000)
        {
            long began = Stopwatch.GetTimestamp();
            for (int k = i; k < i + 1000; k++) await ProduceAsync(producer, workers, Registration($"forged-{k}", k));
            string last = $"forged-{i + 999}";
            await Installation.Until(() => scheduler.Scheduler.View.Workers.ContainsKey(last) || scheduler.Scheduler.View.Workers.Count >= Forged, ended);
            course.Add((scheduler.Scheduler.View.Workers.Count, Stopwatch.GetElapsedTime(began).TotalSeconds));
        }

        await done.CancelAsync();
        List<(ResultStatus Status, double Milliseconds)> answers = await asking;
        Assert.NotEmpty(answers);
        Assert.All(answers, answer => Assert.Equal(ResultStatus.Ok, answer.Status));
        Assert.InRange(scheduler.Scheduler.View.Workers.Count, 9_000, 10_000); // its bound
        Assert.Contains("edge-1", scheduler.Scheduler.View.Workers.Keys); // who lives keeps its place
        Assert.InRange((Memory() - before) / 1e6, double.MinValue, 512);
        ITestOutputHelper? output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"seconds for each thousand: {string.Join(", ", course.Skip(1).Select(c => FormattableString.Invariant($"{c.Seconds:0.00}")))}");
        double[] sorted = [.. answers.Select(a => a.Milliseconds).Order()];
        output?.WriteLine(
            FormattableString.Invariant($"{sorted.Length} requests answered meanwhile, median {sorted[sorted.Length / 2]:0} ms, slowest {sorted[^1]:0} ms"));
        output?.WriteLine(FormattableString.Invariant($"{(Memory() - before) / 1e6:0} MB more"));

        // Whoever looks is told in a page, not in ten thousand lines.
        Cli status = await Cli.RunAsync(place.Broker, "status", "--json");
        Assert.Equal(1, status.ExitCode);
        Assert.InRange(status.Json.GetProperty("alarms").GetArrayLength(), 2, 50);

        // Who starts now reads them all, and serves.
        SchedulerRole second = await place.SchedulerAsync("s2");
        Assert.InRange(second.Scheduler.View.Workers.Count, 9_000, 10_000);
        Assert.All(await place.AskAsync([.. Enumerable.Range(0, 20).Select(i => Installation.Request($"cam-{i}"))]),
            answer => Assert.Equal((ResultStatus.Ok, "edge-1"), (answer.Status, answer.Worker)));
    }

    // One request after the other.
    private static Task<List<(ResultStatus, double)>> AskOnAsync(Installation place, CancellationToken stop) => Task.Run(async () =>
    {
        List<(ResultStatus, double)> answers = [];
        while (!stop.IsCancellationRequested)
        {
            long began = Stopwatch.GetTimestamp();
            InferenceResult result = (await place.AskAsync(Installation.Request("cam-1", deadlineMs: 20_000)))[0];
            answers.Add((result.Status, Stopwatch.GetElapsedTime(began).TotalMilliseconds));
        }

        return answers;
    });

    private static async Task ProduceAsync(RecordProducer producer, ProducerTopic workers, WorkerRegistration registration)
    {
        while (producer.Produce(workers, -1, Encoding.UTF8.GetBytes(registration.Worker), registration.ToFramed()) is { } full)
        {
            Assert.Equal(Confluent.Kafka.ErrorCode.Local_QueueFull, full.Code);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    private static WorkerRegistration Registration(string id, int number) => new()
    {
        Worker = id, Incarnation = 1 + number, Site = $"site-{number % 500}", Processors = [new ProcessorRegistration { Id = "cpu" }],
        Variants =
        [
            .. Enumerable.Range(0, Variants).Select(v => new VariantRegistration
            {
                Name = $"v{v}", Task = "digits", Accuracy = 0.99f, Digest = new byte[32],
                Services = [new ServiceProfile { Processor = "cpu", Batch = [1, 16], Micros = [10, 18] }],
            }),
        ],
    };

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);
}
