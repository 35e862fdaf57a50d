using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Frames;
using StreamSched.Kafka.DeadLetters;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Schedulers;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>Whatever one record does, the others are answered, and it has its own answer.</summary>
public class OneRecordTests(BrokerFixture brokers)
{
    private const long Hour = 3_600_000_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly Frame Frame = EndToEndTests.Frames("fashion-2000")[0];

    [Fact]
    public async Task B1_A_request_that_waits_for_an_hour_does_not_stop_those_behind_it_nor_after_a_restart()
    {
        TestBroker place = await brokers.ConnectAsync("real");
        await using (Installation installation = await Installation.StartAsync(place, null, Installation.Worker("w", "fashion-xs")))
        {
            await using DeviceClient client = await installation.DeviceAsync();
            await client.PrepareAsync(["cam-1"]);
            await client.SendAsync(Endless("cam-1"));
            for (int sent = 0; sent < 9_500; sent += 500)
                Assert.All(await AskAsync(client, 500), answer => Assert.Equal((AnswerStatus.Ok, null), (answer.Status, answer.Reason)));
            await installation.UntilAsync(() => installation.Scheduler.Dispatcher.PendingCount == 1);
            Assert.Null(installation.Scheduler.NotReady);
        }

        await using Installation again = await Installation.StartAsync(place, null, Installation.Worker("w", "fashion-xs"));
        await using DeviceClient other = await again.DeviceAsync();
        await other.PrepareAsync(["cam-1"]);
        Assert.All(await AskAsync(other, 500), answer => Assert.Equal((AnswerStatus.Ok, null), (answer.Status, answer.Reason)));
        await again.UntilAsync(() => again.Scheduler.Dispatcher.PendingCount == 1);
        Assert.Equal((9_500L, 500L), (again.Counters.Repeated, again.Counters.Placed)); // read again, and not worked on again
    }

    [Fact]
    public async Task B1_What_is_committed_does_not_stay_behind_with_a_request_that_waits_and_it_is_answered_when_its_worker_comes()
    {
        TestBroker place = await brokers.ConnectAsync("real");
        SchedulerRoleSettings settings = new()
        {
            Dispatch = new DispatchSettings { SchedulerId = "s1" }, Scheduler = new SchedulerSettings { Policy = PolicyNames.EarliestFinish, Exploration = 0 },
            MaxInFlight = 200,
        };
        InferenceRequest patient = EndToEndTests.Request("cam-1", "digits", EndToEndTests.Frames("digits-599")[0], deadlineMs: 3_000_000);
        await using (Installation installation = await Installation.StartAsync(place, settings, Installation.Worker("w", "fashion-xs")))
        {
            await using DeviceClient client = await installation.DeviceAsync();
            await client.PrepareAsync(["cam-1"]);
            await client.SendAsync(patient);
            await client.SendAsync(Endless("cam-1"));
            for (long carried = 0; carried < 4; carried = installation.Counters.Carried) await AskAsync(client, 500); // twice each
            await installation.UntilAsync(() => installation.Scheduler.Dispatcher.PendingCount == 2);
        }

        await using Installation again = await Installation.StartAsync(place, settings, Installation.Worker("w2", "digits-xs"));
        await using DeviceClient other = await again.DeviceAsync();
        await again.UntilAsync(() => again.Counters.Placed == 1); // the patient one
        Assert.InRange(again.Counters.Requests, 2, (8 * settings.MaxInFlight) + 1_000);
        await again.UntilAsync(() => again.Scheduler.Dispatcher.PendingCount == 1);
    }

