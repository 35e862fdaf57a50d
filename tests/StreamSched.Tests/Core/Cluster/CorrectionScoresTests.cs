using StreamSched.Core.Cluster;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;

namespace StreamSched.Tests.Core.Cluster;

/// <summary>A correction that is worse than the rule it corrects does not decide for long.</summary>
public class CorrectionScoresTests
{
    [Fact]
    public void Where_a_network_scores_worse_the_rule_decides_within_a_few_hundred_answers_and_records_say_so()
    {
        TestCluster cluster = Cluster(correction: -6);
        Assert.Equal(PolicyNames.Neural, Serve(cluster, "jetson", onTime: true).Policy);
        for (int i = 0; i < 300; i++) Serve(cluster, "jetson", onTime: true);

        Decision decision = Serve(cluster, "jetson", onTime: true);

        Assert.Equal(PolicyNames.Price, decision.Policy);
        Assert.Equal(0, Trust(cluster, "jetson-1"));
        Assert.Equal(0, Trust(cluster, "jetson-2")); // of the same class
        Assert.Equal(1, Trust(cluster, "server-1"));
        Assert.Equal(PolicyNames.Neural, Serve(cluster, "server", onTime: false).Policy);
    }

    [Fact]
    public void A_network_that_says_the_right_thing_twice_as_loudly_counts_for_half()
    {
        // The rule says 0.5; of the answers 0.73 are in time, which is a logit of 1; the network adds 2.
        ProcessorColumns processors = new(new ColumnSet());
        CorrectionScores scores = new(processors, processors.Trust);
        int of = scores.ClassOf("jetson");
        RandomStream random = new(1);
        for (int i = 0; i < 20_000; i++) scores.Add(of, 0, 2, random.NextSingle() < 0.731f);
        Assert.InRange(scores.Trust(of), 0.4, 0.6);
    }

    [Fact]
    public void A_correction_that_is_no_number_is_not_trusted_and_breaks_nothing()
    {
        ProcessorColumns processors = new(new ColumnSet());
        CorrectionScores scores = new(processors, processors.Trust);
        int of = scores.ClassOf("jetson");
        for (int i = 0; i < 200; i++) scores.Add(of, 0, float.NaN, true);
        Assert.Equal(0, scores.Trust(of));
        for (int i = 0; i < 2_000; i++) scores.Add(of, 0, i % 2 == 0 ? 1 : -1, i % 2 == 0);
        Assert.InRange(scores.Trust(of), 0.5, 1);
    }

    [Fact]
    public void It_decides_again_once_it_is_better()
    {
        TestCluster cluster = Cluster(correction: -6);
        for (int i = 0; i < 300; i++) Serve(cluster, "jetson", onTime: true);
        Assert.Equal(0, Trust(cluster, "jetson-1"));

        // Answers begin to come late, as the network says and the rule does not.
        for (int i = 0; i < 600; i++) Serve(cluster, "jetson", onTime: false);

        Assert.InRange(Trust(cluster, "jetson-1"), 0.5, 1);
    }

    [Fact]
    public void A_network_that_agrees_with_the_rule_is_never_left_out()
    {
        TestCluster cluster = Cluster(correction: 0.05f);
        for (int i = 0; i < 2_000; i++) Serve(cluster, "jetson", onTime: i % 10 != 0);
        Assert.Equal(1, Trust(cluster, "jetson-1"));
    }

    [Fact]
    public void A_worker_that_comes_is_trusted_as_its_class_is()
    {
        TestCluster cluster = Cluster(correction: -6);
        for (int i = 0; i < 300; i++) Serve(cluster, "jetson", onTime: true);
        Register(cluster, "jetson-3", "jetson");
        Assert.Equal(0, Trust(cluster, "jetson-3"));
    }

    [Fact]
    public void Hostile_class_names_are_bounded()
    {
        ProcessorColumns processors = new(new ColumnSet());
        CorrectionScores scores = new(processors, processors.Trust);
        for (int i = 0; i < 100_000; i++) Assert.InRange(scores.ClassOf($"class {i}"), 0, 255);
    }

    // So short of time that the curve counts. The task names the class of the only workers that hold its model.
    private static Decision Serve(TestCluster cluster, string task, bool onTime)
    {
        cluster.After(50);
        cluster.Hear([.. cluster.View.Workers.Keys]);
        Decision decision = cluster.Decide(cluster.Request(task, deadlineMs: 16));
        Assert.True(decision.IsPlaced);
        if (!onTime) cluster.After(500);
        cluster.Answer(decision, 10);
        return decision;
    }

    private static float Trust(TestCluster cluster, string worker) => cluster.View.Trust[cluster.View.Workers[worker].ProcessorIndices[0]];

    // A network that adds the same to every logit.
    private static TestCluster Cluster(float correction)
    {
        Network network = NeuralPolicy.Untrained(1);
        network.Biases(network.Shape.Layers.Count - 1)[0] = correction;
        PriceParameters price = new() { RejectScore = -1 };
        TestCluster cluster = new(new()
        {
            Policy = PolicyNames.Neural, Prepare = () => new PreparedPolicy(new NeuralPolicy(network, price)), Exploration = 0, TimeBudget = TimeSpan.Zero,
        });
        foreach (string kind in (string[])["jetson", "server"])
            for (int i = 1; i <= 2; i++) Register(cluster, $"{kind}-{i}", kind);
        return cluster;
    }

    private static void Register(TestCluster cluster, string id, string kind) => cluster.View.Register(
        TestCluster.Describe(id, "edge", 1, InterferenceTable.None, TestCluster.Variant("m", kind, 0.9f, 10)) with { Class = kind }, cluster.Now);
}
