using System.Text;
using System.Text.Json;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Topics;
using StreamSched.Learners;
using StreamSched.Rollouts;
using StreamSched.Schedulers;

namespace StreamSched.IntegrationTests.Learners;

/// <summary>The learner against brokers: what it writes, what it goes on with, and what does not disturb it.</summary>
public class LearnerTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task L2_Every_decision_becomes_one_experience_and_the_devices_word_corrects_it(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        await place.WorkerAsync();
        await place.SchedulerAsync();
        await using Running learner = await Running.StartAsync(place);
        InferenceRequest[] requests = [.. Enumerable.Range(0, 40).Select(i => Installation.Request($"cam-{i % 4}"))];
        IReadOnlyList<InferenceResult> results = await place.AskAsync(requests);

        // Right, wrong, rated, twice, and in another device's name; and what cannot be read.
        await place.TellAsync(requests[0], label: results[0].Output!.Label);
        await place.TellAsync(requests[1], label: results[1].Output!.Label + 1);
        await place.TellAsync(requests[2], rating: 0.25);
        await place.TellAsync(requests[2], rating: 0.25);
        await place.TellAsync(requests[3], label: 1, device: "somebody-else");
        await place.TellAsync(requests[4], rating: double.NaN);
        Dictionary<(Guid Id, int Revision), Experience> found = await ExperienceAsync(place, 43);

        foreach ((InferenceRequest request, InferenceResult result) in requests.Zip(results))
        {
            Experience joined = found[(request.Id, 0)];
            Assert.Equal((JoinState.Joined, request.Device, "digits", ResultStatus.Ok), (joined.JoinState, joined.Device, joined.Task, joined.Status));
            Assert.Equal(("s1", "edge-1", "digits-xs", 1), (joined.Scheduler, joined.Worker, joined.Variant, joined.Attempt));
            Assert.Equal((request.Created, result.Finished - request.Created), (joined.Created, joined.LatencyMicros));
            Assert.Equal(request.Site, joined.Site);
            Assert.Equal((24, 3, (string?)null), (joined.Features.Length, joined.FeatureLayout, joined.SkipLearn));
            Assert.Equal(result.Accuracy!.Value, joined.Utility, 6);
            Assert.Equal(joined.Utility - joined.Price, joined.NetUtility, 9);
            Assert.NotNull(joined.Prediction);
        }

        Assert.Equal((1.0, 0.0), (found[(requests[0].Id, 1)].Utility, found[(requests[1].Id, 1)].Utility));
        Assert.Equal((JoinState.Revised, 0.25, 0), (found[(requests[2].Id, 1)].JoinState, found[(requests[2].Id, 1)].Rating!.Value,
            found[(requests[2].Id, 1)].Features.Length));
        await Installation.Until(() => learner.Role.Sum(c => c.RepeatedFeedback) == 1);
        Assert.False(learner.Ended.IsCompleted);
    }

    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task U5_L4_A_variant_that_labels_find_wrong_at_a_site_is_refused_for_its_devices_alone(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        await place.WorkerAsync();
        SchedulerRole scheduler = await place.SchedulerAsync();
        await using Running learner = await Running.StartAsync(place);
        InferenceRequest[] requests = [.. Enumerable.Range(0, 160).Select(i => From(Installation.Request($"cam-{i % 8}"), i % 2 == 0 ? "yard" : "hall"))];
        IReadOnlyList<InferenceResult> results = await place.AskAsync(requests);
        float registered = (float)results[0].Accuracy!.Value;
        await Installation.Until(() => learner.Role.Learning?.Learner is not null, learner.Ended); // a scheduler has said what it serves
        foreach ((InferenceRequest request, InferenceResult result) in requests.Zip(results))
            await place.TellAsync(request, label: request.Site == "yard" ? result.Output!.Label + 1 : result.Output!.Label);

        float demanded = registered - 0.1f;
        InferenceRequest Demanding() => With(From(Installation.Request(), "yard"), demanded);
        await UntilAnswered(ResultStatus.Rejected);
        Cli shown = await Cli.RunAsync(place.Broker, "policy", "rollout", "--json");
        JsonElement estimate = Assert.Single(
            shown.Json.GetProperty("accuracies").EnumerateArray(),
            e => e.GetProperty("site").GetString() == "plant" && e.GetProperty("origin").GetString() == "yard");
        Assert.Equal("digits-xs", estimate.GetProperty("variant").GetString());
        Assert.True(estimate.GetProperty("mean").GetDouble() < 0.2);
        InferenceRequest patient = From(Installation.Request(), "yard"), other = With(From(Installation.Request(), "hall"), demanded);
        Assert.Equal(ResultStatus.Ok, Assert.Single(await place.AskAsync(patient)).Status); // who demands nothing is served
        Assert.Equal(ResultStatus.Ok, Assert.Single(await place.AskAsync(other)).Status);

        async Task UntilAnswered(ResultStatus status)
        {
            for (int i = 0; ; i++)
            {
                InferenceResult result = Assert.Single(await place.AskAsync(Demanding()));
                if (result.Status == status && (status != ResultStatus.Rejected || result.Reason == "accuracy")) return;
                Assert.True(i < 100, $"{result.Status} ({result.Reason})");
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }

        static InferenceRequest From(InferenceRequest request, string site)
        {
            request.Site = site;
            return request;
        }

        static InferenceRequest With(InferenceRequest request, float minAccuracy)
        {
            request.MinAccuracy = minAccuracy;
            return request;
        }
    }

    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Schedulers_serve_the_arm_of_each_window_and_say_so(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        await place.WorkerAsync();
        SchedulerRole scheduler = await place.SchedulerAsync();
        Cli use = await Cli.RunAsync(place.Broker, "policy", "use", "earliest-finish", "--json");
        Assert.Equal(0, use.ExitCode);
        await Installation.Until(() => scheduler.Scheduler.Policy == "earliest-finish");
        PolicySnapshot child = new() { Name = "price", Kind = "price", Version = 1, Parent = PolicyDigest.Of("earliest-finish") };
        child.Digest = PolicyRecords.DigestOf(child);
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        RolloutStep trial = new()
        {
            Sequence = 2, At = now, State = RolloutState.Trial, Challenger = PolicyRecords.ReferenceTo(child), By = "a test",
            Champion = new PolicyReference { Name = "earliest-finish", Version = 1, Digest = PolicyDigest.Of("earliest-finish") },
            Windows = new WindowPlan { Start = now, End = now + 6_000_000, LengthMicros = 500_000, Share = 0.5, Seed = 7 },
        };
        using (RecordProducer producer = place.Broker.Producer())
        {
            ProducerTopic policies = producer.Topic(place.Broker.Settings.Topics.Of(TopicCatalogue.Policies));
            await producer.ProduceAsync(policies, -1, Encoding.UTF8.GetBytes("price/1"), child.ToFramed());
            await producer.ProduceAsync(policies, -1, Encoding.UTF8.GetBytes("rollout"), trial.ToFramed());
        }

        for (int i = 0; !Alone(); i++) await place.AskAsync(Installation.Request($"cam-{i % 4}"));
        await Installation.Until(Alone);
        await place.AskAsync(Installation.Request());
        Core.Rollouts.WindowPlan plan = PolicyRecords.WindowsOf(trial)!;
        SchedulingDecision[] decisions = [.. Decisions(place).Where(d => d.At > now + 500_000)];
        Assert.All(decisions, d =>
        {
            // Within 30 ms of a border the record's instant may be beyond it.
            long into = (d.At - plan.Start) % plan.Length;
            if (into is < 30_000 or > 470_000) return;
            Assert.Equal(((int)plan.At(d.At).Arm, plan.At(d.At).Window), ((int)d.Arm, (int)d.Window));
            Assert.Equal(d.Arm == PolicyArm.Challenger ? "price" : "earliest-finish", d.Policy);
            if (d.Arm == PolicyArm.Challenger) Assert.NotNull(d.Full);
        });
        Assert.Contains(decisions, d => d.Arm == PolicyArm.Challenger);
        Assert.Contains(decisions, d => d is { Arm: PolicyArm.Champion, Window: >= 0 });
        Assert.Equal((PolicyArm.Champion, -1L), (decisions[^1].Arm, decisions[^1].Window)); // the plan is over, though nobody said so

        bool Alone() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000 > now + 6_100_000;
    }

    [Fact]
    public async Task A_successor_writes_nothing_twice_and_revises_what_its_predecessor_joined()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("real"));
        await place.WorkerAsync();
        await place.SchedulerAsync();
        InferenceRequest[] requests = [.. Enumerable.Range(0, 20).Select(i => Installation.Request($"cam-{i}"))];
        await using (Running first = await Running.StartAsync(place))
        {
            IReadOnlyList<InferenceResult> results = await place.AskAsync(requests);
            await ExperienceAsync(place, 20);
        }

        // Another died in the midst of a long transaction: its records are in the log, and nobody may see them.
        using (TransactionalProducer dying = new(
            place.Broker.Settings, place.Broker.Settings.Group(LearnerRole.Name), place.Broker.Settings.Group(LearnerRole.Name), TestBroker.Loggers,
            TimeProvider.System))
        {
            dying.Start();
            for (int i = 0; i < 400; i++)
                dying.Produce(place.Broker.Settings.Topics.Of(TopicCatalogue.Experience), i % 2, [1], new Experience { Device = "ghost" }.ToFramed());
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System); // until they are there
        }

        await using Running second = await Running.StartAsync(place);
        await place.TellAsync(requests[7], rating: 1);
        await place.AskAsync(Installation.Request("cam-late"));
        Dictionary<(Guid Id, int Revision), Experience> found = await ExperienceAsync(place, 22);
        Assert.Equal(1.0, found[(requests[7].Id, 1)].Rating);
        Assert.Equal(1, second.Role.Sum(c => c.Joined));
    }

    [Fact]
    public async Task Of_two_learners_the_later_goes_on_and_the_earlier_says_why_it_ends()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("real"));
        await place.WorkerAsync();
        await place.SchedulerAsync();
        await using Running first = await Running.StartAsync(place);
        await place.AskAsync(Installation.Request());
        await ExperienceAsync(place, 1);
        await using Running second = await Running.StartAsync(place);
        await place.AskAsync(Installation.Request());
        KafkaFailureException failure = await Assert.ThrowsAsync<KafkaFailureException>(() => first.Ended.WaitAsync(Limit));
        Assert.Equal(KafkaFailureKind.Fenced, failure.Kind);
        Assert.Contains("learner", failure.Message, StringComparison.Ordinal);
        await place.AskAsync(Installation.Request());
        Assert.Equal(3, (await ExperienceAsync(place, 3)).Count);
        Assert.False(second.Ended.IsCompleted);
    }

    [Fact]
    public async Task Garbage_results_of_unknown_requests_and_odd_clocks_are_counted_and_change_nothing()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("real"));
        await place.WorkerAsync();
        await place.SchedulerAsync();
        await using Running learner = await Running.StartAsync(place);
        using RecordProducer producer = place.Broker.Producer();
        TopicNames topics = place.Broker.Settings.Topics;
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        async Task Forge(string topic, byte[] value) => await producer.ProduceAsync(producer.Topic(topic), 0, Encoding.UTF8.GetBytes("x"), value);

        await Forge(topics.Decisions, [1, 2, 3]);
        await Forge(topics.Decisions, new SchedulingDecision { Device = "d", Scheduler = "s1", At = now, Propensity = double.NaN }.ToFramed());
        await Forge(topics.Decisions, new SchedulingDecision
        {
            Id = Guid.NewGuid(), Device = "d", Scheduler = "s1", At = now + 80_000_000_000, Deadline = now + 80_000_000_000, Propensity = 1,
        }.ToFramed());
        await Forge(topics.Results, [0xC3, 1]);
        await Forge(topics.Results, new InferenceResult { Id = Guid.NewGuid(), Device = "nobody", Created = now, Deadline = now, Finished = now }.ToFramed());
        await Forge(topics.Of(TopicCatalogue.Feedback), new Feedback { Device = "d", Rating = 7 }.ToFramed());
        InferenceRequest request = Installation.Request();
        await place.AskAsync(request);
        Assert.Equal(request.Id, Assert.Single(await ExperienceAsync(place, 1)).Key.Id);
        Assert.False(learner.Ended.IsCompleted);
        Assert.Equal(2, learner.Role.OpenCount); // the forged decision and the forged result
    }

    private static List<SchedulingDecision> Decisions(Installation place)
    {
        string topic = place.Broker.Settings.Topics.Decisions;
        List<SchedulingDecision> found = [];
        using TopicReader reader = new(place.Broker.Settings, TestBroker.Loggers, TimeProvider.System, topic);
        reader.FollowAll(place.Broker.Settings, topic);
        reader.CatchUp(
            (in ReceivedRecord record) =>
            {
                Assert.True(SchedulingDecision.TryDecodeFramed(record.Value, out SchedulingDecision? decision, out var fault), fault.ToString());
                found.Add(decision);
            },
            Limit);
        return [.. found.OrderBy(d => d.At)];
    }

    // All that is in the topic, once there is as much as expected; nothing of it twice.
    private static async Task<Dictionary<(Guid Id, int Revision), Experience>> ExperienceAsync(Installation place, int count)
    {
        string topic = place.Broker.Settings.Topics.Of(TopicCatalogue.Experience);
        Dictionary<(Guid, int), Experience> found = [];
        using TopicReader reader = new(place.Broker.Settings, TestBroker.Loggers, TimeProvider.System, topic);
        reader.FollowAll(place.Broker.Settings, topic);
        await Installation.Until(() =>
        {
            Poll(TimeSpan.FromMilliseconds(50));
            return found.Count >= count;
        });

        // What comes once more comes within a commit or two.
        for (int i = 0; i < 6; i++) Poll(TimeSpan.FromMilliseconds(100));
        Assert.Equal(count, found.Count);
        return found;

        void Poll(TimeSpan wait) => reader.Poll(wait, (in ReceivedRecord record) =>
        {
            Assert.True(Experience.TryDecodeFramed(record.Value, out Experience? experience, out var fault), fault.ToString());
            Assert.Null(experience.RangeFault());
            Assert.True(found.TryAdd((experience.Id, experience.Revision), experience), "twice");
        });
    }

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();

        private Running(Installation place)
        {
            Role = new LearnerRole(place.Broker.Settings, new LearnerRoleSettings { Id = "l1" }, TestBroker.Loggers, TimeProvider.System);
            Ended = Task.Factory.StartNew(() => Role.Run(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        public LearnerRole Role { get; }

        public Task Ended { get; }

        public static async Task<Running> StartAsync(Installation place)
        {
            Running running = new(place);
            await Installation.Until(() => running.Role.NotReady is null, running.Ended);
            return running;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAny(Ended, Task.Delay(Limit, TimeProvider.System));
            Role.Dispose();
            _stop.Dispose();
        }
    }
}
