using System.Diagnostics;
using Confluent.Kafka;
using StreamSched.Kafka.Settings;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Commands;

/// <summary>A cluster that makes whatever topic somebody asks for, as many are set up.</summary>
public sealed class AutoCreatingKafka : IAsyncDisposable
{
    private readonly Lazy<Task<RealKafka>> _kafka = new(() => RealKafka.StartAsync(settings: "auto.create.topics.enable=true"));
    private int _tests;

    /// <summary>A place of its own there.</summary>
    public async Task<TestBroker> ConnectAsync()
    {
        Components.Require("kafka");
        return new TestBroker(
            new KafkaSettings { BootstrapServers = (await _kafka.Value).BootstrapServers, Prefix = $"a{Interlocked.Increment(ref _tests)}." }, null);
    }

    public async ValueTask DisposeAsync()
    {
        if (_kafka.IsValueCreated) await (await _kafka.Value).DisposeAsync();
    }
}

/// <summary>What commands do without topics: they say so at once, and make none.</summary>
public class NoTopicTests(AutoCreatingKafka kafka) : IClassFixture<AutoCreatingKafka>
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(10); // connect-timeout is a minute here

    public static TheoryData<string> Commands =>
    [
        "scheduler", "worker --id w --models MODELS --variants digits-xs", "device --id d --task digits --frames FRAMES --seconds 1",
        "send FRAMES#0 --task digits", "status", "tail requests", "tail results", "tail workers", "tail dead-letters", "tail work.w", "worker list",
        "worker drain w", "worker forget w", "policy show", "policy use price", "dead-letters list", "dead-letters replay --all", "topics check",
    ];

    [Theory, MemberData(nameof(Commands))]
    public async Task C3_C8_A_command_without_topics_says_so_at_once_and_creates_none(string command)
    {
        TestBroker broker = await kafka.ConnectAsync();
        string[] arguments =
        [
            .. command.Replace("MODELS", Checkout.Path("models"), StringComparison.Ordinal)
                .Replace("FRAMES", Checkout.Path("models", "frames", "digits-599-images-idx3-ubyte.gz"), StringComparison.Ordinal).Split(' '),
            "--bootstrap", broker.Settings.BootstrapServers, "--prefix", broker.Settings.Prefix, "--kafka", "connect-timeout=1m", "--log-level", "Error",
        ];
        Cli run = await Cli.RunAsync(CancellationToken.None, arguments).WaitAsync(Moment);
        Assert.True(run.ExitCode == 1, run.Error + run.Output);
        Assert.Contains(broker.Settings.Prefix, run.Error + run.Output, StringComparison.Ordinal);
        Assert.Contains("does not exist", run.Error + run.Output, StringComparison.Ordinal);
        Assert.Contains("streamsched topics create", run.Error + run.Output, StringComparison.Ordinal);
        Assert.Empty(Topics(broker));
    }

    [Fact]
    public async Task C3_What_runs_while_a_topic_is_missing_does_not_make_it_either()
    {
        TestBroker broker = await kafka.ConnectAsync();
        await using Installation place = await Installation.StartAsync(broker);
        string[] gone = [.. ((string[])["decisions", "feedback", "experience", "dead-letters"]).Select(place.Broker.Settings.Topics.Of)];
        await broker.DeleteAsync(gone);
        await place.WorkerAsync();
        await place.SchedulerAsync();
        await place.AskAsync(Installation.Request(), Installation.Request("cam-2"));
        Cli device = await Cli.RunAsync(
            place.Broker, "device", "--id", "d", "--task", "digits", "--frames", Checkout.Path("models", "frames", "digits-599-images-idx3-ubyte.gz"),
            "--count", "5", "--deadline", "10s", "--feedback", "--json");
        Assert.Equal(5, device.Json.GetProperty("ok").GetInt32());
        Assert.Empty(Topics(broker).Intersect(gone));
    }

    [Fact]
    public async Task C3_The_sample_in_python_makes_no_topic()
    {
        string python = Components.Require("python");
        TestBroker broker = await kafka.ConnectAsync();
        ProcessStartInfo start = new(python,
        [
            Checkout.Path("samples", "python", "send_frames.py"), "--bootstrap", broker.Settings.BootstrapServers, "--prefix", broker.Settings.Prefix, "--task",
            "digits", "--images", Checkout.Path("models", "frames", "digits-599-images-idx3-ubyte.gz"), "--count", "1",
        ])
        { RedirectStandardError = true, WorkingDirectory = Checkout.Path("samples", "python") };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using Process process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("streamsched topics create", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Traceback", error, StringComparison.Ordinal);
        Assert.Empty(Topics(broker));
    }

    private static string[] Topics(TestBroker broker)
    {
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.Settings.BootstrapServers })
            .SetLogHandler((_, _) => { }).Build();
        return [.. admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(topic => topic.Topic)
            .Where(name => name.StartsWith(broker.Settings.Prefix, StringComparison.Ordinal))];
    }
}
