using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using StreamSched.Avro;
using StreamSched.Avro.Schemas;
using StreamSched.Bench;
using StreamSched.Commands;
using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;
using StreamSched.Rollouts;
using StreamSched.Schedulers;
using StreamSched.Simulation.Training;
using StreamSched.Tests.Core;

namespace StreamSched.Tests.Commands;

/// <summary>There is one registry of policies: every command that takes a policy, and a record of <c>policies</c>, finds every policy by it.</summary>
public class EveryPolicyTests
{
    public static TheoryData<string> Names => new(PolicySource.Names);

    [Fact]
    public void Every_registered_policy_has_a_name_that_commands_take_and_a_way_to_be_made()
    {
        string[] inFiles = [.. PolicySource.ShippedFiles.Select(f => PolicySource.Load(f, "file").File!.Metadata.Name)];
        Assert.All(PolicyCatalogue.All, policy => Assert.Contains(policy.Name, policy.NeedsFile ? inFiles : PolicySource.Names));
        Assert.All(PolicyCatalogue.All, policy => Assert.True(policy.Create is not null || policy.Read is not null, policy.Name));
        Assert.All(PolicyCatalogue.All, policy => Assert.Equal(policy.Read is not null, policy.FeatureLayout > 0));
        Assert.All(
            PolicyCatalogue.BuiltIn, policy => Assert.Equal(policy.Learns, PolicyCatalogue.Create(policy.Name, new PriceParameters()) is ILearningPolicy));
    }

    [Fact]
    public void Who_trains_a_policy_is_what_train_takes()
    {
        Assert.Equal(PolicyTrainers.All.Select(t => t.Kind).Order(), PolicyCatalogue.All.SelectMany(p => p.TrainedBy).Order());
        Assert.All(PolicyCatalogue.All.SelectMany(p => p.TrainedBy), kind =>
            Assert.Empty(CommandLine.Create().Parse(["train", kind, "-s", "small", "--out", "x.onnx"]).Errors));
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_command_that_takes_a_policy_takes_this_one(string name)
    {
        string[][] lines =
        [
            ["scheduler", "--policy", name], ["demo", "--policy", name], ["simulate", "-s", "small", "-p", name], ["experiment", "grid", "-p", name],
            ["bench", "route", "--policies", name], ["bench", "simulate", "--policies", name], ["policy", "show", name], ["policy", "use", name],
        ];
        Assert.All(lines, line => Assert.Empty(CommandLine.Create().Parse(line).Errors));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_scheduler_decides_by_it_and_every_bench_measures_it(string name)
    {
        TestCluster cluster = new(PolicySource.Find(name, "--policy").Into(new SchedulerSettings { Exploration = 0, TimeBudget = TimeSpan.Zero }));
        cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        Decision decision = cluster.Decide(cluster.Request());
        Assert.True(decision.IsPlaced);
        Assert.Equal(cluster.Scheduler.Policy, decision.Policy);
        Assert.Equal(0, cluster.Scheduler.PolicyFailures);
        Assert.True(DecideBench.Measure(name, 8, 0.001, TimeProvider.System).Nanoseconds > 0);
        Assert.True(DispatcherRig.Measure(name, 8, 200, 0.001, TimeProvider.System).Nanoseconds > 0);
    }

    [Fact]
    public void A_policy_that_learns_while_it_serves_draws_by_the_schedulers_seed()
    {
        PolicySource source = PolicySource.Find(PolicyNames.NeuralUcb, "--policy");
        Assert.NotEqual(ScoresOf(1), ScoresOf(2));
        Assert.Equal(ScoresOf(2), ScoresOf(2));

        float[] ScoresOf(ulong seed)
        {
            TestCluster cluster = new(source.Into(new SchedulerSettings { Seed = seed, Exploration = 0, TimeBudget = TimeSpan.Zero }));
            cluster.Worker("v", "edge", TestCluster.Variant("m", "t", 0.9f, 10)).Worker("w", "cloud", TestCluster.Variant("m", "t", 0.7f, 5));
            cluster.Decide(cluster.Request());
            return cluster.Scheduler.Candidates.Score[..2].ToArray();
        }
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Simulate_runs_it_and_the_list_and_show_say_what_it_is(string name)
    {
        (int code, string output, string error) = await Cli.RunAsync(
            "simulate", "-s", "small", "-p", name, "--seeds", "1", "--duration", "3s", "--no-bound", "--json");
        Assert.True(code == 0, error);
        using (JsonDocument report = JsonDocument.Parse(output))
            Assert.Equal(name, report.RootElement.GetProperty("cells")[0].GetProperty("policies")[0].GetProperty("policy").GetString());
        (code, output, error) = await Cli.RunAsync("policy", "list", "--json");
        Assert.True(code == 0, error);
        using (JsonDocument list = JsonDocument.Parse(output))
            Assert.Contains(
                list.RootElement.EnumerateArray(), p => p.GetProperty("name").GetString() == name && p.GetProperty("summary").GetString()!.Length > 10);
        (code, output, error) = await Cli.RunAsync("policy", "show", name, "--json");
        Assert.True(code == 0, error);
        using (JsonDocument shown = JsonDocument.Parse(output)) Assert.True(shown.RootElement.GetProperty("summary").GetString()!.Length > 10);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_scheduler_takes_it_up_from_a_record(string name)
    {
        PolicySource source = PolicySource.Find(name, "NAME");
        PolicyPublication publication = PolicyPublication.Of(
            new PolicyLog(new MessageDecoder(SchemaCatalogue.Own)), source.File?.Metadata.Name ?? name, [], source.File, "", "a test", 1);
        Scheduler scheduler = Follow(new TestCluster(new SchedulerSettings { Policy = PolicyNames.Random }), publication);
        Assert.Equal((publication.Version.Kind, 1), (scheduler.Policy, scheduler.PolicyVersion));
        Assert.Equal(publication.Version.Digest, scheduler.PolicyDigest.ToArray());
    }

    [Theory, MemberData(nameof(Names))]
    public void A_record_of_what_a_scheduler_was_started_with_lets_it_go_on_with_what_it_has_learned(string name)
    {
        PolicySource source = PolicySource.Find(name, "NAME");
        PolicyPublication publication = PolicyPublication.Of(
            new PolicyLog(new MessageDecoder(SchemaCatalogue.Own)), source.File?.Metadata.Name ?? name, [], source.File, "", "a test", 1);
        TestCluster cluster = new(source.Into(new SchedulerSettings()));
        ISchedulingPolicy before = cluster.Scheduler.Champion.Prepared.Policy;
        Scheduler scheduler = Follow(cluster, publication);
        Assert.Same(before, scheduler.Champion.Prepared.Policy);
        Assert.Equal(publication.Version.Digest, scheduler.PolicyDigest.ToArray());
    }

    private static Scheduler Follow(TestCluster cluster, PolicyPublication publication)
    {
        KafkaSettings kafka = new() { BootstrapServers = "nowhere:9092" };
        ClusterFeed feed = new(
            kafka, new SchedulerRoleSettings { Dispatch = new DispatchSettings { SchedulerId = "s" } }, cluster.Scheduler,
            new MessageDecoder(SchemaCatalogue.Own), NullLoggerFactory.Instance);
        foreach ((string key, byte[] value) in publication.Records)
        {
            feed.Take(
                new ReceivedRecord(
                    kafka.Topics.Of(TopicCatalogue.Policies), 0, 0, 0, Encoding.UTF8.GetBytes(key), value, isTombstone: false, headers: null),
                cluster.Now, catchingUp: false);
        }

        return cluster.Scheduler;
    }
}
