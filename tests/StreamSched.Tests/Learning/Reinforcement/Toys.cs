using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Tests.Learning.Reinforcement;

/// <summary>Shows a number once and asks for it some steps later: nobody without a memory can answer.</summary>
internal sealed class Recall(ulong seed) : IEnvironment
{
    private const int Length = 4;
    private RandomStream _random = new(seed);
    private int _cue, _step;

    public int ObservationSize => 3;

    public int Actions => 2;

    public void Reset() => (_cue, _step) = (_random.NextInt32(2), 0);

    public void Observe(Span<float> observation, Span<bool> mask)
    {
        observation[0] = _step == 0 ? (2 * _cue) - 1 : 0;
        observation[1] = _step == Length - 1 ? 1 : 0;
        observation[2] = 1;
    }

    public StepResult Act(int action) => ++_step < Length ? new StepResult(0, false, false) : new StepResult(action == _cue ? 1 : 0, true, false);

    public void Save(Checkpoint checkpoint, string key) => checkpoint.Set(key, new ulong[] { _random.State, (ulong)_cue, (ulong)_step });

    public void Load(Checkpoint checkpoint, string key)
    {
        ulong[] state = checkpoint.Get<ulong>(key);
        (_random, _cue, _step) = (new RandomStream(state[0]), (int)state[1], (int)state[2]);
    }
}

/// <summary>Some candidates of which some are allowed; the reward is the chosen one's first feature. What is not allowed looks best, and choosing it
/// throws.</summary>
internal sealed class Placing(ulong seed, int candidates) : IEnvironment
{
    private readonly float[] _worth = new float[candidates];
    private readonly bool[] _allowed = new bool[candidates];
    private RandomStream _random = new(seed);

    public int ObservationSize => 1 + (2 * candidates);

    public int Actions => candidates;

    public void Reset()
    {
        for (int c = 0; c < candidates; c++)
        {
            _allowed[c] = _random.NextInt32(2) == 0;
            _worth[c] = _allowed[c] ? _random.NextSingle() : 2;
        }

        int one = _random.NextInt32(candidates);
        (_allowed[one], _worth[one]) = (true, _random.NextSingle());
    }

    public void Observe(Span<float> observation, Span<bool> mask)
    {
        observation[0] = 1;
        for (int c = 0; c < candidates; c++) (observation[1 + (2 * c)], observation[2 + (2 * c)], mask[c]) = (_worth[c], 1 - _worth[c], _allowed[c]);
    }

    public StepResult Act(int action) => _allowed[action] ? new StepResult(_worth[action], true, false) : throw new InvalidOperationException("not allowed");

    public void Save(Checkpoint checkpoint, string key) => throw new NotSupportedException();

    public void Load(Checkpoint checkpoint, string key) => throw new NotSupportedException();

    /// <summary>What always choosing the best would earn.</summary>
    public float Best => _worth.Where((_, c) => _allowed[c]).Max();
}
