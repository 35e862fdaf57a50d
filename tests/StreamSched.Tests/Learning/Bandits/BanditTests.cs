using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Tests.Learning.Bandits;

public class BanditTests
{
    [Fact]
    public void The_inverse_that_is_kept_is_the_inverse_and_coefficients_are_those_of_ridge_regression()
    {
        const int n = 5;
        RandomStream random = new(1);
        RidgeModel model = new(n, ridge: 0.5);
        double[,] a = new double[n, n];
        double[] b = new double[n];
        for (int i = 0; i < n; i++) a[i, i] = 0.5;
        for (int s = 0; s < 200; s++)
        {
            float[] x = new float[n];
            for (int i = 0; i < n; i++) x[i] = (float)random.NextNormal();
            double reward = random.NextNormal();
            Assert.True(model.Learn(x, reward));
            for (int i = 0; i < n; i++)
            {
                b[i] += reward * x[i];
                for (int j = 0; j < n; j++) a[i, j] += (double)x[i] * x[j];
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double product = 0;
                for (int k = 0; k < n; k++) product += model.Inverse[(i * n) + k] * a[k, j];
                Assert.Equal(i == j ? 1 : 0, product, 1e-9);
            }

            double sum = 0;
            for (int k = 0; k < n; k++) sum += a[i, k] * model.Coefficients[k];
            Assert.Equal(b[i], sum, 1e-8);
        }

        Assert.False(model.Learn([1, float.NaN, 0, 0, 0], 1));
        Assert.False(model.Learn([1, 0, 0, 0, 0], double.NaN));
        Assert.Equal(200, model.Count);
        Checkpoint checkpoint = new();
        model.Save(checkpoint, "ridge");
        RidgeModel other = new(n, 0.5);
        other.Load(checkpoint, "ridge");
        Assert.Equal(model.Predict([1, 2, 3, 4, 5]), other.Predict([1, 2, 3, 4, 5]));
    }

    [Fact]
    public void L1_regret_of_LinUCB_is_sublinear_on_linear_rewards()
    {
        LinUcb bandit = new(4, exploration: 0.3);
        float[] truth = [0.5f, -0.2f, 0.3f, 0.1f];
        (double first, double last) = Regret(1, 4000, 4, x => truth.Zip(x, (t, v) => (double)t * v).Sum(), x => bandit.Choose(x), bandit.Learn);
        Assert.True(last < first / 4, $"regret of the first quarter {first}, of the last {last}");
    }

    [Fact]
    public void L1_regret_of_the_neural_bandit_is_sublinear_where_rewards_are_not_linear()
    {
        NeuralUcb bandit = new(4, new NeuralUcbSettings { Exploration = 0.2 }, 3);
        LinUcb linear = new(4, exploration: 0.2);
        static double Reward(float[] x) => Math.Cos(3 * x[0]) * (x[1] > 0 ? 1 : 0.3);
        (double first, double last) = Regret(2, 4000, 4, Reward, x => bandit.Choose(x), bandit.Learn);
        (_, double lastOfLinear) = Regret(2, 4000, 4, Reward, x => linear.Choose(x), linear.Learn);
        Assert.True(last < first / 2.5, $"regret of the first quarter {first}, of the last {last}");
        Assert.True(last < lastOfLinear / 2, $"regret of the last quarter {last}; a linear model's {lastOfLinear}");
    }

    [Fact]
    public void L3_a_new_arm_is_tried_and_taken_while_it_runs()
    {
        // Arms as the policy has them: what tells them apart is among the features.
        LinUcb bandit = new(4, exploration: 2);
        RandomStream random = new(5);
        int[] chosen = new int[3];
        for (int t = 0; t < 2000; t++)
        {
            float load = random.NextSingle();
            float[] arms = t < 1000 ? [1, 0, 0, 0, 0, load, 0, 0] : [1, 0, 0, 0, 0, load, 0, 0, 0, 0, 1, 0];
            int arm = bandit.Choose(arms);
            if (t is >= 900 and < 1000 or >= 1900) chosen[arm] += t < 1000 ? 1 : 1000;
            double mean = arm switch { 0 => 0.5, 1 => load, _ => 1.2 };
            bandit.Learn(arms.AsSpan(4 * arm, 4), mean + (0.1 * random.NextNormal()));
        }

        Assert.InRange(chosen[0], 30, 70); // the first is better for one half of the contexts, the second for the other
        Assert.InRange(chosen[1], 30, 70);
        Assert.Equal(100_000, chosen[2]); // and the new one always
    }

    [Fact]
    public void Without_an_arm_there_is_no_choice_and_a_mask_is_kept()
    {
        LinUcb bandit = new(1);
        Assert.Equal(-1, bandit.Choose([]));
        Assert.Equal(-1, bandit.Choose([1, 2], [false, false]));
        Assert.Equal(1, bandit.Choose([9, 1, 5], [false, true, false]));
        NeuralUcb neural = new(1, new NeuralUcbSettings(), 1);
        Assert.Equal(1, neural.Choose([9, 1, 5], [false, true, false]));
        neural.Learn([float.NaN], 1);
        neural.Learn([1], double.NaN);
        Assert.True(double.IsFinite(neural.Score([1])));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(19)]
    public void Bounds_of_many_arms_are_those_of_each(int arms)
    {
        const int features = 5;
        RandomStream random = new(7);
        LinUcb linear = new(features, exploration: 0.3);
        NeuralUcb neural = new(features, new NeuralUcbSettings { TrainPeriod = 50 }, 3);
        foreach ((IContextualBandit bandit, LearnReward learn, Func<float[], double> score) in ((IContextualBandit, LearnReward, Func<float[], double>)[])
            [(linear, linear.Learn, x => linear.Score(x)), (neural, neural.Learn, x => neural.Score(x))])
        {
            for (int s = 0; s < 120; s++) learn(Networks.NetworkTests.Numbers(features, ref random), random.NextNormal());
            float[] x = Networks.NetworkTests.Numbers(arms * features, ref random), scores = new float[arms];
            bandit.Score(x, arms, scores);
            for (int a = 0; a < arms; a++) Assert.Equal(score(x[(a * features)..((a + 1) * features)]), scores[a], 1e-5);
        }
    }

    // Regret of the first and of the last quarter over random arms, eight a round, with noise on the rewards.
    private static (double First, double Last) Regret(
        ulong seed, int rounds, int features, Func<float[], double> mean, Func<float[], int> choose, LearnReward learn)
    {
        RandomStream random = new(seed);
        (double first, double last) = (0, 0);
        for (int t = 0; t < rounds; t++)
        {
            float[] arms = Networks.NetworkTests.Numbers(8 * features, ref random);
            double[] means = [.. Enumerable.Range(0, 8).Select(a => mean(arms[(a * features)..((a + 1) * features)]))];
            int chosen = choose(arms);
            learn(arms.AsSpan(chosen * features, features), means[chosen] + (0.1 * random.NextNormal()));
            double regret = means.Max() - means[chosen];
            if (t < rounds / 4) first += regret;
            if (t >= rounds - (rounds / 4)) last += regret;
        }

        return (first, last);
    }

    private delegate void LearnReward(ReadOnlySpan<float> x, double reward);
}
