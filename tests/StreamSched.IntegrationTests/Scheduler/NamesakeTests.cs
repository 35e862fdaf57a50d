using StreamSched.Avro.Records;
using StreamSched.Commands;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Topics;
using StreamSched.Schedulers;

namespace StreamSched.IntegrationTests.Scheduler;

/// <summary>Two processes with one name.</summary>
public class NamesakeTests(BrokerFixture brokers)
{
    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B7_A_second_scheduler_with_the_id_of_a_live_one_ends_with_a_word_and_the_live_one_goes_on(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        SchedulerRole first = await place.SchedulerAsync("twin");
        Cli second = await Cli.RunAsync(place.Broker, "scheduler", "--id", "twin");
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("a live scheduler has the id 'twin' already: give this one another --id, or stop the other", second.Error, StringComparison.Ordinal);
        await place.WorkerAsync();
        await place.AskAsync(Installation.Request());
        Assert.True(first.IsReady);
    }

    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B7_Of_two_schedulers_that_start_at_the_same_moment_with_one_id_one_stays(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        using CancellationTokenSource stop = new();
        using SchedulerRole one = Host(), two = Host();
        Task[] running = [Run(one), Run(two)];
        Task ended = await Task.WhenAny(running).WaitAsync(TimeSpan.FromSeconds(60));
        KafkaFailureException failure = await Assert.ThrowsAsync<KafkaFailureException>(() => ended);
        Assert.Equal(KafkaFailureKind.Fenced, failure.Kind);
        Assert.Contains("'twin'", failure.Message, StringComparison.Ordinal);
        SchedulerRole other = ended == running[0] ? two : one;
        await Installation.Until(() => other.Partitions.Count == 2, running[ended == running[0] ? 1 : 0]);
        await stop.CancelAsync();
        await running[ended == running[0] ? 1 : 0];

        SchedulerRole Host() => new(
            place.Broker.Settings, new SchedulerRoleSettings { Dispatch = new DispatchSettings { SchedulerId = "twin" } },
            TestBroker.Loggers, TimeProvider.System);

        Task Run(SchedulerRole host) =>
            Task.Factory.StartNew(() => host.Run(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    [Fact]
    public async Task B7_A_scheduler_that_starts_again_under_its_id_is_not_taken_for_another()
    {
        TestBroker broker = await brokers.ConnectAsync("real");
        await using (Installation before = await Installation.StartAsync(broker)) await before.SchedulerAsync("again");
        await using Installation place = new(broker with { Settings = broker.Settings with { Partitions = 2 } });
        Assert.True((await place.SchedulerAsync("again")).IsReady);
    }

    [Fact]
    public async Task B4_A_scheduler_whose_clock_went_back_has_a_larger_incarnation_than_its_former_life()
    {
        TestBroker broker = await brokers.ConnectAsync("real");
        await using Installation place = await Installation.StartAsync(broker);
        long former = (TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1)).ToUnixTimeMilliseconds() * 1000;
        using (RecordProducer producer = new(place.Broker.Settings, TestBroker.Loggers, TimeProvider.System))
        {
            SchedulerLoad report = new() { Scheduler = "back", Incarnation = former, At = former, Share = 1 };
            await producer.ProduceAsync(producer.Topic(place.Broker.Settings.Topics.Of(TopicCatalogue.Load)), 0, "back"u8.ToArray(), report.ToFramed());
        }

        Assert.Equal(former + 1, (await place.SchedulerAsync("back")).Incarnation);
    }

    [Fact]
    public void B7_Ids_by_default_are_unlike_those_of_other_containers() => Assert.NotEqual(SchedulerCommand.DefaultId(), SchedulerCommand.DefaultId());
}
