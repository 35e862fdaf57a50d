using System.Text;
using System.Text.Json;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Topics;

namespace StreamSched.IntegrationTests.Commands;

public class TailTests(BrokerFixture brokers)
{
    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Every_topic_of_a_request_is_shown_as_lines_and_as_json(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        await place.WorkerAsync();
        await place.SchedulerAsync();
        InferenceRequest one = Installation.Request("cam-1"), two = Installation.Request("cam-2");
        await place.AskAsync(one, two);
        await Cli.RunAsync(place.Broker, "policy", "use", "price");
        foreach (string topic in (string[])["requests", "work.edge-1", "results", "decisions", "telemetry", "workers", "load", "policies"])
        {
            Cli lines = await Cli.RunAsync(place.Broker, "tail", topic, "--from", "earliest", "--count", "1");
            Assert.True(lines.ExitCode == 0, topic + lines.Error);
            Assert.Single(lines.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Cli json = await Cli.RunAsync(place.Broker, "tail", topic, "--from", "earliest", "--count", "1", "--json");
            JsonElement record = Assert.Single(json.JsonLines);
            Assert.Equal(topic, record.GetProperty("topic").GetString());
            Assert.Equal(JsonValueKind.Object, record.GetProperty("value").ValueKind);
        }

        // By device where the value has it, and by the record's key where it does not.
        Cli byDevice = await Cli.RunAsync(place.Broker, "tail", "results", "--from", "earliest", "--no-follow", "--filter", "device=cam-2", "--json");
        Assert.Equal(two.Id.ToString(), Assert.Single(byDevice.JsonLines).GetProperty("value").GetProperty("id").GetString());
        Cli byId = await Cli.RunAsync(place.Broker, "tail", "work.edge-1", "--from", "earliest", "--no-follow", "--filter", $"id={one.Id}", "--json");
        Assert.Equal(one.Id.ToString(), Assert.Single(byId.JsonLines).GetProperty("key").GetString());
        Assert.Equal(one.ToFramed(), byId.JsonLines[0].GetProperty("value").GetProperty("request").GetBytesFromBase64());
        Cli line = await Cli.RunAsync(place.Broker, "tail", "requests", "--from", "earliest", "--no-follow", "--filter", "device=cam-1");
        Assert.Contains($"cam-1 digits {one.Id} at plant deadline 20 s", line.Output, StringComparison.Ordinal);
        Assert.Contains("64 B", line.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Following_shows_what_comes_and_ends_when_it_is_stopped()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("embedded"));
        using RecordProducer producer = place.Broker.Producer();
        ProducerTopic requests = producer.Topic(place.Broker.Settings.Topics.Requests);
        await producer.ProduceAsync(requests, 0, "old"u8.ToArray(), Installation.Request("old").ToFramed());
        Task<Cli> tail = Cli.RunAsync(place.Broker, "tail", "requests", "--count", "2", "--json");
        while (!tail.IsCompleted)
        {
            await producer.ProduceAsync(requests, 1, "new"u8.ToArray(), Installation.Request("new").ToFramed());
            await Task.WhenAny(tail, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System));
        }

        Assert.Equal<IEnumerable<string?>>(["new", "new"], (await tail).JsonLines.Select(l => l.GetProperty("key").GetString()));
        using CancellationTokenSource stop = new();
        Task<Cli> endless = Cli.RunAsync(place.Broker, stop.Token, "tail", "requests", "--from", "earliest");
        await stop.CancelAsync();
        Assert.Equal(0, (await endless.WaitAsync(TimeSpan.FromSeconds(30))).ExitCode);
    }

    [Fact]
    public async Task It_begins_where_it_is_told()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("real"));
        using RecordProducer producer = place.Broker.Producer();
        ProducerTopic requests = producer.Topic(place.Broker.Settings.Topics.Requests);
        for (int i = 0; i < 5; i++) await producer.ProduceAsync(requests, 0, Encoding.UTF8.GetBytes($"cam-{i}"), Installation.Request($"cam-{i}").ToFramed());
        async Task<string?[]> Keys(string from) =>
            [.. (await Cli.RunAsync(place.Broker, "tail", "requests", "--from", from, "--partition", "0", "--no-follow", "--json")).JsonLines
                .Select(l => l.GetProperty("key").GetString())];
        Assert.Equal("cam-3 cam-4", string.Join(" ", await Keys("3")));
        Assert.Equal(5, (await Keys("1h")).Length);
        Assert.Empty(await Keys("latest"));
        Cli wrong = await Cli.RunAsync(place.Broker, "tail", "requests", "--from", "yesterday");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("--from", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Cli.RunAsync(place.Broker, "tail", "questions")).ExitCode);
        Assert.Equal(2, (await Cli.RunAsync(place.Broker, "tail", "requests", "--partition", "9")).ExitCode);
        Assert.Equal(2, (await Cli.RunAsync(place.Broker, "tail", "requests", "--filter", "cam-1")).ExitCode);
    }

    [Fact]
    public async Task Unknown_schemas_are_shown_as_bytes_and_known_ones_by_a_folder_as_records()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("embedded"));
        using RecordProducer producer = place.Broker.Producer();
        ProducerTopic feedback = producer.Topic(place.Broker.Settings.Topics.Of(TopicCatalogue.Feedback));
        string folder = Directory.CreateTempSubdirectory("streamsched-schemas-").FullName;
        const string schema = """{"type":"record","name":"Feedback","namespace":"foreign","fields":[{"name":"stars","type":"int"}]}""";
        await File.WriteAllTextAsync(Path.Combine(folder, "foreign.avsc"), schema);
        ulong fingerprint = SchemaCatalogue.Load(folder).Fingerprints.Except(SchemaCatalogue.Own.Fingerprints).Single();
        byte[] message = new byte[Framing.HeaderLength + 1];
        Framing.WriteHeader(fingerprint, message);
        message[^1] = 10; // 5
        await producer.ProduceAsync(feedback, 0, "x"u8.ToArray(), message);
        string[] all = ["tail", "feedback", "--from", "earliest", "--no-follow"];
        JsonElement unknown = Assert.Single((await Cli.RunAsync(place.Broker, [.. all, "--json"])).JsonLines);
        Assert.Equal(Convert.ToHexStringLower(message), unknown.GetProperty("hex").GetString());
        Assert.Equal(Convert.ToHexStringLower(message.AsSpan(2, 8)), unknown.GetProperty("fingerprint").GetString());
        Assert.Contains("no schema with this fingerprint", (await Cli.RunAsync(place.Broker, all)).Output, StringComparison.Ordinal);
        Assert.Contains("stars 5", (await Cli.RunAsync(place.Broker, [.. all, "--schemas", folder])).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await Cli.RunAsync(place.Broker, [.. all, "--schemas", folder + "-none"])).ExitCode);
        Directory.Delete(folder, recursive: true);
    }
}
