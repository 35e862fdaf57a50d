using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests;

/// <summary>What is thrown inside a client's call-back ends the poll, and the client can be ended afterwards.</summary>
public class CallbackTests(BrokerFixture brokers)
{
    private const string Mishap = "on purpose";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static TheoryData<string, GroupProtocol, string> GroupCallbacks
    {
        get
        {
            TheoryData<string, GroupProtocol, string> cases = [];
            foreach (string callback in (string[])["assigned", "revoked", "draining"])
            {
                foreach (string broker in (string[])["embedded", "real"])
                    foreach (GroupProtocol protocol in (GroupProtocol[])[GroupProtocol.Classic, GroupProtocol.Consumer]) cases.Add(broker, protocol, callback);
            }

            cases.Add("embedded", GroupProtocol.Classic, "lost");
            cases.Add("real", GroupProtocol.Classic, "lost");
            return cases;
        }
    }

    [Theory, MemberData(nameof(GroupCallbacks))]
    public async Task B2_An_exception_in_a_call_back_of_the_group_ends_the_poll_and_the_consumer_ends(string broker, GroupProtocol protocol, string callback)
    {
        TestBroker place = await brokers.ConnectAsync(broker);
        place = place with { Settings = place.Settings with { GroupProtocol = protocol } };
        if (callback == "lost")
            place = place with
            {
                Settings = place.Settings with
                {
                    SessionTimeout = TimeSpan.FromSeconds(1),
                    Properties = new Dictionary<string, string> { ["max.poll.interval.ms"] = "1500" },
                },
            };
        string topic = await place.TopicAsync("requests", 2);
        place.Fill(topic, 2, 20);
        (GroupConsumer first, RecordingMember one) = Join(place, topic);
        if (callback == "assigned") one.WhenAssigned = Throw;
        if (callback == "draining") (one.FinishesAtOnce, one.WhileDraining) = (_ => false, _ => Throw());
        if (callback is "revoked" or "lost") one.WhenRevoked = Throw;
        InvalidOperationException thrown;
        if (callback == "assigned")
        {
            thrown = Assert.Throws<InvalidOperationException>(() => Polling.Until(() => false, Limit, first));
            Assert.Empty(one.Records); // nothing of partitions that could not be taken
        }
        else
        {
            Polling.Until(() => one.Records.Count == 20, Limit, first);
            (GroupConsumer second, _) = Join(place, topic);
            using Polling.Background running = Polling.InBackground(second);
            if (callback == "lost") await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System); // without a poll
            thrown = Assert.Throws<InvalidOperationException>(() => Polling.Until(() => false, Limit, first));
            await running.StopAsync();
        }

        Assert.Equal(Mishap, thrown.Message);
        await Task.Run(first.Dispose).WaitAsync(Limit);

        if (broker == "embedded" && protocol == GroupProtocol.Consumer) return; // the embedded cluster may wait for its session all the same

