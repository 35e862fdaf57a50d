using System.Text;
using StreamSched.Avro.Records;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.IntegrationTests;

/// <summary>Records on internal topics that no role of ours writes.</summary>
public class ForgedRecordTests(BrokerFixture brokers)
{
    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B6_Absurd_records_on_every_internal_topic_change_nothing_for_devices(string broker)
    {
        await using Commands.Installation place = await Commands.Installation.StartAsync(await brokers.ConnectAsync(broker));
        KafkaSettings settings = place.Broker.Settings;
        StreamSched.Schedulers.SchedulerRole scheduler = await place.SchedulerAsync();
        (StreamSched.Workers.WorkerRole worker, Task ended) = await place.WorkerAsync();
        InferenceRequest request = Commands.Installation.Request();
        Assert.Equal(ResultStatus.Ok, (await place.AskAsync(request))[0].Status);

        using RecordProducer producer = place.Broker.Producer();
        int forged = 0;
        async Task Forge(string topic, string key, byte[] value)
        {
            await producer.ProduceAsync(producer.Topic(topic), -1, Encoding.UTF8.GetBytes(key), value);
            forged++;
        }

        // Work for partitions that results does not have, in the worker's present life.
        foreach (int partition in (int[])[int.MaxValue, int.MinValue, -1, 2, 77, 1_000_000])
            await Forge(settings.Topics.Work("edge-1"), "x", Item(partition, worker.Incarnation, request).ToFramed());

        // Workers that cannot be, and one that would block the real one's id for ever.
        foreach (Action<WorkerRegistration> spoil in Spoilers())
        {
            WorkerRegistration registration = Registration($"forged-{forged}");
            spoil(registration);
            await Forge(settings.Topics.Of(TopicCatalogue.Workers), registration.Worker, registration.ToFramed());
        }

        WorkerRegistration last = Registration("edge-1");
        last.Incarnation = long.MaxValue;
        await Forge(settings.Topics.Of(TopicCatalogue.Workers), "edge-1", last.ToFramed());
        await Forge(settings.Topics.Of(TopicCatalogue.Workers), "edge-1", Registration("another").ToFramed());
        await Forge(settings.Topics.Of(TopicCatalogue.Telemetry), "edge-1", new WorkerTelemetry
        {
            Worker = "edge-1", Incarnation = worker.Incarnation, Processors = [new ProcessorTelemetry { Processor = "cpu", BacklogMicros = long.MaxValue }],
        }.ToFramed());
        await Forge(settings.Topics.Of(TopicCatalogue.Load), "s1", new SchedulerLoad
        {
            Scheduler = "other", Incarnation = long.MaxValue, Share = float.PositiveInfinity,
            Processors = [new ProcessorLoad { Worker = "edge-1", Incarnation = worker.Incarnation, Processor = "cpu", SentMicros = long.MaxValue }],
        }.ToFramed());
        await Forge(settings.Topics.Of(TopicCatalogue.Policies), "active", new PolicySnapshot
        {
            Name = "active", Kind = "price", Version = -1,
            Parameters = new Dictionary<string, double> { ["temperature"] = double.NaN },
        }.ToFramed());

        IReadOnlyList<InferenceResult> answers = await place.AskAsync([.. Enumerable.Range(0, 20).Select(i => Commands.Installation.Request($"cam-{i}"))]);
        Assert.All(answers, answer => Assert.Equal((ResultStatus.Ok, "edge-1"), (answer.Status, answer.Worker)));
        Assert.False(ended.IsCompleted);
        Assert.Equal(["edge-1"], scheduler.Scheduler.View.Workers.Keys);
    }

    private static WorkItem Item(int partition, long incarnation, InferenceRequest request) => new()
    {
        Attempt = 1, Incarnation = incarnation, Partition = partition, Scheduler = "forger", Processor = "cpu", Variant = "digits-xs",
        Deadline = request.Created + 20_000_000, AnswerBy = request.Created + 20_000_000, Dispatched = request.Created, Request = request.ToFramed(),
    };

    private static WorkerRegistration Registration(string id) => new()
    {
        Worker = id, Incarnation = 1, Site = "plant", Processors = [new ProcessorRegistration { Id = "cpu" }],
        Variants = [new VariantRegistration
        {
            Name = "v", Task = "digits", Accuracy = 0.99f, Digest = new byte[32],
            Services = [new ServiceProfile { Processor = "cpu", Batch = [1], Micros = [10] }],
        }],
    };

    private static IEnumerable<Action<WorkerRegistration>> Spoilers() =>
    [
        r => r.TelemetryPeriodMicros = 0,
        r => r.TelemetryPeriodMicros = 3_155_760_000_000_000,
        r => r.Slowdown = float.NaN,
        r => r.At = 253_402_300_799_000_000,
        r => r.Site = new string('s', 100_000),
        r => r.Processors[0].Slots = 0,
        r => r.Processors[0].Slots = int.MaxValue,
        r => r.Processors[0].Threads = -1,
        r => r.Processors[0].ActiveWatts = double.PositiveInfinity,
        r => r.Processors[0].IdleWatts = double.NaN,
        r => r.Processors[0].TariffPerHour = -1,
        r => r.Processors[0].MemoryBytes = long.MinValue,
        r => r.Processors[0].Id = "",
        r => r.Processors = [],
        r => r.Processors = [.. Enumerable.Range(0, 1000).Select(i => new ProcessorRegistration { Id = $"p{i}" })],
        r => r.Variants[0].Accuracy = 1.5f,
        r => r.Variants[0].Accuracy = -1,
        r => r.Variants[0].MaxBatch = int.MaxValue,
        r => r.Variants[0].Name = "",
        r => r.Variants[0].Task = new string('t', 200),
        r => r.Variants[0].Services[0].Batch = [int.MaxValue],
        r => r.Variants[0].Services[0].Batch = [0],
        r => r.Variants[0].Services[0].Micros = [0],
        r => r.Variants[0].Services[0].Micros = [double.NaN],
        r => r.Variants[0].Services[0].Micros = [1e300],
        r => r.Variants[0].Services[0].Spread = double.NegativeInfinity,
        r => r.Interference = [new InterferenceMatrix { Variant = "v", CompanyA = "v", CompanyB = "v", Size = int.MaxValue, Factors = [1, 1, 1, 1] }],
        r => r.Interference = [new InterferenceMatrix { Variant = "v", CompanyA = "v", CompanyB = "v", Size = 1, Factors = [1, float.NaN, 1, 1] }],
        r => r.Incarnation = long.MinValue,
        r => r.Incarnation = 4_102_444_799_000_000,
    ];
}
