using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Learning.Reinforcement;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Training;
using StreamSched.Simulation.Worlds;
using StreamSched.Tests.Core;

namespace StreamSched.Tests.Learning.Policies;

public class PublishedPolicyTests
{
    private static readonly string Shipped = Checkout.Path("models", "policies");

    private static Scenario Scenario(string name, double duration) =>
        ScenarioFile.Load(Checkout.Path("scenarios", name + ".json")) with { Duration = duration };

    private static WorldResult Run(Scenario scenario, string file, ulong seed, WorldObserver? observer = null) =>
        Run(scenario, () => PolicyCatalogue.Create(PolicyFile.Load(Path.Combine(Shipped, file))), seed, observer);

    private static WorldResult Run(Scenario scenario, Func<ISchedulingPolicy> policy, ulong seed, WorldObserver? observer = null) =>
        new World(scenario, new WorldSettings
        {
            Seed = seed, Observer = observer, TimeEvery = 0,
            Scheduler = new SchedulerSettings { Exploration = 0, Prepare = () => new PreparedPolicy(policy()) },
        }).Run();

    public static TheoryData<string> Files => ["aset.onnx", "ecsrl.onnx", "ecsrl-no-matrix.onnx", "tan.onnx", "tan-no-memory.onnx"];

    [Theory, MemberData(nameof(Files))]
    public void A_shipped_file_serves_a_cluster_that_it_was_not_trained_in(string file)
    {
        WorldResult result = Run(Scenario("small", 4), file, 1);
        Assert.Equal(0, result.PolicyFailures);
        Assert.Equal(1, result.All.Success + result.All.Reject + result.All.Failure, 9);
        Assert.InRange(result.All.Success, 0.5, 1);
    }

    [Theory, InlineData("aset"), InlineData("ecsrl"), InlineData("ecsrl-no-matrix"), InlineData("tan"), InlineData("tan-no-memory")]
    public void A_training_is_a_function_of_its_seed_goes_on_from_a_checkpoint_and_gives_a_file_that_serves(string kind)
    {
        Scenario scenario = Scenario("small", 3);
        TrainingPlan plan = new() { Scenarios = [scenario], Seed = 5, RequestsPerWorld = 400 };
        IPolicyTrainer trainer = PolicyTrainers.Find(kind)!;
        IPolicyTraining whole = trainer.Start(plan), first = trainer.Start(plan), second = trainer.Start(plan);
        whole.Advance(CancellationToken.None);
        whole.Advance(CancellationToken.None);
        first.Advance(CancellationToken.None);
        StreamSched.Core.OnlineLearning.Checkpoint checkpoint = new();
        first.Save(checkpoint);
        second.Load(checkpoint);
        second.Advance(CancellationToken.None);
        byte[] bytes = whole.File(new PolicyMetadata { Version = 1 });
        Assert.Equal(bytes, second.File(new PolicyMetadata { Version = 1 }));
        Assert.Equal(0, Run(scenario, () => PolicyCatalogue.Create(PolicyFile.Parse(bytes)), 2).PolicyFailures);
    }

    [Fact]
    public void T1_T4_the_large_model_is_chosen_more_often_in_calm_than_in_burst_though_no_observation_holds_the_state()
    {
        // Calm and burst as two worlds of a constant rate, so that the share in each is known without looking into the generator.
        Scenario tan = Scenario("tan", 10);
        double calm = LargeShare(150), burst = LargeShare(700);
        Assert.InRange(calm, 0.05, 1);
        Assert.True(calm > burst + 0.2, $"large models: {calm:P0} in calm, {burst:P0} in burst");

        double LargeShare(double rate)
        {
            ArrivalDefinition poisson = tan.Arrivals[0] with { Kind = ArrivalKind.Poisson, Rate = [(0, rate)], States = [] };
            return Run(tan with { Arrivals = [poisson] }, "tan.onnx", 3).Variants.GetValueOrDefault("resnet50");
        }
    }

