using System.Text;
using Confluent.Kafka;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.DeadLetters;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Topics;

namespace StreamSched.IntegrationTests;

public class DeadLettersTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task A_dead_letter_keeps_everything_and_goes_back_where_it_came_from(string broker)
    {
        var place = await brokers.ConnectAsync(broker);
        var requests = await place.TopicAsync(TopicCatalogue.Requests, 3);
        await place.TopicAsync(TopicCatalogue.DeadLetters, 1);
        var delivered = new TaskCompletionSource<long>();
        using var producer = place.Producer((_, _, _, token, _) => delivered.TrySetResult(token));
        await producer.ProduceAsync(producer.Topic(requests), 2, "camera-7"u8.ToArray(), [0xde, 0xad], new Headers { { "app", "x"u8.ToArray() } });

        using var reader = new TopicReader(place.Settings, TestBroker.Loggers, TimeProvider.System, requests, withHeaders: true);
        reader.FollowAll(place.Settings, requests);
        reader.CatchUp(
            (in ReceivedRecord record) =>
                Assert.Null(DeadLetterStore.Send(producer, place.Settings, record, "unknown fingerprint", token: 9, TestBroker.Loggers)), Limit);
        Assert.Equal(9, await delivered.Task.WaitAsync(Limit));

        var letter = Assert.Single(DeadLetterStore.List(place.Settings, TestBroker.Loggers, TimeProvider.System, Limit));
        Assert.Equal("unknown fingerprint", letter.Reason);
        Assert.Equal((requests, 2, 0L), (letter.Topic, letter.Partition, letter.SourceOffset));
        Assert.Equal("camera-7", Encoding.UTF8.GetString(letter.Key!));
        Assert.Equal([0xde, 0xad], letter.Value!);
        Assert.Equal("app", Assert.Single(letter.Headers).Key);

        Assert.Equal(1, await DeadLetterStore.ReplayAsync(producer, letter));
        var again = 0;
        using var second = new TopicReader(place.Settings, TestBroker.Loggers, TimeProvider.System, requests, withHeaders: true);
        second.Follow(requests, 2, from: 1);
        second.CatchUp((in ReceivedRecord record) =>
        {
            again++;
            Assert.Equal("camera-7", Encoding.UTF8.GetString(record.Key));
            Assert.Equal([0xde, 0xad], record.Value.ToArray());
            Assert.Equal("app", Assert.Single(record.Headers!).Key);
        }, Limit);
        Assert.Equal(1, again);
    }

    [Fact]
    public async Task A_foreign_record_among_the_dead_letters_is_shown_and_cannot_be_replayed()
    {
        var place = await brokers.ConnectAsync("embedded");
        var topic = await place.TopicAsync(TopicCatalogue.DeadLetters, 1);
        using var producer = place.Producer();
        await producer.ProduceAsync(
            producer.Topic(topic), 0, null, [1],
            new Headers { { DeadLetterStore.PartitionHeader, "99999999999"u8.ToArray() }, { DeadLetterStore.OffsetHeader, null! } });
        var letter = Assert.Single(DeadLetterStore.List(place.Settings, TestBroker.Loggers, TimeProvider.System, Limit));
        Assert.Equal(("", -1, -1L), (letter.Topic, letter.Partition, letter.SourceOffset));
        await Assert.ThrowsAsync<KafkaFailureException>(() => DeadLetterStore.ReplayAsync(producer, letter));
    }
}
