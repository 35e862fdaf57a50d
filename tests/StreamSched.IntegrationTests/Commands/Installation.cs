using System.Diagnostics;
using StreamSched.Avro.Records;
using StreamSched.Core.Scheduling;
using StreamSched.Core.Serving;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;
using StreamSched.Onnx.Profiling;
using StreamSched.Schedulers;
using StreamSched.Tests;
using StreamSched.Workers;

namespace StreamSched.IntegrationTests.Commands;

/// <summary>A small installation in this process: topics, a scheduler, and workers with the smallest model.</summary>
internal sealed class Installation(TestBroker broker) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(Task Task, IAsyncDisposable? Owned)> _running = [];
    private readonly Dictionary<Guid, int> _partitionOf = [];

    public TestBroker Broker => broker;

    public List<SchedulerRole> Schedulers { get; } = [];

    public static async Task<Installation> StartAsync(TestBroker broker, int partitions = 2)
    {
        KafkaSettings settings = broker.Settings with { Partitions = partitions };
        using TopicAdmin admin = new(settings, TestBroker.Loggers, TimeProvider.System, broker.Embedded);
        if (broker.Embedded is { } embedded)
            foreach (TopicContract contract in TopicCatalogue.All.Where(c => !c.IsFamily))
                embedded.CreateTopic(settings.Topics.Of(contract.Name), contract.Partitions == PartitionCount.One ? 1 : partitions);
        else await admin.CreateAsync();
        return new Installation(broker with { Settings = settings });
    }

    public async Task<SchedulerRole> SchedulerAsync(
        string id = "s1", bool waitForPartitions = true, SchedulerSettings? decides = null, double fullShare = 0.01)
    {
        SchedulerRoleSettings settings = new()
        {
            Dispatch = new DispatchSettings { SchedulerId = id, FullRecordShare = fullShare },
            Scheduler = decides ?? new SchedulerSettings { Exploration = 0 },
        };
        SchedulerRole host = new(broker.Settings, settings, TestBroker.Loggers, TimeProvider.System);
        Schedulers.Add(host);
        Task task = Task.Factory.StartNew(() => host.Run(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _running.Add((task, new Disposing(host)));
        if (waitForPartitions) await Until(() => host.Partitions.Count > 0, task);
        return host;
    }

    /// <summary>Starts a worker; the task ends when it does.</summary>
    public async Task<(WorkerRole Role, Task Ended)> WorkerAsync(string id = "edge-1", double slowdown = 1, ServiceNoise noise = default)
    {
        WorkerSettings settings = new()
        {
            Id = id, Site = "plant", Models = Checkout.Path("models"), Variants = ["digits-xs"], TelemetryPeriod = TimeSpan.FromMilliseconds(250),
            Slowdown = slowdown, Noise = noise, Profiler = new ServiceProfilerSettings { Budget = TimeSpan.FromMilliseconds(100) },
        };
        WorkerRole worker = new(broker.Settings, settings, TestBroker.Loggers, TimeProvider.System, broker.Embedded);
        Task task = Task.Factory.StartNew(() => worker.Run(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .Unwrap();
        _running.Add((task, worker));
        await Until(() => worker.IsReady, task);
        return (worker, task);
    }

    public static InferenceRequest Request(string device = "cam-1", int deadlineMs = 20_000) => new()
    {
        Id = Guid.CreateVersion7(), Device = device, Task = "digits", Site = "plant", Created = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000,
        DeadlineMicros = deadlineMs * 1000L, Encoding = PayloadEncoding.Grey8, Shape = [64], Payload = new byte[64],
    };

    /// <summary>Publishes requests and waits for their answers.</summary>
    public async Task<IReadOnlyList<InferenceResult>> AskAsync(params InferenceRequest[] requests)
    {
        using RecordProducer producer = broker.Producer();
        using TopicReader reader = new(broker.Settings, TestBroker.Loggers, TimeProvider.System, broker.Settings.Topics.Results);
        reader.FollowAll(broker.Settings, broker.Settings.Topics.Results);
        ProducerTopic topic = producer.Topic(broker.Settings.Topics.Requests);
        (int Partition, long)[] sent = await Task.WhenAll(
            requests.Select(request => producer.ProduceAsync(topic, -1, System.Text.Encoding.UTF8.GetBytes(request.Device), request.ToFramed())));
        for (int i = 0; i < requests.Length; i++) _partitionOf[requests[i].Id] = sent[i].Partition;
        Dictionary<Guid, InferenceResult> results = [];
        for (long began = Stopwatch.GetTimestamp(); results.Count < requests.Length && Stopwatch.GetElapsedTime(began) < Limit;)
        {
            reader.Poll(TimeSpan.FromMilliseconds(20), (in ReceivedRecord record) =>
            {
                if (InferenceResult.TryDecodeFramed(record.Value, out InferenceResult? result, out _) && requests.Any(r => r.Id == result.Id))
                    results.TryAdd(result.Id, result);
            });
        }

        return [.. requests.Select(r => results[r.Id])];
    }

    /// <summary>Publishes feedback on a request that was asked.</summary>
    public async Task TellAsync(InferenceRequest request, int? label = null, double? rating = null, string? device = null)
    {
        using RecordProducer producer = broker.Producer();
        string topic = broker.Settings.Topics.Of(TopicCatalogue.Feedback);
        Feedback feedback = new() { Id = request.Id, Device = device ?? request.Device, At = request.Created, Label = label, Rating = rating };
        await producer.ProduceAsync(
            producer.Topic(topic), _partitionOf[request.Id], System.Text.Encoding.UTF8.GetBytes(request.Id.ToString()), feedback.ToFramed());
    }

    /// <summary>Waits until something holds; fails with what ended meanwhile.</summary>
    public static async Task Until(Func<bool> condition, Task? running = null)
    {
        for (long began = Stopwatch.GetTimestamp(); !condition();)
        {
            if (running is { IsCompleted: true }) await running;
            Assert.True(Stopwatch.GetElapsedTime(began) < Limit, "it did not happen in time");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach ((Task task, IAsyncDisposable? owned) in _running)
        {
            await task.WaitAsync(Limit);
            if (owned is not null) await owned.DisposeAsync();
        }

        _stop.Dispose();
    }

    private sealed class Disposing(IDisposable what) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            what.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
