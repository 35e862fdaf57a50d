using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;
using StreamSched.Tests.Core;

namespace StreamSched.Tests.Learning.Policies;

public class NeuralPolicyTests
{
    private static readonly PriceParameters Price = new();

    private static SchedulerSettings With(Network network, float exploration = 0) => new()
    {
        Policy = PolicyNames.Neural, Prepare = () => new PreparedPolicy(new NeuralPolicy(network, Price)), Exploration = exploration,
        TimeBudget = TimeSpan.Zero,
    };

    private static Network Drawn(ulong seed)
    {
        Network network = NeuralPolicy.Untrained(seed);
        RandomStream random = new(seed);
        Initialization.He(network, ref random);
        return network;
    }

    private static PolicyFile FileOf(Network network, int layout = FeatureEncoder.RatioLayout, string online = "false") => new(
        network, new PolicyMetadata
        {
            Name = PolicyNames.Neural, Version = 2, FeatureLayout = layout, Notes = new Dictionary<string, string> { [NeuralPolicy.OnlineNote] = online },
        });

    [Theory]
    [InlineData("small", true)]
    [InlineData("tan", false)]
    public void Untrained_it_is_the_price_rule_decision_for_decision(string scenario, bool accuracy)
    {
        Scenario world = ScenarioFile.Load(Checkout.Path("scenarios", scenario + ".json")) with { Duration = 2.5, WarmUp = 0.5, ValueIsAccuracy = accuracy };
        ValueWeights value = new() { Accuracy = accuracy ? 1 : 0 };
        Decisions rule = new(), neural = new();
        new World(world, new WorldSettings
        {
            Seed = 3, Scheduler = new SchedulerSettings { Exploration = 0.01f, Value = value }, Observer = rule,
        }).Run();
        new World(world, new WorldSettings
        {
            Seed = 3, Scheduler = With(NeuralPolicy.Untrained(5), 0.01f) with { Value = value }, Observer = neural,
        }).Run();
        Assert.True(rule.All.Count > 500);
        Assert.Equal(rule.All, neural.All);
    }

    [Fact]
    public void The_order_of_candidates_means_nothing()
    {
        RandomStream random = new(77);
        for (int round = 0; round < 25; round++)
        {
            int count = 2 + random.NextInt32(30);
            (string Id, string Site, float Accuracy, float Milliseconds, int Load)[] workers = new (string, string, float, float, int)[count];
            for (int i = 0; i < count; i++)
                workers[i] = ($"w{i}", random.NextInt32(2) == 0 ? "edge" : "cloud", 0.5f + (0.5f * random.NextSingle()),
                    1 + (30 * random.NextSingle()), random.NextInt32(4));
            Network network = Drawn((ulong)round);
            Dictionary<string, float> given = Scores(network, workers);
            random.Shuffle(workers.AsSpan());

            Dictionary<string, float> shuffled = Scores(network, workers);
            foreach ((string id, float score) in given) Assert.Equal(score, shuffled[id], 1e-3f * (1 + Math.Abs(score)));
        }
    }

    private static Dictionary<string, float> Scores(Network network, (string Id, string Site, float Accuracy, float Milliseconds, int Load)[] workers)
    {
        TestCluster cluster = new(With(network));
        foreach (var w in workers) cluster.Worker(w.Id, w.Site, TestCluster.Variant("m", "t", w.Accuracy, w.Milliseconds));
        foreach (var w in workers)
        {
            int k = cluster.View.Workers[w.Id].Placements[0];
            for (int i = 0; i < w.Load; i++) cluster.View.Sent(k, w.Milliseconds / 1000, w.Milliseconds / 1000, 0.001f, 10, cluster.Now + 100_000);
            if (w.Load > 1) cluster.View.RecordOutcome(k, cluster.View.GenerationOf(k), onTime: false, 0.9f, -1);
        }

        cluster.Decide(cluster.Request(deadlineMs: 120));
        Candidates c = cluster.Scheduler.Candidates;
        Dictionary<string, float> scores = [];
        for (int i = 0; i < c.Count; i++)
            if (c.Mask[i] != 0) scores.Add(cluster.View.WorkerOf(c.Processor[i])!.Description.Id, c.Score[i]);
        return scores;
    }

