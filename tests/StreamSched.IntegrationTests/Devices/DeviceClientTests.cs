using System.Diagnostics;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Topics;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>What a device makes of the results that it finds; these tests write them themselves.</summary>
public class DeviceClientTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    // Longer than a busy broker takes to confirm.
    private static readonly DeviceClientSettings Impatient = new() { Grace = TimeSpan.Zero, Margin = TimeSpan.FromSeconds(3) };

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task The_first_result_in_the_partition_of_the_request_is_the_answer_and_later_ones_are_counted(string broker)
    {
        await using Bench bench = await Bench.OpenAsync(brokers, broker);
        Task<Answer> asking = bench.Client.AskAsync(Request("cam-1"));
        (InferenceRequest request, int partition) = bench.Take();
        Assert.Equal(bench.Client.PartitionOf("cam-1"), partition);
        bench.Answer(request with { Device = "cam-2" }, partition, 1);                             // another device's
        bench.Answer(request with { Id = Guid.CreateVersion7() }, partition, 2);                   // another request's
        bench.Answer(request, (partition + 1) % Bench.Partitions, 3);                              // where no answer may be
        bench.Answer(request, partition, 4);
        bench.Answer(request, partition, 5);
        Answer answer = await asking.WaitAsync(Limit);

        Assert.Equal((AnswerStatus.Ok, 4, partition), (answer.Status, answer.Label, answer.Partition));
        Assert.Equal(7, answer.Request.Id.Version);
        Assert.True(answer.OnTime);
        await Bench.UntilAsync(() => bench.Client.Counters.Duplicates == 1);
        Assert.Equal((1, 1, 0), (bench.Client.Counters.Sent, bench.Client.Counters.Answered, bench.Client.Outstanding));
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Silence_ends_in_no_answer_and_an_answer_after_that_changes_nothing(string broker)
    {
        await using Bench bench = await Bench.OpenAsync(brokers, broker, Impatient);
        Answer answer = await bench.Client.AskAsync(Request("cam-1", deadlineMs: 50)).WaitAsync(Limit);
        Assert.Equal((AnswerStatus.NoAnswer, "silence", false), (answer.Status, answer.Reason, answer.OnTime));
        Assert.InRange(answer.Latency.TotalMilliseconds, 3_050, 20_000);

        (InferenceRequest request, int partition) = bench.Take();
        bench.Answer(request, partition, 1);
        bench.Answer(request, partition, 1);
        await Bench.UntilAsync(() => bench.Client.Counters.TooLate == 1 && bench.Client.Counters.Duplicates == 1);
        Assert.Equal((1, 0), (bench.Client.Counters.NoAnswer, bench.Client.Counters.Answered));
    }

    [Fact]
    public async Task A_late_answer_is_ok_but_not_on_time_by_the_devices_clock()
    {
        await using Bench bench = await Bench.OpenAsync(brokers, "embedded");
        Task<Answer> asking = bench.Client.AskAsync(Request("cam-1", deadlineMs: 1) with { Created = Bench.Now() - 500_000 });
        (InferenceRequest request, int partition) = bench.Take();
        bench.Answer(request, partition, 1);
        Answer answer = await asking.WaitAsync(Limit);
        Assert.Equal((AnswerStatus.Ok, false), (answer.Status, answer.OnTime));
        Assert.InRange(answer.Latency.TotalMilliseconds, 500, 30_000);
    }

    [Fact]
    public async Task Cancelling_ends_the_waiting_and_frees_the_place()
    {
        await using Bench bench = await Bench.OpenAsync(brokers, "embedded", new DeviceClientSettings { MaxOutstanding = 1 });
        using CancellationTokenSource cancel = new();
        Task<Answer> asking = bench.Client.AskAsync(Request("cam-1"), cancel.Token);
        bench.Take();
        Task<Answer> second = bench.Client.AskAsync(Request("cam-1"));
        Assert.Equal(1, bench.Client.Outstanding); // the second waits for a place
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Limit));
        (InferenceRequest request, int partition) = bench.Take();
        bench.Answer(request, partition, 1);
        Assert.Equal(AnswerStatus.Ok, (await second.WaitAsync(Limit)).Status);
    }

    [Fact]
    public async Task Sending_waits_while_too_many_answers_are_outstanding_or_not_taken()
    {
        await using Bench bench = await Bench.OpenAsync(brokers, "embedded", new DeviceClientSettings { MaxOutstanding = 2 });
        await bench.Client.SendAsync(Request("a"), "first");
        await bench.Client.SendAsync(Request("b"), "second");
        Task<Guid> third = bench.Client.SendAsync(Request("c"), "third").AsTask();
        (InferenceRequest request, int partition) = bench.Take();
        bench.Answer(request, partition, 1);
        await Bench.UntilAsync(() => bench.Client.Counters.Answered == 1);
        Assert.False(third.IsCompleted); // nobody took the answer
        await using IAsyncEnumerator<Answer> answers = bench.Client.ReadAnswersAsync().GetAsyncEnumerator();
        Assert.True(await answers.MoveNextAsync().AsTask().WaitAsync(Limit));
        Assert.Equal(request.Id, answers.Current.Request.Id);
        await third.WaitAsync(Limit);
        Assert.Equal(2, bench.Client.Outstanding);
    }

    [Fact]
    public async Task Disposing_ends_what_still_waits()
    {
        Bench bench = await Bench.OpenAsync(brokers, "embedded");
        Task<Answer> asking = bench.Client.AskAsync(Request("cam-1"));
        bench.Take();
        await bench.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Limit));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => bench.Client.AskAsync(Request("cam-1")));
        await foreach (Answer _ in bench.Client.ReadAnswersAsync()) Assert.Fail("there was none");
    }

    [Fact]
    public async Task A_span_covers_the_request_until_its_result_and_travels_in_the_headers()
    {
        List<Activity> ended = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == Tracing.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (ended) ended.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using Bench bench = await Bench.OpenAsync(brokers, "embedded");
        using Activity parent = new Activity("caller").Start();
        Task<Answer> asking = bench.Client.AskAsync(Request("traced"));
        Assert.Same(parent, Activity.Current);
        (InferenceRequest request, int partition) = bench.Take();
        bench.Answer(request, partition, 1);
        await asking.WaitAsync(Limit);

        Activity span;
        lock (ended)
            span = Assert.Single(ended, activity => activity.OperationName == "request" && Equals(activity.GetTagItem("streamsched.device"), "traced"));
        Assert.Equal(parent.TraceId, span.TraceId);
        Assert.Equal(span.Id, bench.TraceParent);
        Assert.Equal("Ok", span.GetTagItem("streamsched.status"));
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Feedback_goes_to_the_partition_of_the_request(string broker)
    {
        await using Bench bench = await Bench.OpenAsync(brokers, broker);
        Task<Answer> asking = bench.Client.AskAsync(Request("cam-1"));
        (InferenceRequest request, int partition) = bench.Take();
        bench.Answer(request, partition, 1);
        Answer answer = await asking.WaitAsync(Limit);
        bench.Client.SendFeedback(answer, label: 3, rating: 0.5);

        (Feedback feedback, int place) = bench.TakeFeedback();
        Assert.Equal((request.Id, "cam-1", 3, 0.5, answer.Received, true, partition), (feedback.Id, feedback.Device, feedback.Label, feedback.Rating,
            feedback.Received, feedback.OnTime, place));
    }

    [Fact]
    public async Task B2_Where_results_has_fewer_partitions_those_that_both_have_are_used()
    {
        TestBroker broker = await brokers.ConnectAsync("embedded");
        await broker.TopicAsync(TopicCatalogue.Requests, 3);
        await broker.TopicAsync(TopicCatalogue.Results, 2);
        await using DeviceClient client = await DeviceClient.OpenAsync(broker.Settings, new DeviceClientSettings(), TestBroker.Loggers, TimeProvider.System);
        Assert.Equal([0, 1], Enumerable.Range(0, 50).Select(i => client.PartitionOf($"cam-{i}")).Distinct().Order());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789")]
    public async Task A_device_needs_an_id_that_an_answer_can_be_found_by(string device)
    {
        await using Bench bench = await Bench.OpenAsync(brokers, "embedded");
        await Assert.ThrowsAsync<ArgumentException>(() => bench.Client.AskAsync(Request(device)));
    }

    private static InferenceRequest Request(string device, double deadlineMs = 10_000) =>
        new() { Device = device, Task = "t", DeadlineMicros = (long)(deadlineMs * 1000), Payload = [1, 2, 3], Encoding = PayloadEncoding.Grey8 };

    /// <summary>A client, and the other side of the log in the hand of the test.</summary>
    private sealed class Bench : IAsyncDisposable
    {
        public const int Partitions = 3;

        private readonly TestBroker _broker;
        private readonly TopicReader _requests;
        private readonly TopicReader _feedback;
        private readonly RecordProducer _producer;

        private Bench(TestBroker broker, DeviceClient client)
        {
            (_broker, Client, _producer) = (broker, client, broker.Producer());
            _requests = new TopicReader(broker.Settings, TestBroker.Loggers, TimeProvider.System, broker.Settings.Topics.Requests, withHeaders: true);
            _requests.FollowAll(broker.Settings, broker.Settings.Topics.Requests);
            _feedback = new TopicReader(broker.Settings, TestBroker.Loggers, TimeProvider.System, broker.Settings.Topics.Of(TopicCatalogue.Feedback));
            _feedback.FollowAll(broker.Settings, broker.Settings.Topics.Of(TopicCatalogue.Feedback));
        }

        public DeviceClient Client { get; }

        public string? TraceParent { get; private set; }

        public static async Task<Bench> OpenAsync(BrokerFixture brokers, string broker, DeviceClientSettings? settings = null)
        {
            TestBroker place = await brokers.ConnectAsync(broker);
            foreach (string topic in (string[])[TopicCatalogue.Requests, TopicCatalogue.Results, TopicCatalogue.Feedback])
                await place.TopicAsync(topic, Partitions);
            return new Bench(
                place, await DeviceClient.OpenAsync(place.Settings, settings ?? new DeviceClientSettings(), TestBroker.Loggers, TimeProvider.System));
        }

        public static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

        public (InferenceRequest Request, int Partition) Take()
        {
            (InferenceRequest, int)? taken = null;
            for (long began = TimeProvider.System.GetTimestamp(); taken is null;)
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, "no request came");
                _requests.Poll(TimeSpan.FromMilliseconds(20), (in ReceivedRecord record) =>
                {
                    Assert.True(InferenceRequest.TryDecodeFramed(record.Value, out InferenceRequest? request, out AvroFault fault), fault.ToString());
                    Assert.Equal(request.Device, System.Text.Encoding.UTF8.GetString(record.Key));
                    TraceParent = record.Headers!.TryGetLastBytes("traceparent", out byte[]? trace) ? System.Text.Encoding.ASCII.GetString(trace) : null;
                    taken = (request, record.Partition);
                }, most: 1);
            }

            return taken.Value;
        }

        public (Feedback Feedback, int Partition) TakeFeedback()
        {
            (Feedback, int)? taken = null;
            for (long began = TimeProvider.System.GetTimestamp(); taken is null;)
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, "no feedback came");
                _feedback.Poll(TimeSpan.FromMilliseconds(20), (in ReceivedRecord record) =>
                {
                    Assert.True(Feedback.TryDecodeFramed(record.Value, out Feedback? feedback, out AvroFault fault), fault.ToString());
                    Assert.Equal(feedback.Id.ToString(), System.Text.Encoding.UTF8.GetString(record.Key));
                    taken = (feedback, record.Partition);
                });
            }

            return taken.Value;
        }

        public void Answer(InferenceRequest request, int partition, int label)
        {
            InferenceResult result = new()
            {
                Id = request.Id, Device = request.Device, Task = request.Task, Status = ResultStatus.Ok, Created = request.Created,
                Deadline = request.Created + request.DeadlineMicros!.Value, Finished = Now(), Output = new InferenceOutput { Label = label },
            };
            Assert.Null(_producer.Produce(
                _producer.Topic(_broker.Settings.Topics.Results), partition, System.Text.Encoding.UTF8.GetBytes(request.Device), result.ToFramed()));
        }

        public static async Task UntilAsync(Func<bool> condition)
        {
            for (long began = TimeProvider.System.GetTimestamp(); !condition();)
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, "it did not happen");
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            _requests.Dispose();
            _feedback.Dispose();
            _producer.Dispose();
        }
    }
}
