using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamSched.Avro.Records;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Schedulers;

namespace StreamSched.IntegrationTests.Scheduler;

/// <summary>Topics whose numbers of partitions do not fit, while schedulers run.</summary>
public class PartitionCountTests(BrokerFixture brokers)
{
    private const string Code = "partitions-missing";

    [Theory]
    [InlineData(GroupProtocol.Classic)]
    [InlineData(GroupProtocol.Consumer)]
    public async Task B2_Requests_with_more_partitions_than_results_are_served_where_they_can_be_and_everywhere_once_topics_create_has_run(
        GroupProtocol protocol)
    {
        TestBroker broker = await brokers.ConnectAsync("real");
        await using Installation place = await Installation.StartAsync(broker with { Settings = broker.Settings with { GroupProtocol = protocol } });
        await place.WorkerAsync();
        SchedulerRole first = await place.SchedulerAsync("s1");
        using IAdminClient admin = new AdminClientBuilder(place.Broker.Settings.Admin()).SetLogHandler((_, _) => { }).Build();
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = place.Broker.Settings.Topics.Requests, IncreaseTo = 4 }]);
        await admin.InForceAsync();
        SchedulerRole second = await place.SchedulerAsync("s2", waitForPartitions: false); // a rebalance, which may give it the new ones alone
        await Installation.Until(() => first.Conditions.InForce.Count == 4 && second.Conditions.InForce.Count == 4); // results, decisions, experience, feedback
        Assert.All([first, second], host =>
        {
            Assert.Contains("streamsched topics create", host.NotReady, StringComparison.Ordinal);
            Assert.All(host.Conditions.InForce, condition => Assert.Equal(Code, condition.Code));
        });
        Cli status = await Cli.RunAsync(place.Broker, "status");
        Assert.Equal(1, status.ExitCode);
        Assert.Contains("has 2 partitions and", status.Output, StringComparison.Ordinal);

        // All four partitions are asked; the answers of two come, and those of the others once their partitions are there.
        Guid[] early = [.. Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7())];
        await PublishAsync(place, early);
        Dictionary<int, HashSet<Guid>> answers = await AnswersAsync(place, partitions: 2, count: 2);
        Assert.Equal(early[..2].Order(), answers.Values.SelectMany(ids => ids).Order());

        Cli create = await Cli.RunAsync(place.Broker with { Settings = place.Broker.Settings with { Partitions = null } }, "topics", "create");
        Assert.True(create.ExitCode == 0, create.Output + create.Error);
        answers = await AnswersAsync(place, partitions: 4, count: 4);
        for (int partition = 0; partition < 4; partition++) Assert.Equal(early[partition], Assert.Single(answers[partition]));
        await Installation.Until(() => first.Conditions.InForce.Count == 0 && second.Conditions.InForce.Count == 0);
        Assert.Equal(4, first.Partitions.Count + second.Partitions.Count);
        Assert.True(first.IsReady && second.IsReady);
    }

    [Fact]
    public async Task B2_A_scheduler_without_results_waits_for_them_and_serves_when_they_are_there()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("real"));
        await place.WorkerAsync();
        string results = place.Broker.Settings.Topics.Results;
        await place.Broker.DeleteAsync(results);
        SchedulerRole scheduler = await place.SchedulerAsync(waitForPartitions: false);
        await Installation.Until(() => scheduler.Conditions.InForce.Any(condition => condition.Code == Code && condition.Subject == results));
        Assert.Contains($"{results} does not exist", scheduler.NotReady, StringComparison.Ordinal);
        Guid[] ids = [Guid.CreateVersion7(), Guid.CreateVersion7()];
        await PublishAsync(place, ids);
        Cli create = await Cli.RunAsync(place.Broker, "topics", "create");
        Assert.True(create.ExitCode == 0, create.Output + create.Error);
        Dictionary<int, HashSet<Guid>> answers = await AnswersAsync(place, partitions: 2, count: 2);
        Assert.Equal(ids.Order(), answers.Values.SelectMany(each => each).Order());
        await Installation.Until(() => scheduler.IsReady);
    }

    // Into partition i the i-th.
    private static async Task PublishAsync(Installation place, Guid[] ids)
    {
        using RecordProducer producer = place.Broker.Producer();
        ProducerTopic topic = producer.Topic(place.Broker.Settings.Topics.Requests);
        for (int i = 0; i < ids.Length; i++)
        {
            InferenceRequest request = Installation.Request($"cam-{i}", deadlineMs: 120_000);
            request.Id = ids[i];
            await producer.ProduceAsync(topic, i, "cam"u8.ToArray(), request.ToFramed());
        }
    }

    private static async Task<Dictionary<int, HashSet<Guid>>> AnswersAsync(Installation place, int partitions, int count)
    {
        string topic = place.Broker.Settings.Topics.Results;
        Dictionary<int, HashSet<Guid>> answers = [];
        using TopicReader reader = new(place.Broker.Settings, TestBroker.Loggers, TimeProvider.System, topic);
        await Installation.Until(() => reader.PartitionCount(topic) == partitions);
        reader.FollowAll(place.Broker.Settings, topic);
        await Installation.Until(() =>
        {
            reader.Poll(TimeSpan.FromMilliseconds(20), (in ReceivedRecord record) =>
            {
                Assert.True(InferenceResult.TryDecodeFramed(record.Value, out InferenceResult? result, out _));
                Assert.Equal(ResultStatus.Ok, result.Status);
                if (!answers.TryGetValue(record.Partition, out HashSet<Guid>? ids)) answers.Add(record.Partition, ids = []);
                ids.Add(result.Id);
            });
            return answers.Values.Sum(ids => ids.Count) >= count;
        });
        return answers;
    }
}
