using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Frames;
using StreamSched.Kafka.DeadLetters;
using StreamSched.Kafka.Producing;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>What devices get wrong: each has its terminal answer, or a dead letter, and nothing else is harmed.</summary>
public class BadInputTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly Frame Frame = EndToEndTests.Frames("fashion-2000")[0];

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Bad_requests_get_the_answer_that_is_promised_and_good_ones_beside_them_theirs(string broker)
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync(broker), null, Installation.Worker("w", "fashion-xs"));
        await using DeviceClient client = await installation.DeviceAsync();
        await client.PrepareAsync(["cam-1"]); // before the deadlines begin to count
        InferenceRequest good = EndToEndTests.Request("cam-1", "fashion", Frame);
        (InferenceRequest Request, AnswerStatus Status, string? Reason)[] cases =
        [
            (good, AnswerStatus.Ok, null),
            (good with { Task = "no-such-task", DeadlineMicros = 3_000_000 }, AnswerStatus.Rejected, "no-worker"),
            (good with { Task = "" }, AnswerStatus.Rejected, "invalid: task"),
            (good with { DeadlineMicros = -5_000 }, AnswerStatus.Rejected, "invalid: deadlineMicros"),
            (good with { DeadlineMicros = long.MinValue }, AnswerStatus.Rejected, "invalid: deadlineMicros"),
            (good with { MinAccuracy = 2 }, AnswerStatus.Rejected, "invalid: minAccuracy"),
            (good with { MinAccuracy = 0.99f }, AnswerStatus.Rejected, "accuracy"),
            (good with { DeadlineMicros = 1 }, AnswerStatus.Expired, "grace"),
            (good with { Weight = float.NaN }, AnswerStatus.Rejected, "invalid: weight"),
            (good with { Encoding = PayloadEncoding.Jpeg }, AnswerStatus.Failed, "encoding"),
            (good with { Payload = [] }, AnswerStatus.Rejected, "invalid: payload"),
            (good with { Shape = [1, 14, 56] }, AnswerStatus.Failed, "shape"),
            (good with { Shape = [int.MaxValue, int.MaxValue, -1] }, AnswerStatus.Failed, "shape"),
            (good with { Shape = [.. Enumerable.Repeat(1, 5000)] }, AnswerStatus.Failed, "shape"),
            (good with { Payload = new byte[10] }, AnswerStatus.Failed, "shape"),
            (good with { Payload = new byte[784 * 3], Encoding = PayloadEncoding.Rgb8, Shape = [3, 28, 28] }, AnswerStatus.Failed, "encoding"),
            (good with { Payload = NotFinite(), Encoding = PayloadEncoding.Tensor }, AnswerStatus.Failed, "not-finite"),
            (good, AnswerStatus.Ok, null),
        ];

        Answer[] answers = await Task.WhenAll(cases.Select(one => client.AskAsync(one.Request))).WaitAsync(Limit);
        Assert.Equal(cases.Select(one => (one.Status, one.Reason)), answers.Select(answer => (answer.Status, answer.Reason)));
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task What_cannot_be_read_becomes_a_dead_letter_and_no_answer(string broker)
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync(broker), null, Installation.Worker("w", "fashion-xs"));
        await using DeviceClient client = await installation.DeviceAsync(
            new DeviceClientSettings { DefaultDeadline = TimeSpan.Zero, Grace = TimeSpan.Zero, Margin = TimeSpan.FromSeconds(3) });
        byte[] framed = EndToEndTests.Request("cam-1", "fashion", Frame).ToFramed();
        byte[] unknown = [.. framed];
        unknown[5] ^= 0x40;
        byte[][] unreadable = [[1, 2, 3], framed[..^100], unknown, EndToEndTests.Request("", "fashion", Frame).ToFramed(), []];
        using (RecordProducer producer = installation.Broker.Producer())
        {
            foreach (byte[] value in unreadable) Assert.Null(producer.Produce(producer.Topic(installation.Kafka.Topics.Requests), 1, "cam-1"u8, value));
            Assert.True(producer.Drain(Limit));
        }

        // The one behind them is answered: nothing is stuck.
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => client.AskAsync(EndToEndTests.Request("cam-" + i, "fashion", Frame))))
            .WaitAsync(Limit);
        Assert.All(answers, answer => Assert.Equal(AnswerStatus.Ok, answer.Status));

        IReadOnlyList<DeadLetter> letters = [];
        for (long began = TimeProvider.System.GetTimestamp(); letters.Count < unreadable.Length && TimeProvider.System.GetElapsedTime(began) < Limit;)
            letters = DeadLetterStore.List(installation.Kafka, TestBroker.Loggers, TimeProvider.System, Limit);
        Assert.Equal(unreadable, letters.OrderBy(letter => letter.SourceOffset).Select(letter => letter.Value ?? []));
        Assert.All(letters, letter => Assert.Equal((installation.Kafka.Topics.Requests, 1), (letter.Topic, letter.Partition)));
        Assert.Equal(0, client.Counters.Unreadable + client.Counters.NoAnswer);
    }

    [Fact]
    public async Task A_request_that_the_brokers_find_too_large_is_not_sent_and_says_so()
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("real"), null, Installation.Worker("w", "fashion-xs"));
        await using DeviceClient client = await installation.DeviceAsync();
        InferenceRequest good = EndToEndTests.Request("cam-1", "fashion", Frame);

        Answer large = await client.AskAsync(good with { Payload = new byte[2_000_000] }).WaitAsync(Limit);
        Assert.Equal((AnswerStatus.NotSent, "too-large"), (large.Status, large.Reason));
        Assert.Contains("max.message.bytes", large.Detail, StringComparison.Ordinal);
        Answer huge = await client.AskAsync(good with { Payload = new byte[20_000_000] }).WaitAsync(Limit);
        Assert.Equal((AnswerStatus.NotSent, "too-large"), (huge.Status, huge.Reason));
        // It fits, but is no frame.
        Assert.Equal(AnswerStatus.Failed, (await client.AskAsync(good with { Payload = new byte[1_000_000] }).WaitAsync(Limit)).Status);
        Assert.Equal(AnswerStatus.Ok, (await client.AskAsync(good).WaitAsync(Limit)).Status);
    }

    [Theory]
    [InlineData("embedded", 2 * 60, true)]
    [InlineData("real", 2 * 60, true)]
    [InlineData("real", -8 * 3600, true)]
    [InlineData("real", -30, false)]
    public async Task A_clock_that_is_not_believed_does_not_cost_the_answer(string broker, int secondsAhead, bool implausible)
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync(broker), null, Installation.Worker("w", "fashion-xs"));
        await using DeviceClient client = await installation.DeviceAsync(time: new OtherTime(TimeSpan.FromSeconds(secondsAhead)));

        Answer answer = await client.AskAsync(EndToEndTests.Request("cam-1", "fashion", Frame, deadlineMs: 2000)).WaitAsync(Limit);

        // Half a minute late may be a queue in an outage as well as a clock: its deadline is over.
        Assert.Equal(implausible ? AnswerStatus.Ok : AnswerStatus.Expired, answer.Status);
        Assert.Equal(implausible, answer.Result!.CreatedImplausible);
        Assert.Equal(implausible, answer.OnTime);
        Assert.InRange(answer.Latency, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_clock_two_hours_ahead_is_refused_by_the_brokers_and_the_device_learns_why()
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("real"), null, Installation.Worker("w", "fashion-xs"));
        await using DeviceClient client = await installation.DeviceAsync(time: new OtherTime(TimeSpan.FromHours(2)));

        Answer answer = await client.AskAsync(EndToEndTests.Request("cam-1", "fashion", Frame)).WaitAsync(Limit);

        Assert.Equal((AnswerStatus.NotSent, "clock"), (answer.Status, answer.Reason));
        Assert.Contains("NTP", answer.Detail, StringComparison.Ordinal);
    }

    private static byte[] NotFinite()
    {
        byte[] payload = new byte[784 * 4];
        BitConverter.TryWriteBytes(payload.AsSpan(400), float.NaN);
        return payload;
    }
}