    [Fact]
    public void X5_a_network_that_gives_no_numbers_is_replaced_by_the_fallback()
    {
        Network broken = Drawn(1);
        broken.Parameters.Fill(float.NaN);
        TestCluster cluster = new(With(broken) with { FailuresUntilFallback = 3, FallbackDecisions = 100 });
        cluster.Worker("near", "edge", TestCluster.Variant("m", "t", 0.9f, 10)).Worker("far", "cloud", TestCluster.Variant("m", "t", 0.95f, 5));
        for (int i = 0; i < 5; i++)
        {
            Decision decision = cluster.Decide(cluster.Request());
            Assert.True(decision.IsPlaced);
            Assert.Equal(PolicyNames.EarliestFinish, decision.Policy);
            cluster.Answer(decision, 10);
            cluster.After(50);
        }

        Assert.Equal(3, cluster.Scheduler.PolicyFailures);
        Assert.True(cluster.Scheduler.OnFallback);
    }

    [Fact]
    public void Features_are_finite_whatever_the_cluster_is_in()
    {
        TestCluster cluster = new(With(Drawn(3), exploration: 0.2f));
        for (int i = 0; i < 13; i++) cluster.Worker($"w{i}", i % 2 == 0 ? "edge" : "cloud", TestCluster.Variant("m", "t", 0.5f + (i * 0.03f), 1 + (i * i)));
        RandomStream random = new(9);
        for (int i = 0; i < 3_000; i++)
        {
            cluster.After(random.NextExponential() * 2);
            for (int w = 0; w < 13; w++)
                if (w != i / 300) cluster.Hear($"w{w}"); // one after the other falls silent and gets no work
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 200 * random.NextSingle()));
            foreach (float f in cluster.Scheduler.Candidates.Ratios)
                if (cluster.Scheduler.Candidates.HasRatios) Assert.InRange(f, -6, 6);
            if (decision.IsPlaced && random.NextSingle() < 0.7f) cluster.Answer(decision, 200 * random.NextSingle());
        }
    }

    [Fact]
    public void X7_a_decision_at_64_candidates_allocates_nothing_with_and_without_learning_online()
    {
        foreach (string online in (string[])["false", "true"])
        {
            LoadedPolicy file = LoadedPolicy.Parse(FileOf(Drawn(4), online: online).ToBytes());
            TestCluster cluster = new(new SchedulerSettings { TimeBudget = TimeSpan.Zero }.With(file));
            cluster.AssertAllocatesNothing(decisions: 400);
        }
    }

    [Fact]
    public void A_file_of_another_layout_or_shape_is_refused()
    {
        Assert.Contains("layout 1 of the features of 'neural', this build computes layout 3", Refused(FileOf(Drawn(1), layout: 1)), StringComparison.Ordinal);
        Network narrow = new(NetworkShape.Perceptron(5, [4], Activation.Relu, 2));
        Assert.Contains("24 inputs and 2 outputs, not 5 and 2", Refused(FileOf(narrow)), StringComparison.Ordinal);

        static string Refused(PolicyFile file) => Assert.Throws<PolicyFileException>(() => LoadedPolicy.Parse(file.ToBytes())).Message;
    }

    [Fact]
    public void What_is_written_is_what_serves()
    {
        Network network = Drawn(8);
        LoadedPolicy file = LoadedPolicy.Parse(FileOf(network).ToBytes());
        (string, string, float, float, int)[] workers = [("a", "edge", 0.7f, 8, 2), ("b", "edge", 0.8f, 12, 0), ("c", "cloud", 0.95f, 6, 1)];
        Assert.Equal(Scores(network, workers), Scores(file.File!.Network, workers));
        Assert.Equal(PolicyNames.Neural, file.Prepare().Policy.Name);
    }

    [Fact]
    public void Answers_that_come_late_are_remembered_by_their_processor_and_fade()
    {
        TestCluster cluster = new(With(NeuralPolicy.Untrained(1))) { Now = TestCluster.Start };
        cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10)).Worker("other", "edge", TestCluster.Variant("m", "t", 0.5f, 10));
        for (int i = 0; i < 10; i++)
        {
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 100));
            Assert.Equal("w", cluster.Where(decision));
            cluster.After(150);
            cluster.Hear("w", "other");
            cluster.Answer(decision, 10);
        }

        float residual = cluster.View.OnTimeResidual[0];
        Assert.InRange(residual, -0.9f, -0.2f);
        Assert.Equal(0, cluster.View.OnTimeResidual[1]);
        cluster.After(3_000);
        cluster.View.Advance(cluster.Now);
        Assert.InRange(cluster.View.OnTimeResidual[0], residual * 0.5f, 0);
    }

    private sealed class Decisions : WorldObserver
    {
        public List<(long, int, RejectReason, float)> All { get; } = [];

        public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates candidates, long now) =>
            All.Add((id, decision.Placement, decision.Reason, decision.Propensity));
    }
}
