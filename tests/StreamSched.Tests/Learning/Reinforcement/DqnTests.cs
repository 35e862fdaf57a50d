using StreamSched.Core.OnlineLearning;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Tests.Learning.Reinforcement;

public class DqnTests
{
    private static readonly DqnSettings Quick = new()
    {
        Hidden = [32, 32], Adam = new AdamSettings { LearningRate = 1e-3f }, LearningStarts = 500, TrainPeriod = 4, TargetPeriod = 250,
        ExplorationSteps = 8_000, BatchSize = 64,
    };

    [Fact]
    public void It_balances_the_pole_for_longer_than_chance_within_25000_steps()
    {
        DqnTraining training = new(new CartPole(1), Quick, 1);
        training.Run(25_000);
        Assert.True(training.Episodes.RecentMean >= 100, $"mean of the last hundred episodes: {training.Episodes.RecentMean}; chance gives 22");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_never_chooses_what_is_not_allowed_and_learns_under_a_mask(bool isDouble)
    {
        Placing placing = new(3, 4);
        placing.Reset();
        DqnTraining training = new(placing, Quick with { DoubleEstimator = isDouble }, 2);
        training.Run(12_000); // Placing throws on what is not allowed
        Placing judge = new(77, 4);
        double earned = 0, possible = 0;
        for (int episode = 0; episode < 500; episode++)
        {
            judge.Reset();
            float[] observation = new float[9];
            bool[] mask = new bool[4];
            judge.Observe(observation, mask);
            possible += judge.Best;
            earned += judge.Act(training.Dqn.Best(observation, mask)).Reward;
        }

        Assert.InRange(earned / possible, 0.93, 1);
    }

    [Fact]
    public void Exploration_falls_from_the_first_to_the_last_share()
    {
        Dqn dqn = new(1, 2, new DqnSettings { ExplorationSteps = 10, FirstExploration = 0.9f, LastExploration = 0.1f, LearningStarts = 1000 }, 1);
        List<float> shares = [];
        for (int i = 0; i < 20; i++)
        {
            shares.Add(dqn.Exploration);
            dqn.Add([1], 0, 0, [1], [], false);
        }

        Assert.Equal(0.9f, shares[0], 1e-5f);
        Assert.Equal(0.5f, shares[5], 1e-5f);
        Assert.Equal(0.1f, shares[^1], 1e-5f);
    }

    [Fact]
    public void Values_of_a_chain_are_the_discounted_rewards_and_a_cut_off_is_no_end()
    {
        // From 0 one gets to 1 for nothing and from there to the end for 1; what is cut off counts as going on.
        DqnSettings settings = Quick with { Discount = 0.5f, LearningStarts = 100, TargetPeriod = 50, TrainPeriod = 1 };
        Dqn dqn = new(2, 1, settings, 3);
        for (int i = 0; i < 3000; i++)
        {
            dqn.Add([1, 0], 0, 0, [0, 1], [], false);
            dqn.Add([0, 1], 0, 1, [0, 0], [], true);
        }

        StreamSched.Core.Networks.Activations activations = new(dqn.Network.Shape, 2);
        activations.SetSample(0, [1, 0]);
        activations.SetSample(1, [0, 1]);
        ReadOnlySpan<float> values = dqn.Network.Forward(activations);
        Assert.Equal(0.5f, values[0], 0.02f);
        Assert.Equal(1f, values[1], 0.02f);
    }

    [Fact]
    public void A_checkpoint_goes_on_as_if_nothing_had_happened()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            DqnTraining whole = new(new CartPole(1), Quick, 1), first = new(new CartPole(1), Quick, 1), second = new(new CartPole(1), Quick, 1);
            whole.Run(3000);
            first.Run(1234);
            Checkpoint checkpoint = new();
            first.Save(checkpoint);
            checkpoint.Save(file);
            second.Load(Checkpoint.Load(file));
            second.Run(3000 - 1234);
            Assert.Equal(whole.Dqn.Network.Parameters, second.Dqn.Network.Parameters);
            Assert.Equal((whole.Steps, whole.Episodes.RecentMean), (second.Steps, second.Episodes.RecentMean));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
