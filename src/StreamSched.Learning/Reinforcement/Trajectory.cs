using StreamSched.Core.Networks;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// Decisions of one actor in the order in which they were taken, with their rewards, which may come later. Episodes may end in the middle. Filled by one
/// thread; the arrays grow as needed.
/// </summary>
public sealed class Trajectory : IDecisionRecord
{
    private readonly int _observationSize, _actions, _memory;
    private float[] _observations = [], _states = [], _logProbabilities = [], _values = [], _rewards = [], _bootstraps = [], _weights = [];
    private bool[] _masks = [], _starts = [], _ends = [];
    private int[] _chosen = [];

    /// <summary>An empty one.</summary>
    /// <param name="shape">Of the policy.</param>
    public Trajectory(ActorCriticShape shape) => (_observationSize, _actions, _memory) = (shape.ObservationSize, shape.Actions, shape.Memory);

    /// <summary>Number of decisions.</summary>
    public int Count { get; private set; }

    /// <summary>What the critic expects after the last decision; 0 where the episode ended there. To be set before an update.</summary>
    public float LastValue { get; set; }

    /// <summary>Forgets everything.</summary>
    public void Clear() => (Count, LastValue) = (0, 0);

    /// <summary>Adds to the reward of a decision.</summary>
    /// <param name="index">Its index: how many there were before it.</param>
    /// <param name="reward">What it earned.</param>
    public void AddReward(int index, float reward) => _rewards[Checked(index)] += reward;

    /// <summary>The episode ended with the last decision.</summary>
    /// <param name="bootstrap">What the critic expected to come, where the episode was only cut off.</param>
    public void End(float bootstrap = 0)
    {
        int last = Checked(Count - 1);
        (_ends[last], _bootstraps[last]) = (true, bootstrap);
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<float> observation, ReadOnlySpan<bool> mask, ReadOnlySpan<float> state, bool isStart, in ActorDecision decision)
    {
        int at = Count;
        if (at == _chosen.Length) Grow(Math.Max(64, 2 * at));
        observation[.._observationSize].CopyTo(_observations.AsSpan(at * _observationSize));
        Span<bool> allowed = _masks.AsSpan(at * _actions, _actions);
        if (mask.IsEmpty) allowed.Fill(true);
        else mask[.._actions].CopyTo(allowed);
        state[.._memory].CopyTo(_states.AsSpan(at * _memory));
        (_starts[at], _ends[at], _chosen[at], _logProbabilities[at], _values[at], _rewards[at], _bootstraps[at]) =
            (isStart, false, decision.Action, decision.LogProbability, decision.Value, 0, 0);
        _weights[at] = 1;
        Count++;
    }

    /// <summary>Says how much the advantage of a decision counts; 1 where nobody does.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="weight">Its weight, not negative.</param>
    internal void SetWeight(int index, float weight) => _weights[Checked(index)] = weight;

    internal float Weight(int index) => _weights[index];

    internal ReadOnlySpan<float> Observation(int index) => _observations.AsSpan(index * _observationSize, _observationSize);

    internal ReadOnlySpan<bool> Mask(int index) => _masks.AsSpan(index * _actions, _actions);

    internal ReadOnlySpan<float> State(int index) => _states.AsSpan(index * _memory, _memory);

    internal bool IsStart(int index) => _starts[index];

    internal int Action(int index) => _chosen[index];

    internal float LogProbability(int index) => _logProbabilities[index];

    internal float Value(int index) => _values[index];

    internal void Advantages(float discount, float lambda, Span<float> advantages) => GeneralizedAdvantage.Compute(
        _rewards.AsSpan(0, Count), _values.AsSpan(0, Count), _ends.AsSpan(0, Count), _bootstraps.AsSpan(0, Count), LastValue, discount, lambda, advantages);

    private int Checked(int index) =>
        (uint)index < (uint)Count ? index : throw new ArgumentOutOfRangeException(nameof(index), index, "there is no such decision");

    private void Grow(int capacity)
    {
        Array.Resize(ref _observations, capacity * _observationSize);
        Array.Resize(ref _masks, capacity * _actions);
        Array.Resize(ref _states, capacity * _memory);
        Array.Resize(ref _starts, capacity);
        Array.Resize(ref _ends, capacity);
        Array.Resize(ref _chosen, capacity);
        Array.Resize(ref _logProbabilities, capacity);
        Array.Resize(ref _values, capacity);
        Array.Resize(ref _rewards, capacity);
        Array.Resize(ref _bootstraps, capacity);
        Array.Resize(ref _weights, capacity);
    }
}
