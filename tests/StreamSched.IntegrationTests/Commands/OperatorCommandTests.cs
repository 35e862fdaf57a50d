using System.Text;
using System.Text.Json;
using StreamSched.Avro.Records;
using StreamSched.Core.Serving;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.DeadLetters;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Topics;
using StreamSched.Workers;

namespace StreamSched.IntegrationTests.Commands;

public class OperatorCommandTests(BrokerFixture brokers)
{
    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Status_shows_workers_schedulers_lag_policy_and_dead_letters(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        await place.WorkerAsync("edge-1", slowdown: 3);
        await place.SchedulerAsync();
        Assert.All(await place.AskAsync(Installation.Request(), Installation.Request("cam-2")), result => Assert.Equal(ResultStatus.Ok, result.Status));
        await Installation.Until(() => GroupLag.Read(
            place.Broker.Settings, place.Broker.Settings.Group("scheduler"), [place.Broker.Settings.Topics.Requests], TestBroker.Loggers).Sum(l => l.Lag) == 0);

        Cli json = await Cli.RunAsync(place.Broker, "status", "--json");
        Assert.True(json.ExitCode == 0, json.Output + json.Error);
        JsonElement worker = Assert.Single(json.Json.GetProperty("workers").EnumerateArray());
        Assert.Equal(("edge-1", "ready", true), (worker.GetProperty("id").GetString(), worker.GetProperty("state").GetString(),
            worker.GetProperty("emulated").GetBoolean()));
        JsonElement scheduler = Assert.Single(json.Json.GetProperty("schedulers").EnumerateArray());
        Assert.Equal(("s1", true, 1f, "price"), (scheduler.GetProperty("id").GetString(), scheduler.GetProperty("live").GetBoolean(),
            scheduler.GetProperty("share").GetSingle(), scheduler.GetProperty("policy").GetString()));
        Assert.Equal(4, json.Json.GetProperty("lag").GetArrayLength()); // two partitions of requests, two of results
        Assert.Equal(0, json.Json.GetProperty("deadLetters").GetInt64());
        Assert.True(json.Json.GetProperty("topics").GetProperty("usable").GetBoolean());

        Cli text = await Cli.RunAsync(place.Broker, "status");
        foreach (string expected in (string[])["edge-1", "emulated, 3 × slower", "s1", "100", "lag on requests",
            "each scheduler uses its own --policy", "dead letters"])
            Assert.Contains(expected, text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_of_a_worker_with_noise_scatter_by_as_much_and_are_shown_as_emulated()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("embedded"));
        await place.WorkerAsync("edge-1", slowdown: 8_000, new ServiceNoise(0.6, Exponential: false)); // some 10 ms, beside which hiccups are little
        await place.SchedulerAsync();
        List<double> logarithms = [];
        for (int i = 0; i < 40; i++)
        {
            InferenceResult result = Assert.Single(await place.AskAsync(Installation.Request()));
            Assert.Equal((ResultStatus.Ok, 8_000f), (result.Status, result.Slowdown));
            logarithms.Add(Math.Log(result.ServiceMicros));
        }

        double mean = logarithms.Average();
        Assert.InRange(Math.Sqrt(logarithms.Average(x => (x - mean) * (x - mean))), 0.4, 0.8);
    }

