using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamSched.Client;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Frames;
using StreamSched.IntegrationTests.Commands;
using StreamSched.IntegrationTests.Devices;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Schedulers;
using Installation = StreamSched.IntegrationTests.Devices.Installation;

namespace StreamSched.IntegrationTests.Scheduler;

/// <summary>Conditions of docs/operations.md from their cause to <c>streamsched status</c>, as text and as JSON, with exit code 1, and their end.</summary>
public sealed class ConditionTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly Frame Frame = EndToEndTests.Frames("digits-599")[0];

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B1_A_window_that_does_not_move_is_told_with_its_oldest_offset_and_moves_again(string broker)
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync(broker), Settings(maxInFlight: 20));
        await using DeviceClient client = await installation.DeviceAsync(new DeviceClientSettings { Margin = Limit });
        Task<Answer>[] asked;
        await using (await FakeWorker.StartAsync(installation.Broker, "silent", "digits", reason: null))
        {
            await installation.UntilAsync(() => installation.Scheduler.Scheduler.View.Workers.Count == 1);
            asked = [.. Enumerable.Range(0, 100).Select(_ => client.AskAsync(EndToEndTests.Request("cam-1", "digits", Frame, deadlineMs: 120_000)))];
            StatusReport status = await StatusReport.UntilToldAsync(
                installation.Broker, "partition-stuck",
                    "has not been read for 10 s though records wait in it: 20 of its records are unfinished, the oldest at offset 0");
            Assert.StartsWith(installation.Kafka.Topics.Requests + "/", status.Conditions.Single(c => c.Code == "partition-stuck").Subject,
                StringComparison.Ordinal);
            await StatusReport.UntilToldAsync(installation.Broker, "worker-silent", "worker silent sends telemetry and does not answer");
            Assert.Contains("though records wait", installation.Scheduler.NotReady, StringComparison.Ordinal);

            // Somebody else is there before this one counts as dead: no more than five of the twenty would wait for one.
            installation.Start(Installation.Worker("w", "digits-xs"));
            await installation.UntilAsync(() => installation.Scheduler.Scheduler.View.Workers.Count == 2);
        }

        Assert.All(await Task.WhenAll(asked).WaitAsync(Limit), AssertOk);
        Cli forget = await Cli.RunAsync(installation.Broker, "worker", "forget", "silent");
        Assert.True(forget.ExitCode == 0, forget.Output + forget.Error);
        await StatusReport.UntilFineAsync(installation.Broker);
        Assert.Null(installation.Scheduler.NotReady);
    }

    [Fact]
    public async Task B5_Requests_that_were_deleted_before_they_were_read_are_told_with_their_number_and_place()
    {
        TestBroker broker = await brokers.ConnectAsync("real");
        await using (Installation installation = await Installation.StartAsync(broker, Settings(), Installation.Worker("w", "digits-xs")))
        {
            await using DeviceClient client = await installation.DeviceAsync();
            Assert.All(await AskAsync(client, 10), AssertOk);
        }

        // Nobody reads for a while, and the topic keeps less than comes.
        string requests = broker.Settings.Topics.Requests;
        int partition = 0;
        using (RecordProducer producer = broker.Producer())
        {
            for (int i = 0; i < 30; i++) Assert.Null(producer.Produce(producer.Topic(requests), partition, "cam-2"u8, [1]));
            Assert.True(producer.Drain(Limit));
        }

        (long committed, long end) = Read(broker, partition);
        using (IAdminClient admin = new AdminClientBuilder(broker.Settings.Admin()).SetLogHandler((_, _) => { }).Build())
            await admin.DeleteRecordsAsync([new TopicPartitionOffset(requests, partition, end)]);
        await using Installation again = await Installation.StartAsync(broker, Settings(), Installation.Worker("w", "digits-xs"));
        StatusReport status = await StatusReport.UntilToldAsync(again.Broker, "log-gap", $"{end - committed} records");
        (_, _, string subject, string text) = status.Conditions.Single(c => c.Code == "log-gap");
        Assert.Equal($"{requests}/{partition}", subject);
        Assert.Contains($"{committed}", text, StringComparison.Ordinal);
        await using DeviceClient other = await again.DeviceAsync();
        Assert.All(await AskAsync(other, 10), AssertOk);
        Assert.Null(again.Scheduler.NotReady);
    }

    [Fact]
    public async Task B4_Clocks_that_are_off_are_told_of_workers_and_schedulers_until_they_are_right()
    {
        OtherTime schedulers = new(TimeSpan.FromSeconds(0.5)), workers = new(TimeSpan.FromSeconds(-2));
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("real"), Settings(), schedulers,
            Installation.Worker("right", "digits-xs"));
        installation.Start(Installation.Worker("wrong", "digits-xs"), time: workers);
        await installation.UntilAsync(() => installation.Scheduler.Scheduler.View.Workers.Count == 2);
        await using DeviceClient client = await installation.DeviceAsync();
        Task<Answer[]> asking = AskAsync(client, 20);
        await StatusReport.UntilToldAsync(installation.Broker, "clock-offset", "the clock of s1's machine is 0.5 s ahead of the broker's");
        await StatusReport.UntilToldAsync(installation.Broker, "clock-offset", "the clock of wrong's machine is 2 s behind the broker's");
        StatusReport status = await StatusReport.UntilToldAsync(installation.Broker, "clock-offset",
            " s behind this scheduler's"); // by the least delays seen so far, so it is not the same to a tenth on a busy machine
        Assert.DoesNotContain(status.Alarms, alarm => alarm.Contains("right", StringComparison.Ordinal) && !alarm.Contains("wrong", StringComparison.Ordinal));
        Assert.All(await asking, AssertOk);

        // Set right: the scheduler's machine while it runs, the worker's by a restart.
        schedulers.Ahead = TimeSpan.Zero;
        Assert.Equal(0, (await Cli.RunAsync(installation.Broker, "worker", "drain", "wrong")).ExitCode);
        installation.Start(Installation.Worker("wrong", "digits-xs"));
        await StatusReport.UntilFineAsync(installation.Broker);
    }

    [Fact]
    public async Task B2_Partitions_without_a_counterpart_are_told_until_topics_create_has_added_it()
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("real"), Settings(),
            Installation.Worker("w", "digits-xs"));
        using (IAdminClient admin = new AdminClientBuilder(installation.Kafka.Admin()).SetLogHandler((_, _) => { }).Build())
            await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = installation.Kafka.Topics.Requests, IncreaseTo = 5 }]);
        TestBroker broker = installation.Broker with { Settings = installation.Kafka with { Partitions = null } };
        StatusReport status = await StatusReport.UntilToldAsync(broker, "partitions-missing", $"{installation.Kafka.Topics.Results} has 4 partitions and");
        Assert.Contains(status.Alarms, alarm => alarm.Contains("topics are not what their contracts say", StringComparison.Ordinal));
        await using (DeviceClient client = await installation.DeviceAsync()) Assert.All(await AskAsync(client, 10), AssertOk);
        Cli create = await Cli.RunAsync(broker, "topics", "create");
        Assert.True(create.ExitCode == 0, create.Output + create.Error);
        await StatusReport.UntilFineAsync(broker);
    }

    private static SchedulerRoleSettings Settings(int maxInFlight = 8192) => new()
    {
        Dispatch = new DispatchSettings { SchedulerId = "s1" }, Scheduler = new SchedulerSettings { Policy = PolicyNames.Random, Exploration = 0 },
        MaxInFlight = maxInFlight,
    };

    // Of requests: what the group has committed, and the end.
    private static (long Committed, long End) Read(TestBroker broker, int partition)
    {
        PartitionLag lag = GroupLag.Read(broker.Settings, broker.Settings.Group("scheduler"), [broker.Settings.Topics.Requests],
            TestBroker.Loggers).Single(l => l.Partition == partition);
        return (Math.Max(0, lag.Committed), lag.End);
    }

    private static Task<Answer[]> AskAsync(DeviceClient client, int count) =>
        Task.WhenAll(Enumerable.Range(0,
            count).Select(_ => client.AskAsync(EndToEndTests.Request("cam-1", "digits", Frame, deadlineMs: 60_000)))).WaitAsync(Limit);

    private static void AssertOk(Answer answer) => Assert.Equal((AnswerStatus.Ok, null), (answer.Status, answer.Reason));
}
