using Confluent.Kafka;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Settings;

namespace StreamSched.IntegrationTests;

public class GroupConsumerTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static TheoryData<string, GroupProtocol> BothProtocols => new()
    {
        { "embedded", GroupProtocol.Classic },
        { "embedded", GroupProtocol.Consumer },
        { "real", GroupProtocol.Classic },
        { "real", GroupProtocol.Consumer },
    };

    [Theory]
    [MemberData(nameof(BothProtocols))]
    public async Task Everything_is_read_once_in_order_and_committed_at_the_end(string broker, GroupProtocol protocol)
    {
        var (place, topic) = await PlaceAsync(broker, protocol, partitions: 3);
        place.Fill(topic, 3, 3000);
        var (consumer, member) = Join(place, topic);
        Polling.Until(() => member.Records.Count >= 3000, Limit, consumer);
        consumer.Close();

        Assert.Equal(Enumerable.Range(0, 3000), member.Records.Select(record => record.Value).Order());
        foreach (var partition in member.Records.GroupBy(record => record.Partition))
            Assert.Equal(Enumerable.Range(0, 1000).Select(i => (long)i), partition.Select(record => record.Offset));
        Assert.Equal([0, 1, 2], member.Revoked.Select(revoked => revoked.Partition).Order());
        Assert.Equal([1000L, 1000, 1000], Committed(place, topic, 3));
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task After_a_crash_the_first_unfinished_record_comes_again(string broker)
    {
        var (place, topic) = await PlaceAsync(broker, GroupProtocol.Classic, partitions: 1);
        place.Fill(topic, 1, 20);
        var (consumer, member) = Join(place, topic);
        member.FinishesAtOnce = value => value is not (5 or 11);
        Polling.Until(() => member.Records.Count == 20, Limit, consumer);
        UntilCommitted(place, topic, [5], consumer);
        Assert.True(consumer.Acknowledge(0, 5));
        UntilCommitted(place, topic, [11], consumer);
        consumer.Dispose();

        var (successor, heir) = Join(place, topic);
        Polling.Until(() => heir.Records.Count == 9, Limit, successor);
        successor.Close();
        Assert.Equal(Enumerable.Range(11, 9), heir.Records.Select(record => record.Value));
        Assert.Equal(11, Assert.Single(heir.Assigned).Committed);
    }

    [Theory]
    [MemberData(nameof(BothProtocols))]
    public async Task A_second_member_takes_half_without_loss_and_without_stopping_the_rest(string broker, GroupProtocol protocol)
    {
        const int partitions = 4;
        var (place, topic) = await PlaceAsync(broker, protocol, partitions);
        place.Fill(topic, partitions, 400);
        var (first, one) = Join(place, topic);
        Polling.Until(() => one.Records.Count == 400, Limit, first);
        using var running = Polling.InBackground(first);
        var (second, two) = Join(place, topic);
        using var joined = Polling.InBackground(second);
        var sent = 400;
        for (var began = TimeProvider.System.GetTimestamp(); two.Assigned.Count < 2 || one.Revoked.Count < 2 || two.Records.IsEmpty; sent += 40)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit && !running.HasEnded && !joined.HasEnded);
            place.Fill(topic, partitions, 40, from: sent);
        }

        place.Fill(topic, partitions, 400, from: sent);
        sent += 400;
        await Until(() => one.Records.Count + two.Records.Count >= sent);
        Assert.Equal(2, one.Revoked.Count); // those that stayed were never taken away
        await joined.StopAsync();
        await running.StopAsync();
        var values = one.Records.Concat(two.Records).Select(record => record.Value).Order();
        Assert.Equal(Enumerable.Range(0, sent), HandsOverExactly(broker, protocol) ? values : values.Distinct());
    }

    [Theory]
    [MemberData(nameof(BothProtocols))]
    public async Task Partitions_are_drained_before_they_are_given_back(string broker, GroupProtocol protocol)
    {
        var (place, topic) = await PlaceAsync(broker, protocol, partitions: 2);
        place.Fill(topic, 2, 20);
        var (first, one) = Join(place, topic, settings => settings with { DrainTimeout = TimeSpan.FromSeconds(20) });
        one.FinishesAtOnce = _ => false;
        var drained = 0;
        one.WhileDraining = partitions =>
        {
            if (++drained < 20) return; // takes its time
            foreach (var (partition, offset, _) in one.Records.Where(record => partitions.Contains(record.Partition))) first.Acknowledge(partition, offset);
        };
        Polling.Until(() => one.Records.Count == 20, Limit, first);
        var (second, two) = Join(place, topic);
        Polling.Until(() => two.Assigned.Count == 1, Limit, first, second);
        Assert.True(drained >= 20);
        place.Fill(topic, 2, 20, from: 20);
        Polling.Until(() => two.Records.Count(record => record.Value >= 20) == 10 && one.Records.Count == 30, Limit, first, second);
        if (HandsOverExactly(broker, protocol))
        {
            Assert.Equal(10, Assert.Single(two.Assigned).Committed);
            Assert.All(two.Records, record => Assert.InRange(record.Value, 20, 39));
        }

        second.Close();
        first.Close();
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task What_does_not_finish_within_the_drain_time_comes_again_elsewhere(string broker)
    {
        var (place, topic) = await PlaceAsync(broker, GroupProtocol.Classic, partitions: 1);
        place.Fill(topic, 1, 10);
        var (first, one) = Join(place, topic, settings => settings with { DrainTimeout = TimeSpan.FromMilliseconds(200) });
        one.FinishesAtOnce = value => value < 4;
        Polling.Until(() => one.Records.Count == 10, Limit, first);
        first.Close();
        Assert.False(first.Acknowledge(0, 4));
        var (second, two) = Join(place, topic);
        Polling.Until(() => two.Records.Count == 6, Limit, second);
        Assert.Equal(Enumerable.Range(4, 6), two.Records.Select(record => record.Value));
        second.Close();
    }

    [Theory]
    [MemberData(nameof(BothProtocols))]
    public async Task The_companion_position_that_belongs_to_the_offset_is_committed_with_it(string broker, GroupProtocol protocol)
    {
        var (place, topic) = await PlaceAsync(broker, protocol, partitions: 1);
        var companion = await place.TopicAsync("answers", 1);
        place.Fill(companion, 1, 100);
        place.Fill(topic, 1, 3);
        GroupConsumerSettings With(GroupConsumerSettings settings) => settings with { CompanionTopic = companion };
        var (first, one) = Join(place, topic, With);
        one.FinishesAtOnce = value => value != 4;
        Polling.Until(() => one.Records.Count == 3, Limit, first);
        Assert.Equal(new AssignedPartition(0, -1, -1, 3, 0), Assert.Single(one.Assigned));
        first.AdvanceCompanion(0, 40);
        place.Fill(topic, 1, 2, from: 3);   // 3 finishes, 4 does not: its answer can only stand at 40 or later
        Polling.Until(() => one.Records.Count == 5, Limit, first);
        first.AdvanceCompanion(0, 90);
        place.Fill(topic, 1, 1, from: 5);
        Polling.Until(() => one.Records.Count == 6, Limit, first);
        UntilCommitted(place, topic, [4], first);
        first.Close();
        var (second, two) = Join(place, topic, With);
        Polling.Until(() => two.Records.Count == 2, Limit, second);
        Assert.Equal(new AssignedPartition(0, 4, 40, 6, 4), Assert.Single(two.Assigned));

        // Records that were there at the hand-over keep the predecessor's position until they are finished.
        second.AdvanceCompanion(0, 95);
        second.Close();
        var (third, three) = Join(place, topic, With);
        Polling.Until(() => three.Assigned.Count == 1, Limit, third);
        Assert.Equal(new AssignedPartition(0, 6, 95, 6, 6), three.Assigned.Single());
        third.Close();
    }

    [Theory]
    [MemberData(nameof(BothProtocols))]
    public async Task Nothing_of_a_partition_is_delivered_before_its_member_is_ready_and_everything_soon_after(string broker, GroupProtocol protocol)
    {
        var (place, topic) = await PlaceAsync(broker, protocol, partitions: 2);
        place.Fill(topic, 2, 200);
        for (var committed = 0; committed < 2; committed++) // a new group begins at the earliest record, one that has committed goes on from there
        {
            var (consumer, member) = Join(place, topic);
            long ready = 0;
            member.WhenAssigned = () =>
            {
                Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System).Wait();
                Assert.Empty(member.Records);
                ready = TimeProvider.System.GetTimestamp();
            };
            Polling.Until(() => member.Records.Count == (committed == 0 ? 200 : 20), Limit, consumer);
            foreach (var partition in member.Records.GroupBy(record => record.Partition))
                Assert.Equal(Enumerable.Range(committed == 0 ? 0 : 100, partition.Count()).Select(i => (long)i), partition.Select(record => record.Offset));
            Assert.True(ready > 0);
            consumer.Close();
            place.Fill(topic, 2, 20, from: 200);
        }
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task A_full_partition_pauses_while_others_go_on(string broker)
    {
        var (place, topic) = await PlaceAsync(broker, GroupProtocol.Classic, partitions: 2);
        place.Fill(topic, 2, 400);
        var (consumer, member) = Join(place, topic, settings => settings with { MaxInFlight = 50, DrainTimeout = TimeSpan.Zero });
        member.FinishesAtOnce = value => value % 2 == 1; // partition 1
        Polling.Until(() => member.Records.Count(record => record.Partition == 1) == 200, Limit, consumer);
        Polling.Until(() => member.Records.Count(record => record.Partition == 0) == 50, Limit, consumer);
        for (var i = 0; i < 10; i++) consumer.Poll(TimeSpan.FromMilliseconds(10));
        Assert.Equal(50, consumer.Unfinished);
        var finished = 0;
        for (; finished < 25; finished++) consumer.Acknowledge(0, finished);
        Polling.Until(() => member.Records.Count(record => record.Partition == 0) == 75, Limit, consumer);
        member.FinishesAtOnce = _ => true;
        for (; finished < 75; finished++) consumer.Acknowledge(0, finished);
        Polling.Until(() => member.Records.Count == 400, Limit, consumer);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => (long)i), member.Records.Where(record => record.Partition == 0).Select(record => record.Offset));
        consumer.Close();
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B1_One_unfinished_record_does_not_stop_its_partition_however_many_follow(string broker)
    {
        var (place, topic) = await PlaceAsync(broker, GroupProtocol.Classic, partitions: 1);
        place.Fill(topic, 1, 2_000);
        var (consumer, member) = Join(place, topic, settings => settings with { MaxInFlight = 50, DrainTimeout = TimeSpan.Zero });
        member.FinishesAtOnce = value => value != 3;
        Polling.Until(() => member.Records.Count == 2_000, Limit, consumer);
        Assert.Equal((3L, 2_000L), (consumer.Window(0).Oldest, consumer.Window(0).Next));
        UntilCommitted(place, topic, [3], consumer);
        consumer.Acknowledge(0, 3);
        UntilCommitted(place, topic, [2_000], consumer);
        consumer.Close();
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B1_A_full_partition_is_stuck_when_records_wait_in_it_and_only_then(string broker)
    {
        var (place, topic) = await PlaceAsync(broker, GroupProtocol.Classic, partitions: 2);
        var conditions = new Conditions(TestBroker.Loggers, TimeProvider.System);
        place.Fill(topic, 2, 120);
        var (consumer, member) = Join(
            place, topic, settings => settings with { MaxInFlight = 50, StuckAfter = TimeSpan.FromMilliseconds(300), DrainTimeout = TimeSpan.Zero },
            conditions);
        member.FinishesAtOnce = value => value < 20; // of each partition's 60 the first 10
        Polling.Until(() => consumer.Unfinished == 100, Limit, consumer);
        for (var i = 0; i < 100; i++) consumer.Poll(TimeSpan.FromMilliseconds(10));
        Assert.Empty(conditions.InForce); // full, but nothing waits
        using (var producer = place.Producer())
        {
            Assert.Null(producer.Produce(producer.Topic(topic), 1, default, BitConverter.GetBytes(1)));
            Assert.True(producer.Drain(Limit));
        }

        Polling.Until(() => conditions.InForce.Count == 1, Limit, consumer);
        var stuck = conditions.InForce.Single();
        Assert.Equal(("partition-stuck", topic + "/1", true), (stuck.Code, stuck.Subject, stuck.BlocksReady));
        Assert.EndsWith("the oldest at offset 10", stuck.Text, StringComparison.Ordinal);

        member.FinishesAtOnce = _ => true;
        for (var offset = 10; offset < 60; offset++) consumer.Acknowledge(1, offset);
        Polling.Until(() => conditions.InForce.Count == 0, Limit, consumer);
        consumer.Close();
    }

    [Fact]
    public async Task B5_Records_that_left_the_log_before_they_were_read_are_told_of_at_the_assignment_and_while_running()
    {
        var (place, topic) = await PlaceAsync("real", GroupProtocol.Classic, partitions: 3);
        var (first, one) = Join(place, topic);
        Polling.Until(() => one.Assigned.Count == 3, Limit, first);
        place.Fill(topic, 1, 10);
        Polling.Until(() => one.Records.Count == 10, Limit, first);
        UntilCommitted(place, topic, [10, 0, 0], first);
        first.Close();
        place.Fill(topic, 3, 3 * 100);
        await DeleteAsync(place, new TopicPartitionOffset(topic, 0, 30), new TopicPartitionOffset(topic, 1, 99));

        var conditions = new Conditions(TestBroker.Loggers, TimeProvider.System);
        var (second, two) = Join(place, topic,
            settings => settings with { MaxInFlight = 50, StuckAfter = TimeSpan.FromMilliseconds(300), DrainTimeout = TimeSpan.Zero }, conditions);
        two.FinishesAtOnce = _ => false;
        Polling.Until(() => second.Unfinished == 50 + 1 + 50, Limit, second);
        Assert.Contains("20 records", Gap(0), StringComparison.Ordinal);
        Assert.Contains("offsets 10 to 29", Gap(0), StringComparison.Ordinal);
        Assert.Contains("99 records", Gap(1), StringComparison.Ordinal); // a partition of which nothing was ever read
        Assert.DoesNotContain(conditions.InForce, c => c.Subject == topic + "/2" && c.Code == "log-gap");

        // While it reads: partition 0 is full at 80 and will be read on from 95; of partition 2 nothing is left, and nothing comes that would show it.
        await DeleteAsync(place, new TopicPartitionOffset(topic, 0, 95), new TopicPartitionOffset(topic, 2, 100));
        Polling.Until(() => Gap(2) is { Length: > 0 }, Limit, second);
        Assert.Contains("offsets 50 to 99", Gap(2), StringComparison.Ordinal);
        Polling.Until(() => Gap(0).Contains("15 records", StringComparison.Ordinal), Limit, second);
        Assert.Contains("offsets 80 to 94", Gap(0), StringComparison.Ordinal);
        for (var offset = 0; offset < 100; offset++) second.Acknowledge(0, offset);
        Polling.Until(() => two.Records.Any(record => record is { Partition: 0, Offset: 99 }), Limit, second);
        second.Close();

        string Gap(int partition) => conditions.InForce.FirstOrDefault(c => c.Code == "log-gap" && c.Subject == $"{topic}/{partition}")?.Text ?? "";
    }

    [Fact]
    public async Task B5_What_an_earlier_owner_left_unread_is_no_loss_where_it_is_of_no_use()
    {
        var (place, topic) = await PlaceAsync("real", GroupProtocol.Classic, partitions: 1);
        place.Fill(topic, 1, 100);
        await DeleteAsync(place, new TopicPartitionOffset(topic, 0, 40));
        var conditions = new Conditions(TestBroker.Loggers, TimeProvider.System);
        var (consumer, member) = Join(place, topic, settings => settings with { FixedPartitions = [0], OwesEarlierRecords = false }, conditions);
        Polling.Until(() => member.Records.Count == 60, Limit, consumer);
        consumer.Close();
        Assert.Empty(conditions.InForce);
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Fixed_partitions_go_on_at_once_after_a_crash(string broker)
    {
        var (place, topic) = await PlaceAsync(broker, GroupProtocol.Classic, partitions: 1);
        place.Fill(topic, 1, 10);
        GroupConsumerSettings Fixed(GroupConsumerSettings settings) => settings with { FixedPartitions = [0] };
        var (first, one) = Join(place, topic, Fixed);
        one.FinishesAtOnce = value => value < 7;
        Polling.Until(() => one.Records.Count == 10, Limit, first);
        UntilCommitted(place, topic, [7], first);
        first.Dispose();
        var (second, two) = Join(place, topic, Fixed);
        Polling.Until(() => two.Records.Count == 3, TimeSpan.FromSeconds(5), second);
        Assert.Equal(7, Assert.Single(two.Assigned).Committed);
        second.Close();
        Assert.Equal((0, false), Assert.Single(two.Revoked));
        Assert.Equal([10L], Committed(place, topic, 1));
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task A_member_that_does_not_poll_loses_its_partitions_and_commits_nothing_of_them(string broker)
    {
        var (place, topic) = await PlaceAsync(broker, GroupProtocol.Classic, partitions: 1);
        place = place with
        {
            Settings = place.Settings with
            {
                SessionTimeout = TimeSpan.FromSeconds(1),
                Properties = new Dictionary<string, string> { ["max.poll.interval.ms"] = "1500" },
            },
        };
        place.Fill(topic, 1, 10);
        var (first, one) = Join(place, topic, settings => settings with { CommitInterval = TimeSpan.FromMinutes(1) });
        Polling.Until(() => one.Records.Count == 10, Limit, first);
        var (second, two) = Join(place, topic);
        Polling.Until(() => two.Records.Count == 10, Limit, second); // the first one is not polled meanwhile
        Polling.Until(() => one.Revoked.Count == 1, Limit, first, second);
        Assert.Equal((0, true), one.Revoked.Single());
        second.Close();
        first.Close();

        // The embedded cluster refuses commits while a classic group rebalances, so there the second member's may be missing, or be the one that it began with;
        // the first one's never appears.
        if (broker == "embedded") Assert.Contains(Committed(place, topic, 1).Single(), (long[])[0, 10, Offset.Unset.Value]);
        else Assert.Equal([10L], Committed(place, topic, 1));
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_ends_the_consumer_with_its_name()
    {
        var place = await brokers.ConnectAsync("real"); // the embedded cluster creates every topic that somebody asks for
        var (consumer, _) = Join(place, place.Settings.Topics.Of("nowhere"), settings => settings with { TopicGrace = TimeSpan.FromSeconds(1) });
        var failure = Assert.Throws<KafkaFailureException>(() => Polling.Until(() => false, Limit, consumer));
        Assert.Equal(KafkaFailureKind.UnknownTopic, failure.Kind);
        Assert.Contains("nowhere does not exist", failure.Message, StringComparison.Ordinal);
        consumer.Dispose();
    }

    [Fact]
    public async Task B1_A_topic_that_was_gone_for_a_moment_does_not_end_the_consumer()
    {
        var place = await brokers.ConnectAsync("real");
        var topic = await place.TopicAsync("work.w", 1);
        var grace = TimeSpan.FromSeconds(1);
        var (consumer, member) = Join(place, topic, settings => settings with { FixedPartitions = [0], TopicGrace = grace });
        place.Fill(topic, 1, 10);
        Polling.Until(() => member.Records.Count == 10, Limit, consumer);
        await place.DeleteAsync(topic);
        PollFor(grace / 4);
        await place.TopicAsync("work.w", 1);
        place.Fill(topic, 1, 5, from: 100); // fewer than before: a log that is as long as the former one looks to the client as if it were that
        Polling.Until(() => member.Records.Count == 15, Limit, consumer);
        PollFor(3 * grace);
        Assert.Equal(Enumerable.Range(100, 5), member.Records.Select(record => record.Value).Where(value => value >= 100));
        consumer.Close();

        void PollFor(TimeSpan time)
        {
            var began = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(began) < time) consumer.Poll(TimeSpan.FromMilliseconds(10));
        }
    }

    [Fact]
    public async Task Commits_that_fail_are_repeated_and_a_broker_that_is_away_is_waited_for()
    {
        const short offsetCommit = 8;
        using var cluster = new EmbeddedCluster();
        var place = new TestBroker(KafkaSettings.ForEmbedded(cluster) with { Prefix = "own." }, cluster);
        var topic = await place.TopicAsync("requests", 1);
        place.Fill(topic, 1, 10);
        var (consumer, member) = Join(place, topic);
        Polling.Until(() => member.Assigned.Count == 1, Limit, consumer);
        cluster.FailRequests(
            offsetCommit, ErrorCode.RequestTimedOut, ErrorCode.NotCoordinatorForGroup, ErrorCode.RequestTimedOut, ErrorCode.GroupLoadInProgress);
        Polling.Until(() => member.Records.Count == 10, Limit, consumer);
        UntilCommitted(place, topic, [10], consumer);
        cluster.StopBroker(1);
        for (var i = 0; i < 30; i++) consumer.Poll(TimeSpan.FromMilliseconds(10));
        cluster.StartBroker(1);
        place.Fill(topic, 1, 10, from: 10);
        Polling.Until(() => member.Records.Count == 20, Limit, consumer);
        consumer.Close();
        Assert.Equal([20L], Committed(place, topic, 1));
    }

    [Fact]
    public async Task Closing_without_a_broker_takes_bounded_time()
    {
        using var cluster = new EmbeddedCluster();
        var place = new TestBroker(KafkaSettings.ForEmbedded(cluster) with { Prefix = "own." }, cluster);
        var topic = await place.TopicAsync("requests", 1);
        place.Fill(topic, 1, 10);
        var (consumer, member) = Join(place, topic, settings => settings with { CommitInterval = TimeSpan.FromMinutes(1) });
        Polling.Until(() => member.Records.Count == 10, Limit, consumer);
        cluster.StopBroker(1);
        await Task.Run(consumer.Close).WaitAsync(TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task A_static_member_that_crashed_gets_its_partitions_back_without_waiting()
    {
        var (place, topic) = await PlaceAsync("real", GroupProtocol.Classic, partitions: 1);
        place = place with { Settings = place.Settings with { StaticMemberId = "scheduler-1", SessionTimeout = TimeSpan.FromSeconds(30) } };
        place.Fill(topic, 1, 10);
        var (first, one) = Join(place, topic);
        Polling.Until(() => one.Records.Count == 10, Limit, first);
        UntilCommitted(place, topic, [10], first);
        first.Dispose();
        var (second, two) = Join(place, topic);
        Polling.Until(() => two.Assigned.Count == 1, TimeSpan.FromSeconds(15), second);
        Assert.Equal(10, two.Assigned.Single().Committed);
        second.Close();
    }

    [Fact]
    public async Task Two_processes_with_one_static_member_id_end_one_of_them()
    {
        var (place, topic) = await PlaceAsync("real", GroupProtocol.Classic, partitions: 1);
        place = place with { Settings = place.Settings with { StaticMemberId = "scheduler-1" } };
        var (first, one) = Join(place, topic);
        Polling.Until(() => one.Assigned.Count == 1, Limit, first);
        var (second, two) = Join(place, topic);
        var failure = Assert.Throws<KafkaFailureException>(() => Polling.Until(() => false, Limit, first, second));
        Assert.Equal(KafkaFailureKind.Fenced, failure.Kind);
        Assert.Contains("static-member-id", failure.Message, StringComparison.Ordinal);
        first.Dispose();
        Polling.Until(() => two.Assigned.Count == 1, Limit, second);
        second.Close();
    }

    [Fact]
    public async Task An_exception_of_the_application_comes_out_of_the_poll()
    {
        var (place, topic) = await PlaceAsync("embedded", GroupProtocol.Classic, partitions: 1);
        place.Fill(topic, 1, 1);
        var (consumer, member) = Join(place, topic);
        member.FinishesAtOnce = _ => throw new InvalidDataException("a bug");
        Assert.Equal("a bug", Assert.Throws<InvalidDataException>(() => Polling.Until(() => false, Limit, consumer)).Message);
        consumer.Dispose();
    }

    private async Task<(TestBroker Place, string Topic)> PlaceAsync(string broker, GroupProtocol protocol, int partitions)
    {
        var place = await brokers.ConnectAsync(broker);
        place = place with { Settings = place.Settings with { GroupProtocol = protocol, SessionTimeout = TimeSpan.FromSeconds(2) } };
        return (place, await place.TopicAsync("requests", partitions));
    }

    // The embedded cluster refuses commits while a classic group rebalances (EmbeddedCluster), so its hand-overs may repeat records.
    private static bool HandsOverExactly(string broker, GroupProtocol protocol) => broker == "real" || protocol == GroupProtocol.Consumer;

    private static (GroupConsumer Consumer, RecordingMember Member) Join(
        TestBroker place, string topic, Func<GroupConsumerSettings, GroupConsumerSettings>? change = null, Conditions? conditions = null)
    {
        var settings = new GroupConsumerSettings
        {
            Group = place.Settings.Group("scheduler"), Topic = topic, CommitInterval = TimeSpan.FromMilliseconds(50),
            DrainTimeout = TimeSpan.FromMilliseconds(500),
        };
        var member = new RecordingMember();
        member.Consumer = new GroupConsumer(place.Settings, change?.Invoke(settings) ?? settings, member, TestBroker.Loggers, TimeProvider.System, conditions);
        return (member.Consumer, member);
    }

    private static async Task DeleteAsync(TestBroker place, params TopicPartitionOffset[] before)
    {
        using var admin = new AdminClientBuilder(place.Settings.Admin()).SetLogHandler((_, _) => { }).Build();
        await admin.DeleteRecordsAsync(before);
    }

    private static long[] Committed(TestBroker place, string topic, int partitions)
    {
        var config = new ConsumerConfig { BootstrapServers = place.Settings.BootstrapServers, GroupId = place.Settings.Group("scheduler") };
        using var observer = new ConsumerBuilder<Ignore, Ignore>(config).SetLogHandler((_, _) => { }).Build();
        var positions = observer.Committed(Enumerable.Range(0, partitions).Select(partition => new TopicPartition(topic, partition)), TimeSpan.FromSeconds(10));
        return [.. positions.OrderBy(position => position.Partition.Value).Select(position => position.Offset.Value)];
    }

    private static void UntilCommitted(TestBroker place, string topic, long[] expected, GroupConsumer consumer)
    {
        for (var began = TimeProvider.System.GetTimestamp(); ;)
        {
            for (var i = 0; i < 10; i++) consumer.Poll(TimeSpan.FromMilliseconds(10));
            var committed = Committed(place, topic, expected.Length);
            if (committed.SequenceEqual(expected)) return;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, $"committed is {string.Join(' ', committed)}");
        }
    }

    private static async Task Until(Func<bool> condition)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !condition();)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