    [Fact]
    public void A5_the_window_policy_does_what_the_static_policy_that_rules_would_do_until_the_window_ends()
    {
        // A network that values one rule above all others, whatever it sees.
        for (int rule = 0; rule < AsetPolicy.Rules.Count; rule++)
        {
            Network network = new(NetworkShape.Perceptron(AsetPolicy.ObservationSize, [4], Activation.Relu, AsetPolicy.Rules.Count));
            network.Biases(1)[rule] = 1;
            AsetPolicy policy = AsetPolicy.Of(AsetPolicy.File(network, TimeSpan.FromSeconds(1), new PolicyMetadata()));
            TestCluster one = Cluster(), other = Cluster();
            one.Scheduler.Use(policy, 1);
            other.Scheduler.Use(PolicyCatalogue.Create(AsetPolicy.Rules[rule], new PriceParameters()), 1);
            for (int i = 0; i < 300; i++)
            {
                Assert.Equal(Serve(other), Serve(one));
                Assert.Equal(rule, policy.Rule);
            }

            Assert.InRange(policy.Ruled[rule], 2, 4); // 300 requests at 10 ms
        }

        static TestCluster Cluster() => new TestCluster(new SchedulerSettings { Exploration = 0, TimeBudget = TimeSpan.Zero })
            .Worker("near", "edge", TestCluster.Variant("a", "t", 0.7f, 8)).Worker("large", "edge", TestCluster.Variant("b", "t", 0.9f, 25))
            .Worker("far", "cloud", TestCluster.Variant("c", "t", 0.8f, 5));

        static string? Serve(TestCluster cluster)
        {
            cluster.Hear("near", "large", "far");
            Decision decision = cluster.Decide(cluster.Request());
            cluster.After(10);
            if (decision.IsPlaced) cluster.Answer(decision, 8);
            return cluster.Where(decision);
        }
    }

    [Fact]
    public void A5_a_window_earns_its_share_of_answers_in_time()
    {
        Dqn dqn = new(AsetPolicy.ObservationSize, AsetPolicy.Rules.Count, new DqnSettings { Hidden = [8], LearningStarts = 1000 }, 1);
        TestCluster cluster = new(new SchedulerSettings { Exploration = 0, TimeBudget = TimeSpan.Zero });
        cluster.Scheduler.Use(AsetPolicy.Learning(dqn, TimeSpan.FromSeconds(1)), 1);
        cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        for (int i = 0; i < 30; i++)
        {
            cluster.Hear("w");
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: i % 3 == 0 ? 1 : 100)); // every third cannot be placed
            cluster.After(100);
            if (decision.IsPlaced) cluster.Answer(decision, 10);
        }

        Assert.Equal(2, dqn.Steps);
        StreamSched.Core.OnlineLearning.Checkpoint checkpoint = new();
        dqn.Save(checkpoint);
        float[] rewards = checkpoint.Get<float>("dqn.replay.rewards");
        Assert.All(rewards.Take(2), r => Assert.InRange(r, 0.55f, 0.75f));
    }

    [Fact]
    public void E8_values_of_placements_do_not_depend_on_their_order_and_learning_by_candidates_finds_the_cheaper()
    {
        CandidateDqn learner = new(
            2, 4, new DqnSettings { Hidden = [16], LearningStarts = 100, TrainPeriod = 1, BatchSize = 32, Discount = 0.5f, ReplayCapacity = 2000 }, 3);
        RandomStream random = new(9);
        float[] candidates = new float[4 * 2], values = new float[4];
        for (int i = 0; i < 3000; i++)
        {
            for (int f = 0; f < candidates.Length; f++) candidates[f] = random.NextSingle();
            int chosen = random.NextInt32(4);
            float reward = -candidates[2 * chosen] - (0.5f * candidates[(2 * chosen) + 1]);
            float[] x = [.. candidates.AsSpan(2 * chosen, 2)];
            for (int f = 0; f < candidates.Length; f++) candidates[f] = random.NextSingle();
            learner.Add(x, reward, candidates, i % 5 == 0 ? 0 : 4);
        }

        learner.Value([0.1f, 0.1f, 0.9f, 0.9f, 0.1f, 0.9f, 0.9f, 0.1f], 4, values);
        Assert.True(values[0] > values[2] && values[2] > values[3] && values[3] > values[1], string.Join(", ", values));
        float[] permuted = new float[4];
        learner.Value([0.9f, 0.1f, 0.1f, 0.1f, 0.9f, 0.9f, 0.1f, 0.9f], 4, permuted);
        Assert.Equal([values[3], values[0], values[1], values[2]], permuted);
    }
}
