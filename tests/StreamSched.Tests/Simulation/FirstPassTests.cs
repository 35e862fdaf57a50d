using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Requests;
using StreamSched.Hosting;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;
using StreamSched.Tests.Core;

namespace StreamSched.Tests.Simulation;

/// <summary>Of many placements the first pass keeps those that can win.</summary>
public class FirstPassTests
{
    // Eight times the workers and requests of Uninett's world: 2,032 placements of a task.
    [Theory]
    [InlineData("price", 0.7, false)]
    [InlineData("price", 1.2, true)]
    [InlineData("neural", 0.7, true)]
    [InlineData("neural", 1.2, false)]
    public void X7_Of_many_placements_the_first_pass_keeps_the_one_that_is_chosen_among_all(string policy, double load, bool accuracy)
    {
        Scenario read = ScenarioFile.Load(Checkout.Path("scenarios", "uninett.json"));
        Scenario world = read with
        {
            Duration = 0.6,
            WarmUp = 0,
            Load = read.Load * load * 8,
            ValueIsAccuracy = accuracy,
            Workers = [.. read.Workers.SelectMany(w => Enumerable.Range(0, 8).Select(i => w with { Id = $"{w.Id}-{i}" }))],
        };
        List<Comparison> made = [];
        new World(world, new WorldSettings { Seed = 5, Policy = _ => new Comparison(policy, world, made) }).Run();
        int decisions = made.Sum(c => c.Decisions), same = made.Sum(c => c.Same), most = made.Max(c => c.Most);
        Assert.True(decisions > 2_000 && most > 2_000, $"{decisions} decisions among {most}");
        Assert.InRange(same / (double)decisions, 0.999, 1);
    }

    [Fact]
    public void Where_none_is_feasible_the_reason_is_what_it_is_among_all()
    {
        TestCluster cluster = new(new() { Policy = PolicyNames.Price, Exploration = 0 });
        for (int i = 0; i < 2 * FirstPass.Most; i++)
            cluster.View.Register(TestCluster.Describe($"w-{i}", "edge", 1, InterferenceTable.None, TestCluster.Variant("m", "t", 0.9f, 10)), cluster.Now);
        cluster.Hear([.. cluster.View.Workers.Keys]);
        Assert.True(cluster.Decide(cluster.Request("t", deadlineMs: 100)).IsPlaced);
        Assert.Equal(RejectReason.Deadline, cluster.Decide(cluster.Request("t", deadlineMs: 2)).Reason);
    }

    // Chooses among all, and asks what it would have chosen among the best.
    private sealed class Comparison : ISchedulingPolicy
    {
        private readonly ISchedulingPolicy _policy, _again;
        private readonly FirstPassRule _rule;
        private readonly Candidates _best = new();
        private Predictor? _predictor;

        public Comparison(string policy, Scenario world, List<Comparison> made)
        {
            (_policy, _again) = (Make(policy), Make(policy));
            _rule = _policy.FirstPass!;
            made.Add(this);
        }

        public string Name => _policy.Name;

        public WaitingRule Waiting => _policy.Waiting;

        public int Decisions { get; private set; }

        public int Same { get; private set; }

        public int Most { get; private set; }

        public Choice Choose(ref DecisionContext context)
        {
            Choice choice = _policy.Choose(ref context);
            Candidates all = context.Candidates;
            Most = Math.Max(Most, all.Count);
            if (all.Count <= FirstPass.Most) return choice;
            Decisions++;
            int best = Ranking.BestThenEarliest(all);
            _predictor ??= new Predictor(context.View, new PredictionSettings());
            (_predictor.OnTime, _predictor.Waiting) = (context.OnTime, Waiting);
            _predictor.Predict(context.Request, _best, PriceRule.NetValueOf(context.Request, context.Value, _rule.Price, _rule.IsCorrected));
            DecisionContext shorter = new()
            {
                Request = context.Request, Candidates = _best, View = context.View, Value = context.Value, OnTime = context.OnTime, Random = context.Random,
                RejectScore = context.RejectScore,
            };
            _again.Choose(ref shorter);
            int other = Ranking.BestThenEarliest(_best);

            // Where nothing is worth its price both refuse.
            bool refused = all.Score[best] <= context.RejectScore && _best.Score[other] <= context.RejectScore;
            if (refused || _best.Placement[other] == all.Placement[best]) Same++;
            return choice;
        }

        private static ISchedulingPolicy Make(string name) =>
            PolicySource.Find(name, "policy").File is { } file ? file.Prepare().Policy : PolicyCatalogue.Create(name, new PriceParameters());
    }
}
