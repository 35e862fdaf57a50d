using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Learning.Optimization;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Tests.Learning;

/// <summary>How the library is used, as docs/learning.md refers to it: in ten lines each, and each of them runs.</summary>
public class Examples
{
    [Fact]
    public void Policy_gradients_in_a_world_that_asks_with_rewards_that_come_later()
    {
        // One network for all candidates: context of 2, up to 5 candidates of 3 features, a memory of 4.
        ActorCritic model = new(new ActorCriticShape { Context = 2, Actions = 5, CandidateFeatures = 3, Memory = 4, ActorHidden = [32, 16] });
        RandomStream random = RandomStream.For(seed: 1, "parameters");
        model.Initialize(ref random);
        Ppo ppo = new(model, new PpoSettings { Discount = 0.95f }, seed: 1);
        float[] observation = new float[model.Shape.ObservationSize]; // context, then candidate by candidate
        bool[] mask = [true, true, false, true, false];
        for (int round = 0; round < 2; round++)
        {
            Trajectory trajectory = new(model.Shape);
            Actor actor = new(model); // one per world; worlds may run in parallel, each with a trajectory of its own
            for (int request = 0; request < 100; request++)
            {
                actor.Decide(observation, mask, ref random, trajectory); // its decision has the index trajectory.Count - 1
                if (request >= 10) trajectory.AddReward(request - 10, 1); // results arrive
            }

            trajectory.LastValue = actor.Value(observation);
            PpoStatistics statistics = ppo.Update([trajectory]);
            Assert.True(float.IsFinite(statistics.PolicyLoss));
        }

        new PolicyFile(model.Actor, new PolicyMetadata { Name = "example" }, model.Memory).ToBytes(); // features: context, state, candidate
    }

    [Fact]
    public void Policy_gradients_in_an_environment_that_is_driven_with_a_checkpoint()
    {
        ActorCritic model = new(new ActorCriticShape { Context = 4, Actions = 2 });
        RandomStream random = RandomStream.For(seed: 1, "parameters");
        model.Initialize(ref random);
        PpoTraining training = new([new CartPole(1), new CartPole(2)], model, new PpoSettings(), totalSteps: 10_000, seed: 1);
        while (training.Steps < 1000) training.Iterate();
        Checkpoint checkpoint = new();
        training.Save(checkpoint); // checkpoint.Save(path), and later training.Load(Checkpoint.Load(path))
        Assert.True(training.Episodes.RecentMean > 0);
    }

    [Fact]
    public void Deep_Q_learning_on_transitions_that_somebody_else_brings()
    {
        Dqn dqn = new(observationSize: 3, actions: 7, new DqnSettings { Hidden = [64], LearningStarts = 100, ExplorationSteps = 500 }, seed: 1);
        float[] before = [0, 0, 1], after = [1, 0, 1];
        bool[] mask = [true, true, true, false, true, true, true];
        for (int window = 0; window < 300; window++)
        {
            int action = dqn.Act(before, mask); // which static policy rules the next window
            dqn.Add(before, action, reward: action == 2 ? 1 : 0, after, mask, terminated: false); // learns when it is time to
            (before, after) = (after, before);
        }

        new PolicyFile(dqn.Network, new PolicyMetadata { Name = "aset" }).ToBytes();
        Assert.True(float.IsFinite(dqn.LastLoss));
    }

    [Fact]
    public void Evolution_strategy_over_the_constants_of_a_rule()
    {
        float[] logarithms = [MathF.Log(1), MathF.Log(0.0011f), MathF.Log(1.6f)]; // one scale for all of them
        EvolutionStrategy search = new(logarithms, new EvolutionSettings { Pairs = 8, Deviation = 0.2f, Threads = 2 }, seed: 1);
        for (int g = 0; g < 20; g++)
        {
            Generation generation = search.Step((parameters, worlds) =>
                -Math.Abs(MathF.Exp(parameters[0]) - 1.5) + (new RandomStream(worlds).NextDouble() * 10));
            Assert.Equal(0, generation.Failed);
        }

        Assert.Equal(1.5f, MathF.Exp(search.Parameters[0]), 0.3f);
    }

    [Fact]
    public void Scores_of_64_candidates_without_allocation()
    {
        Network network = new(NetworkShape.Perceptron(inputs: 16, hidden: [32, 16], Activation.Relu, outputs: 1)); // or PolicyFile.Load(path).Network
        Activations activations = new(network.Shape, samples: 64); // once per thread; Resize allocates only when there were never so many
        float[] slack = new float[64];
        Assert.Equal(0, Allocations.Of(() =>
        {
            activations.Resize(64);
            slack.CopyTo(activations.Input.Slice(5 * activations.Stride, 64)); // feature 5 of all candidates: one column after the other
            network.Forward(activations); // returns Output [outputs, Stride]: here the scores of the candidates
        }));
        Assert.Equal(64, activations.Output.Length);
    }

    [Fact]
    public void A_bandit_over_arms_that_are_described_by_their_features()
    {
        NeuralUcb neural = new(features: 4, new NeuralUcbSettings(), seed: 1); // or LinUcb: one model, features of context and arm together
        float[] candidates = new float[64 * 4];
        int chosen = neural.Choose(candidates);
        neural.Learn(candidates.AsSpan(4 * chosen, 4), reward: 0.7);
        Assert.Equal(0, chosen);
    }
}
