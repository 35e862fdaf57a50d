using System.Text.Json;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Learners;
using StreamSched.Schedulers;

namespace StreamSched.IntegrationTests.Analysis;

/// <summary>A log on brokers: replayed, exported, evaluated, as an analyst does it.</summary>
public sealed class AnalysisTests(BrokerFixture brokers) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamsched-analysis-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory, MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task X2_Decisions_of_two_schedulers_and_three_versions_are_replayed_exported_and_evaluated(string broker)
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync(broker));
        await place.WorkerAsync();
        await place.WorkerAsync("edge-2");
        SchedulerSettings decides = PolicySource.Find("neural", "--policy").Into(new SchedulerSettings { Exploration = 0.3f });
        SchedulerRole first = await place.SchedulerAsync("s1", decides: decides, fullShare: 1);
        SchedulerRole second = await place.SchedulerAsync("s2", waitForPartitions: false, decides: decides with { Seed = 2 }, fullShare: 1);
        using CancellationTokenSource stop = new();
        using LearnerRole learner = new(place.Broker.Settings, new LearnerRoleSettings { Id = "l1" }, TestBroker.Loggers, TimeProvider.System);
        Task learning = Task.Factory.StartNew(() => learner.Run(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Installation.Until(() => learner.NotReady is null, learning);
        foreach (string policy in (string[])["", "price", "least-loaded"])
        {
            if (policy.Length > 0)
            {
                Assert.Equal(0, (await Cli.RunAsync(place.Broker, "policy", "use", policy)).ExitCode);
                await Installation.Until(() => first.Scheduler.Policy == policy && second.Scheduler.Policy == policy);
            }

            await place.AskAsync([.. Enumerable.Range(0, 60).Select(i => Installation.Request($"cam-{i % 16}"))]);
        }

        // Who wrote its file's digest into the log is known: the network comes with the program, the others are published.
        Cli replay = await Cli.RunAsync(place.Broker, "replay", "--json");
        Assert.True(replay.ExitCode == 0, replay.Output + replay.Error);
        Assert.Equal(0, replay.Json.GetProperty("differing").GetInt64());
        Assert.Equal(180, replay.Json.GetProperty("same").GetInt64());
        Assert.Equal(
            ["least-loaded", "neural", "price"], [.. replay.Json.GetProperty("versions").EnumerateArray().Select(v => v.GetProperty("policy").GetString()!)]);
        Cli other = await Cli.RunAsync(place.Broker, "replay", "--with", "farthest", "--json");
        Assert.Equal(0, other.ExitCode);
        Assert.InRange(other.Json.GetProperty("otherwise").GetInt64(), 1, 180);

        if (broker != "embedded") await RebuildAsync(place); // the embedded cluster knows no offsets by time
        await Installation.Until(() => learner.Sum(c => c.Joined) >= 180, learning);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System); // the transaction that holds the last of them
        string records = Path.Combine(_folder.FullName, "records"), tables = Path.Combine(_folder.FullName, "tables");
        Cli export = await Cli.RunAsync(place.Broker, "export", "--out", records, "--format", "avro", "--json");
        Assert.True(export.ExitCode == 0, export.Output + export.Error);
        Assert.Equal(180, export.Json.GetProperty("card").GetProperty("joined").GetInt64());
        Assert.Equal(0, (await Cli.RunAsync(place.Broker, "export", "--out", tables)).ExitCode);
        Assert.NotEmpty(Directory.EnumerateFiles(tables, "*.parquet", SearchOption.AllDirectories));
        foreach (string format in (string[])["npz", "minari"])
        {
            string rounds = Path.Combine(_folder.FullName, format);
            Cli exported = await Cli.RunAsync(place.Broker, "export", "--out", rounds, "--format", format, "--json");
            Assert.True(exported.ExitCode == 0, exported.Output + exported.Error);
            Assert.NotEmpty(Directory.EnumerateFiles(rounds, format == "npz" ? "*.npz" : "*.parquet", SearchOption.AllDirectories));
        }

        string[] decisions = [.. Directory.EnumerateFiles(Path.Combine(records, "decisions"), "*.avro")];
        Cli again = await Cli.RunAsync(place.Broker, ["replay", .. decisions, "--policies", Path.Combine(records, "policies.avro"), "--json"]);
        Assert.Equal((0, 180L), (again.ExitCode, again.Json.GetProperty("same").GetInt64()));

        // What a log of three seconds holds is too little, and that is what it says.
        Cli evaluate = await Cli.RunAsync(place.Broker, "evaluate", "--policy", "price", "--json");
        Assert.Equal(1, evaluate.ExitCode);
        JsonElement judged = Assert.Single(evaluate.Json.GetProperty("policies").EnumerateArray());
        Assert.NotEmpty(judged.GetProperty("figures").GetProperty("refusals").EnumerateArray());

        // A world made of the same topics has the same requests, and plays.
        string twin = Path.Combine(_folder.FullName, "twin");
        string[] make = ["twin", "--out", twin, "--warm-up", "1ms", "--seeds", "2", "--json"];
        Cli made = await Cli.RunAsync(place.Broker, make);
        Assert.True(made.Json.GetProperty("figures").GetArrayLength() > 8, made.Output + made.Error);
        Assert.Equal(180, made.Json.GetProperty("requests").GetInt32());
        Assert.Equal(made.Json.GetProperty("off").GetArrayLength() > 0, made.ExitCode != 0);
        Assert.Equal(0, made.Json.GetProperty("unreadable").GetInt64());
        Assert.Equal(1, made.Json.GetProperty("schedulers").EnumerateArray().Sum(s => s.GetDouble()), 1e-6);
        Assert.Contains("## Workers", await File.ReadAllTextAsync(Path.Combine(twin, "twin.md")), StringComparison.Ordinal);
        Cli played = await Cli.RunAsync(
            CancellationToken.None, "simulate", "--scenario", Path.Combine(twin, "twin.json"), "--policy", "price,least-loaded", "--no-bound", "--seeds", "1",
            "--json");
        Assert.True(played.ExitCode == 0, played.Output + played.Error);
        Cli occupied = await Cli.RunAsync(place.Broker, make);
        Assert.Contains("is not empty", occupied.Error, StringComparison.Ordinal);
        Assert.Contains("an offset", (await Cli.RunAsync(place.Broker, "twin", "--out", twin + "-2", "--from", "5")).Error, StringComparison.Ordinal);
        Cli nothing = await Cli.RunAsync(place.Broker, "replay", "--from", "999999", "--json");
        Assert.NotEqual(0, nothing.ExitCode);
        Assert.Contains("has no record there", nothing.Error, StringComparison.Ordinal);

        // A bandit that is trained from it is served; where so few records support nothing, who logged decides.
        string trained = Path.Combine(_folder.FullName, "trained.onnx");
        Cli train = await Cli.RunAsync(place.Broker, "train", "lin-ucb", "--from-log", "--out", trained, "--json");
        Assert.True(train.ExitCode == 1 && train.Json.GetProperty("used").GetInt32() is > 100 and <= 126, train.Output + train.Error); // of 70 %
        Assert.Equal(0, (await Cli.RunAsync(place.Broker, "policy", "use", trained)).ExitCode);
        await Installation.Until(() => first.Scheduler.Policy == "lin-ucb" && second.Scheduler.Policy == "lin-ucb");
        Assert.All(
            await place.AskAsync([.. Enumerable.Range(0, 20).Select(i => Installation.Request($"cam-{i % 16}"))]),
            result => Assert.Equal(StreamSched.Avro.Records.ResultStatus.Ok, result.Status));
        await stop.CancelAsync();
        await Task.WhenAny(learning, Task.Delay(Limit, TimeProvider.System));
    }

    // The same without full records: every decision, in views that are built from the topics.
    private static async Task RebuildAsync(Installation place)
    {
        Cli rebuilt = await Cli.RunAsync(place.Broker, "replay", "--rebuild", "--warm-up", "100ms", "--json");
        Assert.True(rebuilt.ExitCode == 0, rebuilt.Output + rebuilt.Error);
        Assert.Equal((180, 2), (rebuilt.Json.GetProperty("decisions").GetInt32(), rebuilt.Json.GetProperty("schedulers").GetInt32()));
        Assert.Equal((0, 0), (rebuilt.Json.GetProperty("unreadable").GetInt32(), rebuilt.Json.GetProperty("withoutRequest").GetInt32()));
        Assert.InRange(rebuilt.Json.GetProperty("compared").GetInt32(), 60, 170); // a third of them are explored
        Assert.InRange(rebuilt.Json.GetProperty("agreement").GetDouble(), 0.1, 1); // of three seconds, in which views learn
        Cli bandit = await Cli.RunAsync(place.Broker, "replay", "--rebuild", "--warm-up", "100ms", "--with", "lin-ucb", "--json");
        Assert.True(bandit.ExitCode == 0 && bandit.Json.GetProperty("versions")[0].GetProperty("skipped").EnumerateObject().Any() is false, bandit.Output);
        Assert.Contains("an offset", (await Cli.RunAsync(place.Broker, "replay", "--rebuild", "--from", "5")).Error, StringComparison.Ordinal);
        Assert.Contains("--partition", (await Cli.RunAsync(place.Broker, "replay", "--rebuild", "--partition", "0")).Error, StringComparison.Ordinal);
        Assert.Contains("go with --rebuild", (await Cli.RunAsync(place.Broker, "replay", "--site", "edge")).Error, StringComparison.Ordinal);
    }
}
