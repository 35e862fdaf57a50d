using StreamSched.Core.OnlineLearning;

namespace StreamSched.Learning.Reinforcement;

/// <summary>Trains by deep Q-learning on an environment that it drives. Deterministic; a checkpoint goes on as if there had been no interruption.</summary>
public sealed class DqnTraining
{
    private readonly IEnvironment _environment;
    private readonly float[] _observation, _next;
    private readonly bool[] _mask, _nextMask;
    private double _return;

    /// <summary>A training at its start.</summary>
    /// <param name="environment">Driven.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="seed">Of the learner.</param>
    public DqnTraining(IEnvironment environment, DqnSettings settings, ulong seed)
    {
        _environment = environment;
        Dqn = new Dqn(environment.ObservationSize, environment.Actions, settings, seed);
        (_observation, _next) = (new float[environment.ObservationSize], new float[environment.ObservationSize]);
        (_mask, _nextMask) = (new bool[environment.Actions], new bool[environment.Actions]);
    }

    /// <summary>The learner.</summary>
    public Dqn Dqn { get; }

    /// <summary>Steps done.</summary>
    public long Steps => Dqn.Steps;

    /// <summary>Returns of the episodes that ended.</summary>
    public EpisodeLog Episodes { get; } = new();

    /// <summary>Does some steps, learning on the way.</summary>
    /// <param name="steps">How many.</param>
    public void Run(long steps)
    {
        for (long s = 0; s < steps; s++)
        {
            Observe(_observation, _mask);
            int action = Dqn.Act(_observation, _mask);
            StepResult result = _environment.Act(action);
            Observe(_next, _nextMask);
            Dqn.Add(_observation, action, result.Reward, _next, _nextMask, result.Terminated);
            _return += result.Reward;
            if (!result.Terminated && !result.Truncated) continue;
            Episodes.Add(_return);
            _return = 0;
            _environment.Reset();
        }
    }

    /// <summary>Writes everything that it needs to go on.</summary>
    /// <param name="checkpoint">Where to.</param>
    public void Save(Checkpoint checkpoint)
    {
        Dqn.Save(checkpoint);
        Episodes.Save(checkpoint, "episodes");
        _environment.Save(checkpoint, "environment");
        checkpoint.Set("return", (ulong)BitConverter.DoubleToInt64Bits(_return));
    }

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <exception cref="CheckpointException">It is of another training.</exception>
    public void Load(Checkpoint checkpoint)
    {
        Dqn.Load(checkpoint);
        Episodes.Load(checkpoint, "episodes");
        _environment.Load(checkpoint, "environment");
        _return = BitConverter.Int64BitsToDouble((long)checkpoint.GetUInt64("return"));
    }

    private void Observe(float[] observation, bool[] mask)
    {
        mask.AsSpan().Fill(true);
        _environment.Observe(observation, mask);
    }
}
