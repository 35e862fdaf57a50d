using System.Text;
using StreamSched.Avro.Records;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>Registers the quickest variant of a task there is, sends telemetry, and answers everything with one failure, or nothing at all.</summary>
internal sealed class FakeWorker : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly RecordProducer _producer;
    private readonly string? _reason;
    private readonly Task _running;
    private int _received;

    private FakeWorker(TestBroker broker, string id, string task, string? reason)
    {
        (_producer, _reason) = (broker.Producer(), reason);
        _running = Task.WhenAll(Live(broker.Settings, id, task), Task.Factory.StartNew(
            () => Answer(broker.Settings, id), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    /// <param name="broker">Where.</param>
    /// <param name="id">Its id.</param>
    /// <param name="task">What it claims to do.</param>
    /// <param name="reason">The reason of every answer, which is FAILED; null: it never answers.</param>
    public static async Task<FakeWorker> StartAsync(TestBroker broker, string id, string task, string? reason)
    {
        using TopicAdmin admin = new(broker.Settings, TestBroker.Loggers, TimeProvider.System, broker.Embedded);
        await admin.CreateWorkTopicAsync(id);
        return new FakeWorker(broker, id, task, reason);
    }

    /// <summary>Work items that it was given.</summary>
    public int Received => Volatile.Read(ref _received);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _producer.Dispose();
        _stop.Dispose();
    }

    private async Task Live(KafkaSettings kafka, string id, string task)
    {
        byte[] key = Encoding.UTF8.GetBytes(id);
        long incarnation = Now();
        WorkerRegistration registration = new()
        {
            Worker = id, Incarnation = incarnation, At = incarnation, TelemetryPeriodMicros = 250_000, Slowdown = 1,
            Processors = [new ProcessorRegistration { Id = "cpu", Provider = "cpu", Slots = 1, Threads = 1 }],
            Variants =
            [
                new VariantRegistration
                {
                    Name = "fake", Task = task, Digest = new byte[32], Accuracy = 0.99f, MaxBatch = 1,
                    Services = [new ServiceProfile { Processor = "cpu", Batch = [1], Micros = [50], Spread = 0.1f }],
                },
            ],
        };
        await _producer.ProduceAsync(_producer.Topic(kafka.Topics.Of(TopicCatalogue.Workers)), -1, key, registration.ToFramed());
        for (long sequence = 1; !_stop.IsCancellationRequested; sequence++)
        {
            WorkerTelemetry telemetry = new()
            {
                Worker = id, Incarnation = incarnation, Sequence = sequence, At = Now(), State = WorkerState.Ready,
                Processors = [new ProcessorTelemetry { Processor = "cpu", Waiting = new Dictionary<string, int>(), Running = new Dictionary<string, int>() }],
            };
            await _producer.ProduceAsync(_producer.Topic(kafka.Topics.Of(TopicCatalogue.Telemetry)), -1, key, telemetry.ToFramed());
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private void Answer(KafkaSettings kafka, string id)
    {
        using TopicReader reader = new(kafka, TestBroker.Loggers, TimeProvider.System);
        reader.FollowAll(kafka, kafka.Topics.Work(id));
        ProducerTopic results = _producer.Topic(kafka.Topics.Results);
        while (!_stop.IsCancellationRequested)
        {
            reader.Poll(TimeSpan.FromMilliseconds(10), (in ReceivedRecord record) =>
            {
                Interlocked.Increment(ref _received);
                if (_reason is null) return;
                Assert.True(WorkItem.TryDecodeFramed(record.Value, out WorkItem? item, out _));
                Assert.True(InferenceRequest.TryDecodeFramed(item.Request, out InferenceRequest? request, out _));
                InferenceResult result = new()
                {
                    Id = request.Id, Device = request.Device, Task = request.Task, Status = ResultStatus.Failed, Reason = _reason, Worker = id,
                    Incarnation = item.Incarnation, Attempt = item.Attempt, Created = request.Created, Deadline = item.Deadline, Finished = Now(), Slowdown = 1,
                };
                _producer.Produce(results, item.Partition, Encoding.UTF8.GetBytes(request.Device), result.ToFramed());
            });
        }
    }

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
}
