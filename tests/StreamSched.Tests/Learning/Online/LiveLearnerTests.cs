using StreamSched.Core.Cluster;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Rollouts;
using StreamSched.Hosting;
using StreamSched.Learning.Online;
using StreamSched.Learning.Rollouts;

namespace StreamSched.Tests.Learning.Online;

public class LiveLearnerTests : ILiveSink
{
    private const int Inputs = FeatureEncoder.RatioFields;
    private const long Second = 1_000_000;
    private static readonly LoadedPolicy Shipped = PolicySource.Find("neural", "NAME").File!;
    private readonly List<RolloutStep> _steps = [];
    private readonly List<(PolicyVersion Version, PolicyVersion Parent)> _versions = [];
    private readonly LiveLearner _learner;
    private IReadOnlyList<AccuracyEstimate> _accuracies = [];
    private RandomStream _random = new(1);
    private long _now = 1_700_000_000 * Second;

    public LiveLearnerTests() => _learner = new LiveLearner(
        new LiveLearnerSettings { OnTime = new OnTimeLearnerSettings { PeriodOutcomes = int.MaxValue, Period = TimeSpan.FromDays(1) } }, this,
        new PolicyVersion("neural", 1, Shipped.Digest), Shipped);

    public static TheoryData<string, string> Faults => new()
    {
        { "not a number", "layout" }, { "stale layout", "layout" }, { "no network", "layout" }, { "damaged", "layout" },
        { "ten times as slow", "decision time" }, { "not finite on what was recorded", "recorded decisions" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void X5_a_bad_candidate_is_stopped_by_a_named_gate_and_never_serves(string fault, string gate)
    {
        Serve(200);
        Assert.Null(_learner.Propose(Bad(fault), _now));
        Assert.Equal([RolloutState.Proposed, RolloutState.Rejected], [.. _steps.Select(s => s.State)]);
        Assert.Contains(gate, _steps[^1].Reason, StringComparison.Ordinal);
        Assert.Equal((1, 1), (_learner.Rollout.Champion.Version, _versions[0].Parent.Version));
        Assert.All(_steps, s => Assert.Null(s.Windows));
    }

    [Fact]
    public void X5_a_candidate_that_forecasts_the_contrary_is_stopped_in_its_shadow()
    {
        Serve(200);
        Network inverted = Shipped.File!.Network.Clone();
        int last = inverted.Shape.Layers.Count - 1, inputs = inverted.Shape.Layers[^2].Outputs;
        foreach (ref float w in inverted.Weights(last)[..inputs]) w = -w;
        inverted.Biases(last)[0] = -6;
        Assert.Null(_learner.Propose(new PolicyFile(inverted, Shipped.Metadata).ToBytes(), _now));
        Serve(30);
        Assert.Equal(RolloutState.Rejected, _learner.Rollout.State);
        Assert.Contains("forecasters", _steps[^1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_candidate_is_a_version_before_any_step_names_it_and_its_number_is_used_once()
    {
        Serve(200);
        Assert.Null(_learner.Propose(Shipped.Bytes.ToArray()[..^1], _now));
        Assert.Equal(2, _versions[0].Version.Version);
        Assert.Null(_learner.Propose(Bad("damaged"), _now));
        Assert.Equal([2, 3], [.. _versions.Select(v => v.Version.Version)]);
        Assert.Equal([2, 2, 3, 3], [.. _steps.Select(s => s.Challenger!.Version)]);
    }

    [Fact]
    public void Without_traffic_it_says_why_nothing_is_tried()
    {
        Assert.StartsWith("traffic:", _learner.Propose(Shipped.Bytes.ToArray(), _now), StringComparison.Ordinal);
        Assert.Empty(_steps);
        Assert.Empty(_versions);
    }

    [Fact]
    public void L2_labels_change_what_is_believed_and_told()
    {
        for (int i = 0; i < 200; i++) _learner.Label(new LabelledAnswer(new("t", "m", "edge", "yard"), 0.9f, i % 4 == 0, (ulong)(i % 7)), _now);
        _learner.Advance(_now += 2 * Second);
        AccuracyEstimate edge = _accuracies.Single(e => e is { Site: "edge", Origin: "yard" });
        Assert.InRange(edge.Mean, 0.15f, 0.4f);
        IReadOnlyList<AccuracyEstimate> told = _accuracies;
        _learner.Advance(_now += 2 * Second);
        Assert.Same(told, _accuracies); // nothing has moved
    }

    [Fact]
    public void U5_a_bandit_learns_what_an_answer_is_worth_by_what_labels_have_shown()
    {
        LiveLearner learner = new(
            new LiveLearnerSettings { OnTime = new OnTimeLearnerSettings { Period = TimeSpan.FromSeconds(1) } }, this,
            new PolicyVersion("lin-ucb", 1, PolicyDigest.Of("lin-ucb")), null);
        for (int i = 0; i < 200; i++) learner.Label(new LabelledAnswer(new("t", "m", "edge", "yard"), 0.9f, i % 5 == 0, (ulong)(i % 7)), _now);
        learner.Advance(_now += 2 * Second);
        float[] seen = new float[14];
        for (int i = 0; i < 2_000; i++)
        {
            _now += Second / 100;
            learner.Outcome(
                new LiveOutcome
                {
                    Created = _now, Decided = _now, Arm = Arm.Champion, Window = -1, Utility = 0.9, Weight = 1, OnTime = true, IsPlaced = true,
                    DeadlineSeconds = 0.1f, Of = new("t", "m", "edge", "yard"), RegisteredAccuracy = 0.9f,
                    Policy = "lin-ucb", Seen = seen,
                },
                _now);
        }

        // What serves has no file and foretells nothing, so its error is the square of what was earned.
        Assert.InRange(learner.LatestScore!.Value.Champion, 0.01, 0.3 * 0.3);
    }

    private static byte[] Bad(string fault)
    {
        Network network = Shipped.File!.Network.Clone();
        switch (fault)
        {
            case "not a number": network.Parameters[5] = float.NaN; break;
            case "stale layout": return new PolicyFile(network, Shipped.Metadata with { FeatureLayout = 2 }).ToBytes();
            case "no network": return """{"name":"price","constants":{}}"""u8.ToArray();
            case "damaged": return [.. Shipped.Bytes.ToArray().Take(200)];
            case "ten times as slow":
                return new PolicyFile(new Network(NetworkShape.Perceptron(Inputs, [256, 256], Activation.Relu, 2)), Shipped.Metadata).ToBytes();
            default:
                network.Weights(0).Fill(3e38f);
                break;
        }

        return new PolicyFile(network, Shipped.Metadata).ToBytes();
    }

    private void Serve(int seconds)
    {
        float[] row = new float[Inputs];
        for (int i = 0; i < seconds * 300; i++)
        {
            _now += Second / 300;
            for (int f = 0; f < Inputs; f++) row[f] = _random.NextSingle();
            row[0] = 0.4f;
            ArmWindow window = _learner.Rollout.Windows?.At(_now) ?? new ArmWindow(Arm.Champion, -1);
            bool onTime = _random.NextSingle() < 0.9f;
            _learner.Outcome(
                new LiveOutcome
                {
                    Created = _now, Arm = window.Arm, Window = window.Window, Utility = 0.72 + (0.01 * _random.NextDouble()), Weight = 1,
                    OnTime = onTime, IsPlaced = true, DeadlineSeconds = 0.1f, Features = row,
                },
                _now);
            if (i % 30 == 0) _learner.Advance(_now);
        }
    }

    void ILiveSink.Version(PolicyVersion version, ReadOnlyMemory<byte> file, PolicyVersion parent, long now) => _versions.Add((version, parent));

    void ILiveSink.Accuracies(IReadOnlyList<AccuracyEstimate> estimates, long now) => _accuracies = estimates;

    void IRolloutSink.Stepped(RolloutStep taken)
    {
        Assert.True(taken.Challenger is null || _versions.Exists(v => v.Version == taken.Challenger));
        _steps.Add(taken);
    }
}
