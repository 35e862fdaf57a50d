using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// Trains by PPO on environments that it drives: so many decisions in each, an update, and so on. Deterministic; a checkpoint between two updates goes on as if
/// there had been no interruption.
/// </summary>
public sealed class PpoTraining
{
    private readonly IEnvironment[] _environments;
    private readonly Actor[] _actors;
    private readonly Trajectory[] _trajectories;
    private readonly double[] _returns;
    private readonly float[] _observation;
    private readonly bool[] _mask;
    private readonly long _totalSteps;
    private readonly Ppo _ppo;
    private RandomStream _random;

    /// <summary>A training at its start.</summary>
    /// <param name="environments">Driven in turn, all of one shape.</param>
    /// <param name="model">What learns, initialised.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="totalSteps">Steps planned, over all environments: the learning rate's decay is by them.</param>
    /// <param name="seed">Of actions and minibatches.</param>
    /// <exception cref="ArgumentException">Environments and model do not fit.</exception>
    public PpoTraining(IReadOnlyList<IEnvironment> environments, ActorCritic model, PpoSettings settings, long totalSteps, ulong seed)
    {
        if (environments.Count == 0 || environments.Any(e => e.ObservationSize != model.Shape.ObservationSize || e.Actions != model.Shape.Actions))
            throw new ArgumentException("the model is for other observations or actions than the environments have", nameof(model));
        _environments = [.. environments];
        _ppo = new Ppo(model, settings, seed);
        _actors = [.. environments.Select(_ => new Actor(model))];
        _trajectories = [.. environments.Select(_ => new Trajectory(model.Shape))];
        (_returns, _observation, _mask) = (new double[environments.Count], new float[model.Shape.ObservationSize], new bool[model.Shape.Actions]);
        (_totalSteps, _random) = (totalSteps, RandomStream.For(seed, "ppo actions"));
    }

    /// <summary>What learns.</summary>
    public ActorCritic Model => _ppo.Model;

    /// <summary>Steps done, over all environments.</summary>
    public long Steps { get; private set; }

    /// <summary>Returns of the episodes that ended.</summary>
    public EpisodeLog Episodes { get; } = new();

    /// <summary>Decides in every environment and updates the policy once.</summary>
    public PpoStatistics Iterate()
    {
        for (int e = 0; e < _environments.Length; e++) _trajectories[e].Clear();
        for (int step = 0; step < _ppo.Settings.StepsPerUpdate; step++)
            for (int e = 0; e < _environments.Length; e++) Step(e);
        for (int e = 0; e < _environments.Length; e++)
        {
            Observe(_environments[e]);
            _trajectories[e].LastValue = _actors[e].Value(_observation);
        }

        float left = Math.Max(0, 1 - ((float)Steps / _totalSteps));
        Steps += (long)_environments.Length * _ppo.Settings.StepsPerUpdate;
        return _ppo.Update(_trajectories, _ppo.Settings.DecayLearningRate ? _ppo.Settings.Adam.LearningRate * left : null);
    }

    /// <summary>Writes everything that it needs to go on.</summary>
    /// <param name="checkpoint">Where to.</param>
    public void Save(Checkpoint checkpoint)
    {
        _ppo.Save(checkpoint);
        Episodes.Save(checkpoint, "episodes");
        checkpoint.Set("steps", (ulong)Steps);
        checkpoint.Set("random", _random.State);
        checkpoint.Set("returns", _returns);
        for (int e = 0; e < _environments.Length; e++)
        {
            _environments[e].Save(checkpoint, $"environment.{e}");
            checkpoint.Set<float>($"actor.{e}.state", _actors[e].State);
            checkpoint.Set($"actor.{e}.start", _actors[e].IsStart ? 1UL : 0);
        }
    }

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <exception cref="CheckpointException">It is of another training.</exception>
    public void Load(Checkpoint checkpoint)
    {
        _ppo.Load(checkpoint);
        Episodes.Load(checkpoint, "episodes");
        Steps = (long)checkpoint.GetUInt64("steps");
        _random = new RandomStream(checkpoint.GetUInt64("random"));
        checkpoint.Get("returns", _returns.AsSpan());
        for (int e = 0; e < _environments.Length; e++)
        {
            _environments[e].Load(checkpoint, $"environment.{e}");
            _actors[e].Restore(checkpoint.Get<float>($"actor.{e}.state"), checkpoint.GetUInt64($"actor.{e}.start") != 0);
        }
    }

    private void Step(int e)
    {
        (IEnvironment environment, Actor actor, Trajectory trajectory) = (_environments[e], _actors[e], _trajectories[e]);
        Observe(environment);
        StepResult result = environment.Act(actor.Decide(_observation, _mask, ref _random, trajectory).Action);
        trajectory.AddReward(trajectory.Count - 1, result.Reward);
        _returns[e] += result.Reward;
        if (!result.Terminated && !result.Truncated) return;
        if (result.Truncated)
        {
            Observe(environment);
            trajectory.End(actor.Value(_observation));
        }
        else
        {
            trajectory.End();
        }

        Episodes.Add(_returns[e]);
        _returns[e] = 0;
        actor.Begin();
        environment.Reset();
    }

    private void Observe(IEnvironment environment)
    {
        _mask.AsSpan().Fill(true);
        environment.Observe(_observation, _mask);
    }
}