    [Fact]
    public async Task Status_without_anybody_says_what_is_missing_and_fails()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("embedded"));
        Cli status = await Cli.RunAsync(place.Broker, "status");
        Assert.Equal(1, status.ExitCode);
        Assert.Contains("no scheduler is running", status.Output, StringComparison.Ordinal);
        Assert.Contains("no worker takes work", status.Output, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task A_drained_worker_answers_what_it_has_and_withdraws(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        // 70 ms a frame: forty of them are there to be seen whatever else runs
        (WorkerRole first, Task ended) = await place.WorkerAsync("edge-1", slowdown: 30_000);
        await place.SchedulerAsync();
        InferenceRequest[] requests = [.. Enumerable.Range(0, 40).Select(i => Installation.Request($"cam-{i}", deadlineMs: 60_000))];
        Task<IReadOnlyList<InferenceResult>> asking = place.AskAsync(requests);
        await Installation.Until(() => first.Held > 5);
        await place.WorkerAsync("edge-2");
        Cli drained = await Cli.RunAsync(place.Broker, "worker", "drain", "edge-1", "--json");
        Assert.True(drained.ExitCode == 0, drained.Error);
        Assert.True(drained.Json.GetProperty("withdrawn").GetBoolean());
        await ended.WaitAsync(TimeSpan.FromSeconds(10));
        IReadOnlyList<InferenceResult> results = await asking;
        Assert.All(results, result => Assert.Equal((ResultStatus.Ok, 1), (result.Status, result.Attempt)));
        Assert.Contains(results, result => result.Worker == "edge-1");

        // Nothing of it was taken for lost: nothing was sent twice.
        Assert.Equal(0, place.Schedulers[0].Dispatcher.Counters.SentAgain);
        InferenceResult after = Assert.Single(await place.AskAsync(Installation.Request()));
        Assert.Equal("edge-2", after.Worker);
        Cli list = await Cli.RunAsync(place.Broker, "worker", "list", "--json");
        Assert.Equal("edge-2", Assert.Single(list.Json.EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_live_worker_is_forgotten_only_by_force_and_an_unknown_one_is_named()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("embedded"));
        await place.WorkerAsync("edge-1");
        Cli refused = await Cli.RunAsync(place.Broker, "worker", "forget", "edge-1");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("worker drain edge-1", refused.Error, StringComparison.Ordinal);
        Cli unknown = await Cli.RunAsync(place.Broker, "worker", "forget", "edge-9");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("there are: edge-1", unknown.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await Cli.RunAsync(place.Broker, "worker", "forget", "edge-1", "--force")).ExitCode);
        Assert.Equal(0, (await Cli.RunAsync(place.Broker, "worker", "list", "--json")).Json.GetArrayLength());
    }

    [Fact]
    public async Task A_dead_worker_cannot_be_drained_but_forgotten()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("embedded"));
        using RecordProducer producer = place.Broker.Producer();
        WorkerRegistration registration = new() { Worker = "lost", Incarnation = 7, Site = "plant", Processors = [new ProcessorRegistration { Id = "cpu" }] };
        await producer.ProduceAsync(
            producer.Topic(place.Broker.Settings.Topics.Of(TopicCatalogue.Workers)), -1, Encoding.UTF8.GetBytes("lost"), registration.ToFramed());
        Cli drain = await Cli.RunAsync(place.Broker, "worker", "drain", "lost");
        Assert.Equal(2, drain.ExitCode);
        Assert.Contains("worker forget lost", drain.Error, StringComparison.Ordinal);
        Cli forget = await Cli.RunAsync(place.Broker, "worker", "forget", "lost", "--json");
        Assert.True(forget.Json.GetProperty("forgotten").GetBoolean());
        Assert.Contains("none is registered", (await Cli.RunAsync(place.Broker, "worker", "list")).Output, StringComparison.Ordinal);

        // What schedulers ignore can be taken off too.
        registration.TelemetryPeriodMicros = 0;
        await producer.ProduceAsync(
            producer.Topic(place.Broker.Settings.Topics.Of(TopicCatalogue.Workers)), -1, Encoding.UTF8.GetBytes("lost"), registration.ToFramed());
        Cli absurd = await Cli.RunAsync(place.Broker, "worker", "forget", "lost");
        Assert.True(absurd.ExitCode == 0 && absurd.Output.Contains("telemetryPeriodMicros is 0", StringComparison.Ordinal), absurd.Output + absurd.Error);
        Assert.Equal(2, (await Cli.RunAsync(place.Broker, "worker", "forget", "lost")).ExitCode);
    }

    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task A_published_policy_is_in_force_without_a_restart(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        await place.WorkerAsync();
        var scheduler = await place.SchedulerAsync();
        await place.AskAsync(Installation.Request());
        Cli use = await Cli.RunAsync(place.Broker, "policy", "use", "earliest-finish", "--json", "--note", "because");
        Assert.True(use.ExitCode == 0, use.Error);
        Assert.Equal(1, use.Json.GetProperty("version").GetInt32());
        await Installation.Until(() => scheduler.Scheduler.Policy == "earliest-finish");
        Assert.Equal(1, scheduler.Scheduler.PolicyVersion);
        use = await Cli.RunAsync(place.Broker, "policy", "use", "price", "--temperature", "0.01", "--json");
        Assert.Equal(1, use.Json.GetProperty("version").GetInt32());
        await Installation.Until(() => scheduler.Scheduler is { Policy: "price", PolicyVersion: 1 });
        await place.AskAsync(Installation.Request());
        Cli show = await Cli.RunAsync(place.Broker, "policy", "show", "--json");
        JsonElement active = Assert.Single(show.Json.GetProperty("published").EnumerateArray(), p => p.GetProperty("serves").GetBoolean());
        Assert.Equal((1, "price", 0.01), (active.GetProperty("version").GetInt32(), active.GetProperty("kind").GetString(),
            active.GetProperty("parameters").GetProperty("temperature").GetDouble()));
        Assert.Equal(1, Assert.Single(show.Json.GetProperty("schedulers").EnumerateArray()).GetProperty("policyVersion").GetInt32());
        Assert.Contains("price", (await Cli.RunAsync(place.Broker, "policy", "show")).Output, StringComparison.Ordinal);

        Cli unknown = await Cli.RunAsync(place.Broker, "policy", "use", "cheapest");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("least-impedance", unknown.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Cli.RunAsync(place.Broker, "policy", "use", "price", "--temperature", "0")).ExitCode);
    }

    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task A_persons_word_on_a_roll_out_is_in_force_at_once_and_stands_in_the_history(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        await place.WorkerAsync();
        var scheduler = await place.SchedulerAsync();
        Cli nothing = await Cli.RunAsync(place.Broker, "policy", "freeze");
        Assert.Equal(1, nothing.ExitCode);
        Assert.Contains("no policy is published", nothing.Error, StringComparison.Ordinal);
        Assert.Contains("nothing is rolled out", (await Cli.RunAsync(place.Broker, "policy", "rollout")).Output, StringComparison.Ordinal);

        Assert.Equal(0, (await Cli.RunAsync(place.Broker, "policy", "use", "earliest-finish")).ExitCode);
        Assert.Equal(0, (await Cli.RunAsync(place.Broker, "policy", "use", "neural")).ExitCode);
        await Installation.Until(() => scheduler.Scheduler.Policy == "neural");
        Cli back = await Cli.RunAsync(place.Broker, "policy", "roll-back", "--json", "--note", "too slow");
        Assert.True(back.ExitCode == 0, back.Error);
        Assert.Equal("ROLLED_BACK", Assert.Single(back.Json.GetProperty("steps").EnumerateArray()).GetProperty("state").GetString());
        await Installation.Until(() => scheduler.Scheduler.Policy == "earliest-finish");

        Assert.Equal(0, (await Cli.RunAsync(place.Broker, "policy", "freeze")).ExitCode);
        Assert.Contains("already", (await Cli.RunAsync(place.Broker, "policy", "freeze")).Error, StringComparison.Ordinal);
        Assert.Contains("frozen", (await Cli.RunAsync(place.Broker, "status")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await Cli.RunAsync(place.Broker, "policy", "freeze", "--off")).ExitCode);
        Cli promote = await Cli.RunAsync(place.Broker, "policy", "promote");
        Assert.Equal(1, promote.ExitCode);
        Assert.Contains("no policy is in a shadow or on trial", promote.Error, StringComparison.Ordinal);

        Cli history = await Cli.RunAsync(place.Broker, "policy", "history", "--json");
        JsonElement[] steps = [.. history.Json.GetProperty("steps").EnumerateArray()];
        Assert.Equal([1, 2, 3, 4, 5], steps.Select(s => s.GetProperty("sequence").GetInt32()));
        Assert.EndsWith(": too slow", steps[2].GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal([false, false, false, true, false], steps.Select(s => s.GetProperty("frozen").GetBoolean()));
    }

    [Fact]
    public async Task A_policy_file_is_published_whole_and_a_bad_one_leaves_the_former_in_force()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("embedded"));
        await place.WorkerAsync();
        var scheduler = await place.SchedulerAsync();
        string file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.json");
        await File.WriteAllTextAsync(file, """{"name": "price", "version": 5, "constants": {"deviationFloor": 0.0042}}""");
        try
        {
            Cli use = await Cli.RunAsync(place.Broker, "policy", "use", file, "--json");
            Assert.True(use.ExitCode == 0, use.Error);
            await Installation.Until(() => scheduler.Scheduler is { Policy: "price", PolicyVersion: 1, OnTime.Floor: 0.0042f });
            await place.AskAsync(Installation.Request());
            Cli show = await Cli.RunAsync(CancellationToken.None, "policy", "show", file, "--json");
            Assert.Equal(
                (5, 0.0042), (show.Json.GetProperty("version").GetInt32(), show.Json.GetProperty("constants").GetProperty("deviationFloor").GetDouble()));

            // Past the command, which would refuse it: a file of a build that knows more.
            using RecordProducer producer = place.Broker.Producer();
            ProducerTopic policies = producer.Topic(place.Broker.Settings.Topics.Of(TopicCatalogue.Policies));
            PolicySnapshot bad = new()
            {
                Name = "active", Version = 2, Kind = "price",
                Model = Encoding.UTF8.GetBytes("""{"name": "price", "constants": {"warp": 9}}"""),
            };
            await producer.ProduceAsync(policies, -1, Encoding.UTF8.GetBytes("active"), bad.ToFramed());
            PolicySnapshot good = new() { Name = "other", Version = 3, Kind = "price" };
            await producer.ProduceAsync(policies, -1, Encoding.UTF8.GetBytes("other"), good.ToFramed());
            await place.AskAsync(Installation.Request());
            Assert.Equal((1, 0.0042f), (scheduler.Scheduler.PolicyVersion, scheduler.Scheduler.OnTime.Floor));

            await File.WriteAllTextAsync(file, """{"name": "price", "constants": {"warp": 9}}""");
            Cli refused = await Cli.RunAsync(place.Broker, "policy", "use", file);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("constants.warp", refused.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Policies_are_listed_without_a_broker()
    {
        Cli list = await Cli.RunAsync(CancellationToken.None, "policy", "list", "--json");
        Assert.Contains("price", list.Json.EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        Assert.Contains("earliest-finish", (await Cli.RunAsync(CancellationToken.None, "policy", "list")).Output, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Dead_letters_are_listed_and_sent_again(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        Assert.Contains("there are no dead letters", (await Cli.RunAsync(place.Broker, "dead-letters", "list")).Output, StringComparison.Ordinal);
        await place.SchedulerAsync();
        using RecordProducer producer = place.Broker.Producer();
        ProducerTopic requests = producer.Topic(place.Broker.Settings.Topics.Requests);
        await producer.ProduceAsync(requests, 1, "cam-1"u8.ToArray(), "no Avro"u8.ToArray());
        await Installation.Until(() => Letters().Count == 1);
        Cli list = await Cli.RunAsync(place.Broker, "dead-letters", "list", "--json");
        JsonElement letter = Assert.Single(list.JsonLines);
        Assert.Equal((1, 0L, "no Avro"), (letter.GetProperty("partition").GetInt32(), letter.GetProperty("sourceOffset").GetInt64(),
            Encoding.UTF8.GetString(letter.GetProperty("value").GetBytesFromBase64())));
        Assert.Contains("single-object", (await Cli.RunAsync(place.Broker, "dead-letters", "list")).Output, StringComparison.Ordinal);
        Cli tail = await Cli.RunAsync(place.Broker, "tail", "dead-letters", "--from", "earliest", "--count", "1");
        Assert.Contains("requests/1 offset 0, key cam-1", tail.Output, StringComparison.Ordinal);

        Assert.Equal(2, (await Cli.RunAsync(place.Broker, "dead-letters", "replay")).ExitCode);
        Cli missing = await Cli.RunAsync(place.Broker, "dead-letters", "replay", "77");
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("77", missing.Error, StringComparison.Ordinal);
        long offset = letter.GetProperty("offset").GetInt64();
        Cli replay = await Cli.RunAsync(place.Broker, "dead-letters", "replay", $"{offset}", "--json");
        Assert.True(replay.ExitCode == 0, replay.Error);
        Assert.Equal(1, Assert.Single(replay.Json.EnumerateArray()).GetProperty("newOffset").GetInt64());
        await Installation.Until(() => Letters().Count == 2); // as unreadable as before
        Assert.Equal(0, (await Cli.RunAsync(place.Broker, "dead-letters", "replay", "--all")).ExitCode);

        IReadOnlyList<DeadLetter> Letters() => DeadLetterStore.List(place.Broker.Settings, TestBroker.Loggers, TimeProvider.System, TimeSpan.FromSeconds(20));
    }

    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Topics_are_compared_as_json(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        Cli check = await Cli.RunAsync(place.Broker, "topics", "check", "--json");
        Assert.True(check.Json.GetProperty("usable").GetBoolean(), check.Output + check.Error);
        Assert.Equal(0, check.ExitCode);
    }
}
