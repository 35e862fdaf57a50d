using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Prediction;
using StreamSched.Learning.Online;

namespace StreamSched.Tests.Learning.Online;

public class OnTimeLearnerTests
{
    private const int Inputs = FeatureEncoder.RatioFields;
    private static readonly OnTimeLearnerSettings Settings = new() { PeriodOutcomes = 2000, LeastOutcomes = 500 };

    [Fact]
    public void It_learns_what_the_network_that_serves_does_not_know_and_says_by_how_much_on_what_it_has_not_seen()
    {
        OnTimeLearner learner = new(NeuralPolicy.Untrained(1), Settings, 1);
        RandomStream random = new(7);
        List<HeldOutScore> scores = Play(learner, ref random, 8, correction: -1.5f);
        Assert.Equal(0, scores[0].Gain, 6); // nothing was learned before the first period
        HeldOutScore last = scores[^1];
        Assert.True(learner.IsClearlyBetter(last), $"gain {last.Gain:0.0000} ± {last.Error:0.0000}");
        Assert.True(last.Candidate < last.Rule - 0.05);
    }

    [Fact]
    public void Where_there_is_nothing_to_learn_nothing_is_clearly_better()
    {
        int better = 0;
        for (ulong seed = 1; seed <= 10; seed++)
        {
            OnTimeLearner learner = new(NeuralPolicy.Untrained(seed), Settings, seed);
            RandomStream random = new(seed + 100);
            better += Play(learner, ref random, 8, correction: 0).Count(learner.IsClearlyBetter);
        }

        Assert.True(better <= 1, $"{better} of 80 periods");
    }

    [Fact]
    public void What_it_says_of_the_price_of_delay_stays_where_it_was()
    {
        Network champion = NeuralPolicy.Untrained(1);
        RandomStream random = new(9);
        foreach (ref float p in champion.Weights(champion.Shape.Layers.Count - 1)) p = (random.NextSingle() - 0.5f) / 4;
        OnTimeLearner learner = new(champion, Settings, 1);
        Play(learner, ref random, 10, correction: -1);
        Activations one = new(champion.Shape, 1), other = new(champion.Shape, 1);
        double moved = 0, onTime = 0;
        for (int i = 0; i < 500; i++)
        {
            float[] row = Row(ref random);
            one.SetSample(0, row);
            other.SetSample(0, row);
            ReadOnlySpan<float> before = champion.Forward(one), after = learner.Candidate.Forward(other);
            moved += Math.Abs(before[one.Stride] - after[other.Stride]) / 500;
            onTime += Math.Abs(before[0] - after[0]) / 500;
        }

        Assert.True(onTime > 0.4, $"the on-time probability moved by {onTime:0.00}");
        Assert.True(moved < 0.05, $"the price of delay moved by {moved:0.000}");
    }

    [Theory]
    [InlineData(24, 16)] // as read from a file: the same sizes
    [InlineData(8, 12)]
    public void X0_when_another_network_comes_into_force_learning_goes_on_from_it(params int[] hidden)
    {
        OnTimeLearner learner = new(NeuralPolicy.Untrained(1), Settings, 1);
        RandomStream random = new(7);
        Play(learner, ref random, 2, correction: -1.5f);
        Network next = new(NetworkShape.Perceptron(Inputs, hidden, Activation.Relu, 2));
        Initialization.He(next, ref random);
        next.Weights(hidden.Length).Clear();
        learner.Begin(next);
        List<HeldOutScore> scores = Play(learner, ref random, 8, correction: -1.5f);
        Assert.Equal(0, scores[0].Gain, 6);
        Assert.True(learner.IsClearlyBetter(scores[^1]), $"gain {scores[^1].Gain:0.0000} ± {scores[^1].Error:0.0000}");
        Assert.Same(next.Shape, learner.Candidate.Shape);
    }

    [Fact]
    public void X5_what_is_no_number_sends_it_back_to_the_network_that_serves()
    {
        OnTimeLearner learner = new(NeuralPolicy.Untrained(1), Settings, 1);
        RandomStream random = new(3);
        float[] poisoned = new float[Inputs];
        Array.Fill(poisoned, float.NaN);
        for (int i = 0; i < 2000; i++) learner.Add(i % 2 == 0 ? poisoned : Row(ref random), true, i);
        Assert.True(learner.Returns > 0);
        foreach (float p in learner.Candidate.Parameters) Assert.True(float.IsFinite(p));
    }

    private static List<HeldOutScore> Play(OnTimeLearner learner, ref RandomStream random, int periods, float correction)
    {
        List<HeldOutScore> scores = [];
        for (int i = 0; i < periods * Settings.PeriodOutcomes; i++)
        {
            float[] row = Row(ref random);
            double probability = OnTimeModel.OfLogit(OnTimeLearner.RuleLogit(row) + correction);
            if (learner.Add(row, random.NextDouble() < probability, i) is { } score) scores.Add(score);
        }

        return scores;
    }

    private static float[] Row(ref RandomStream random)
    {
        float[] row = new float[Inputs];
        for (int f = 0; f < Inputs; f++) row[f] = random.NextSingle();
        row[0] = (random.NextSingle() - 0.3f) * 1.5f;
        return row;
    }
}