    [Fact]
    public async Task B1_Thousands_of_requests_that_no_worker_can_take_do_not_stop_the_others()
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("real"), null, Installation.Worker("w", "fashion-xs"));
        await using DeviceClient client = await installation.DeviceAsync(new DeviceClientSettings { MaxOutstanding = 100_000 });
        await client.PrepareAsync(["cam-1"]);
        for (int i = 0; i < 9_500; i++) await client.SendAsync(Endless("cam-1"));
        Assert.All(await AskAsync(client, 500), answer => Assert.Equal(AnswerStatus.Ok, answer.Status));
        Assert.InRange(installation.Scheduler.Dispatcher.PendingCount, 1, 2048 + 500);
    }

    [Fact]
    public async Task B1_An_answer_that_the_brokers_refuse_is_FAILED_too_large_and_finished()
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("real"), null, Installation.Worker("w", "fashion-xs"));
        await using DeviceClient client = await installation.DeviceAsync();
        Assert.Equal(AnswerStatus.Ok, (await client.AskAsync(EndToEndTests.Request("cam-1", "fashion", Frame)).WaitAsync(Limit)).Status);
        int ok = await ResultBytesAsync(client);
        // 61 of a batch's head
        await installation.Broker.SetAsync(
            installation.Kafka.Topics.Results, "max.message.bytes", (ok - 40 + 61).ToString(System.Globalization.CultureInfo.InvariantCulture));

        for (int i = 0; i < 3; i++)
        {
            Answer answer = await client.AskAsync(EndToEndTests.Request("cam-1", "fashion", Frame)).WaitAsync(Limit);
            Assert.Equal((AnswerStatus.Failed, "too-large"), (answer.Status, answer.Reason));
        }

        await installation.UntilAsync(() => installation.Workers[0].Unfinished == 0);
        Assert.Contains("answer-too-large", installation.Workers[0].Conditions.InForce.Select(c => c.Code));
        await installation.Broker.SetAsync(installation.Kafka.Topics.Results, "max.message.bytes", "1048576");
        Assert.Equal(AnswerStatus.Ok, (await client.AskAsync(EndToEndTests.Request("cam-1", "fashion", Frame)).WaitAsync(Limit)).Status);
    }

    [Fact]
    public async Task B1_Results_that_were_not_delivered_in_time_are_written_again_or_dropped_and_every_item_is_finished()
    {
        await using RealKafka real = await OwnKafkaAsync();
        TestBroker place = new(
            new KafkaSettings { BootstrapServers = real.BootstrapServers, Prefix = "own.", DeliveryTimeout = TimeSpan.FromSeconds(2) }, null);
        // A worker that takes seconds for them all: without that, it may have answered whatever had reached it before the broker stops.
        await using Installation installation = await Installation.StartAsync(place, null, Installation.Worker("w", "fashion-xs") with { Slowdown = 300 });
        await using DeviceClient client = await installation.DeviceAsync(new DeviceClientSettings { Margin = Limit });
        await client.PrepareAsync(["cam-1"]);
        Assert.All(await AskAsync(client, 100), answer => Assert.Equal(AnswerStatus.Ok, answer.Status));

        // Half of them can wait for the broker, half cannot; they are read before it stops, and their answers find nobody.
        Task<Answer>[] asked = [.. Enumerable.Range(0, 1000)
            .Select(i => client.AskAsync(EndToEndTests.Request("cam-1", "fashion", Frame, deadlineMs: i % 2 == 0 ? 40_000 : 1_000)))];
        await installation.UntilAsync(() => installation.Workers[0].Unfinished > 0);
        await real.KillAsync(1);
        await installation.UntilAsync(() => installation.Workers[0].NotReady is not null); // the outage is longer than the delivery time-out
        await real.RestartAsync(1);

        Answer[] answers = await Task.WhenAll(asked).WaitAsync(Limit);
        Assert.All(answers, answer =>
            Assert.Contains(answer.Status, (AnswerStatus[])[AnswerStatus.Ok, AnswerStatus.Expired, AnswerStatus.Rejected, AnswerStatus.NotSent]));
        await installation.UntilAsync(() => installation.Workers[0].Unfinished == 0 && installation.Scheduler.Dispatcher.PendingCount == 0);
        Assert.All(await AskAsync(client, 100), answer => Assert.Equal(AnswerStatus.Ok, answer.Status));
        await installation.UntilAsync(() => installation.Workers[0].NotReady is null && installation.Scheduler.NotReady is null);
    }

    [Fact]
    public async Task B1_When_results_is_deleted_and_made_anew_everything_goes_on()
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("real"), null, Installation.Worker("w", "fashion-xs"));
        string results = installation.Kafka.Topics.Results;
        await using (DeviceClient client = await installation.DeviceAsync())
        {
            await client.PrepareAsync(["cam-1"]);
            await AskAsync(client, 200);
        }

        await installation.Broker.DeleteAsync(results);
        await installation.Broker.TopicAsync("results", 4);

        await using DeviceClient other = await installation.DeviceAsync();
        await other.PrepareAsync(["cam-1"]);
        int ok = 0;
        for (long began = TimeProvider.System.GetTimestamp(); ok < 100 && TimeProvider.System.GetElapsedTime(began) < Limit;)
        {
            Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 20)
                .Select(_ => other.AskAsync(EndToEndTests.Request("cam-1", "fashion", Frame, deadlineMs: 2_000)))).WaitAsync(Limit);
            ok = answers.All(answer => answer.Status == AnswerStatus.Ok) ? ok + 20 : 0;
        }

        Assert.Equal(100, ok);
        await installation.UntilAsync(() => installation.Workers[0].Unfinished == 0 && installation.Scheduler.Dispatcher.PendingCount == 0);
        await installation.UntilAsync(() => installation.Workers[0].NotReady is null && installation.Scheduler.NotReady is null);
    }

    [Fact]
    public async Task B1_A_request_that_cannot_be_read_does_not_end_the_scheduler_where_dead_letters_is_missing()
    {
        TestBroker place = await brokers.ConnectAsync("real");
        place = place with { Settings = place.Settings with { DeliveryTimeout = TimeSpan.FromSeconds(2) } };
        await using Installation installation = await Installation.StartAsync(place, null, Installation.Worker("w", "fashion-xs"));
        await using DeviceClient client = await installation.DeviceAsync();
        await installation.Broker.DeleteAsync(installation.Kafka.Topics.DeadLetters);
        using (RecordProducer producer = installation.Broker.Producer())
        {
            Assert.Null(producer.Produce(producer.Topic(installation.Kafka.Topics.Requests), 1, "cam-1"u8, [1, 2, 3]));
            Assert.True(producer.Drain(Limit));
        }

        await installation.UntilAsync(() => installation.Scheduler.Conditions.InForce.Any(c => c.Code == "dead-letters-not-stored"));
        Assert.All(await AskAsync(client, 20), answer => Assert.Equal(AnswerStatus.Ok, answer.Status));
        await installation.Broker.TopicAsync("dead-letters", 1);
        await installation.UntilAsync(() => installation.Scheduler.Conditions.InForce.Count == 0);
        Assert.Single(DeadLetterStore.List(installation.Kafka, TestBroker.Loggers, TimeProvider.System, Limit));
    }

    private static InferenceRequest Endless(string device) => EndToEndTests.Request(device, "no-such-task", Frame) with { DeadlineMicros = Hour };

    private static async Task<Answer[]> AskAsync(DeviceClient client, int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => client.AskAsync(EndToEndTests.Request("cam-1", "fashion", Frame)))).WaitAsync(Limit);

    private static async Task<int> ResultBytesAsync(DeviceClient client)
    {
        Answer answer = await client.AskAsync(EndToEndTests.Request("cam-1", "fashion", Frame)).WaitAsync(Limit);
        return answer.Result!.ToFramed().Length;
    }

    private static async Task<RealKafka> OwnKafkaAsync()
    {
        StreamSched.Tests.Components.Require("kafka");
        return await RealKafka.StartAsync();
    }
}
