using Microsoft.Extensions.Time.Testing;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Schedulers;

namespace StreamSched.IntegrationTests;

public class SchedulerProducersTests(BrokerFixture brokers)
{
    [Fact]
    public async Task B6_Topics_of_workers_that_are_gone_are_not_kept_for_ever()
    {
        TestBroker place = await brokers.ConnectAsync("embedded");
        string prefix = place.Settings.Topics.Work("gone");
        FakeTimeProvider time = new();
        using SchedulerProducers producers = new(
            place.Settings with { DeliveryTimeout = TimeSpan.FromSeconds(1) }, new BatchingRule(), TestBroker.Loggers, time,
            (_, _, _, _, _) => { }, (_, _) => { });
        for (int i = 0; i < SchedulerProducers.MostIdleTopics; i++) producers.Work($"gone{i}", "k"u8, "v"u8, default, 1);
        producers.Work("lives", "k"u8, "v"u8, default, 1);
        UpdateRates();
        Assert.Equal(SchedulerProducers.MostIdleTopics + 1, producers.WorkTopics);
        Assert.Equal(SchedulerProducers.MostIdleTopics, MessagingInstruments.Counted.Count(t => t.StartsWith(prefix, StringComparison.Ordinal)));
        time.Advance(SchedulerProducers.IdleAfter);
        producers.Work("lives", "k"u8, "v"u8, default, 1);
        UpdateRates();
        Assert.Equal(0, producers.WorkTopics);
        producers.Work("lives", "k"u8, "v"u8, default, 1);
        Assert.Equal(1, producers.WorkTopics);
        Polling.Until(
            () =>
            {
                UpdateRates();
                return producers.Ending == 0 && !MessagingInstruments.Counted.Any(t => t.StartsWith(prefix, StringComparison.Ordinal));
            },
            TimeSpan.FromSeconds(30));
        Assert.Contains(place.Settings.Topics.Work("lives"), MessagingInstruments.Counted);

        void UpdateRates()
        {
            time.Advance(new BatchingRule().Period);
            producers.UpdateRates();
        }
    }
}