        // The group goes on without it, and does not wait until its session is over, which would be 45 s with KIP-848's protocol.
        (GroupConsumer heir, RecordingMember two) = Join(place, topic);
        Polling.Until(() => two.Assigned.Count == 2, Limit, heir);
        heir.Close();
    }

    [Theory]
    [InlineData("consumer")]
    [InlineData("reader")]
    [InlineData("producer")]
    [InlineData("bulk producer")]
    public async Task B2_An_exception_while_a_line_or_an_error_is_taken_in_ends_the_client(string kind)
    {
        KafkaSettings nobody = new() { BootstrapServers = $"127.0.0.1:{Telemetry.RunningProgram.FreePorts(1)[0]}", Prefix = "own." };
        ThrowingLog log = new();
        if (kind == "consumer")
        {
            GroupConsumer consumer = new(nobody, new GroupConsumerSettings { Group = "g", Topic = "t" }, new RecordingMember(), log, TimeProvider.System);
            Assert.Equal(Mishap, Assert.Throws<InvalidOperationException>(() => Polling.Until(() => false, Limit, consumer)).Message);
            await Task.Run(consumer.Dispose).WaitAsync(Limit);
        }
        else if (kind == "reader")
        {
            TopicReader reader = new(nobody, log, TimeProvider.System);
            Assert.Equal(Mishap, Assert.Throws<InvalidOperationException>(() => reader.Follow("t", 0)).Message);
            await Task.Run(reader.Dispose).WaitAsync(Limit);
        }
        else if (kind == "producer")
        {
            RecordProducer producer = new(nobody, log, TimeProvider.System);
            await Until(() => producer.Failure is not null);
            Assert.Equal(KafkaFailureKind.Callback, producer.Failure!.Kind);
            Assert.Contains(Mishap, producer.Failure.Message, StringComparison.Ordinal);
            await Task.Run(producer.Dispose).WaitAsync(Limit);
        }
        else
        {
            BulkProducer producer = new(nobody, log, TimeProvider.System);
            await Until(() => producer.Failure is not null);
            Assert.Equal(KafkaFailureKind.Callback, producer.Failure!.Kind);
            await Task.Run(producer.Dispose).WaitAsync(Limit);
        }
    }

    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B2_An_exception_in_a_delivery_report_is_the_producers_failure(string broker)
    {
        TestBroker place = await brokers.ConnectAsync(broker);
        string topic = await place.TopicAsync("reports", 1);
        RecordProducer producer = place.Producer((_, _, _, _, _) => Throw());
        Assert.Null(producer.Produce(producer.Topic(topic), 0, default, "x"u8, token: 1));
        await Until(() => producer.Failure is not null);
        Assert.Equal(KafkaFailureKind.Callback, producer.Failure!.Kind);
        Assert.Throws<KafkaFailureException>(() => producer.Produce(producer.Topic(topic), 0, default, "x"u8, token: 2));
        await Task.Run(producer.Dispose).WaitAsync(Limit);
    }

    // In a process of its own, which takes with it the clients that are abandoned in it: they spin as long as they are there.
    [Fact]
    public async Task B2_A_call_back_that_never_returns_does_not_keep_a_process_from_ending_its_clients()
    {
        Components.Require("kafka");
        await using Telemetry.RunningProgram process = new(
            Environment.ProcessPath!, new Dictionary<string, string>(), "-noColor", "-explicit", "only", "-class", typeof(CallbackTests).FullName!);
        Assert.True(await process.EndAsync(4 * Limit) == 0, process.Output);
        Match summary = Regex.Match(process.Output, @"Total: (\d+), Errors: 0, Failed: 0, Skipped: 0, Not Run: (\d+)");
        Assert.True(summary.Success, process.Output);
        Assert.Equal(
            BrokerFixture.Both.Count,
            int.Parse(summary.Groups[1].ValueSpan, CultureInfo.InvariantCulture) - int.Parse(summary.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
    }

    [Theory(Explicit = true), MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B2_A_call_back_that_never_returns_does_not_keep_its_client_from_being_ended(string broker)
    {
        TestBroker place = await brokers.ConnectAsync(broker);
        string topic = await place.TopicAsync("requests", 1);
        place.Fill(topic, 1, 1);
        using ManualResetEventSlim inside = new();
        ManualResetEventSlim never = new(); // it never is: what is abandoned stays abandoned until the process ends
        RecordProducer producer = place.Producer((_, _, _, _, _) => Block());
        producer.Produce(producer.Topic(topic), 0, default, "x"u8, token: 1);
        await Task.Run(() => inside.Wait(Limit));
        await Task.Run(producer.Dispose).WaitAsync(Limit);
        inside.Reset();

        (GroupConsumer consumer, RecordingMember member) = Join(place, topic);
        member.WhenAssigned = Block;
        Thread polling = new(() =>
        {
            try
            {
                while (true) consumer.Poll(TimeSpan.FromMilliseconds(50));
            }
            catch (ObjectDisposedException)
            {
            }
        })
        { IsBackground = true };
        polling.Start();
        Assert.True(inside.Wait(Limit));
        await Task.Run(consumer.Dispose).WaitAsync(Limit);

        void Block()
        {
            inside.Set();
            never.Wait();
        }
    }

    private static void Throw() => throw new InvalidOperationException(Mishap);

    private static (GroupConsumer Consumer, RecordingMember Member) Join(TestBroker place, string topic)
    {
        RecordingMember member = new();
        GroupConsumerSettings settings = new() { Group = place.Settings.Group("g"), Topic = topic, DrainTimeout = TimeSpan.FromSeconds(2) };
        member.Consumer = new GroupConsumer(place.Settings, settings, member, TestBroker.Loggers, TimeProvider.System);
        return (member.Consumer, member);
    }

    private static async Task Until(Func<bool> condition)
    {
        for (long began = Stopwatch.GetTimestamp(); !condition();)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Limit);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    private sealed class ThrowingLog : ILogger, ILoggerFactory
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Throw();
    }
}
