using StreamSched.Core.Policies;

namespace StreamSched.Core.Networks;

/// <summary>Decides by an actor-critic, one observation at a time, and carries its memory. For one thread; many actors may share a model between its
/// updates.</summary>
public sealed class Actor
{
    private readonly ActorCriticBatch _batch;
    private readonly float[] _state, _probabilities, _scores;
    private bool _isStart = true;

    /// <summary>An actor at the start of an episode.</summary>
    /// <param name="model">The policy.</param>
    public Actor(ActorCritic model)
    {
        Model = model;
        _batch = new ActorCriticBatch(model);
        _batch.Resize(1, 1);
        (_state, _probabilities, _scores) = (new float[model.Shape.Memory], new float[model.Shape.Actions], new float[model.Shape.Actions]);
    }

    /// <summary>The policy.</summary>
    public ActorCritic Model { get; }

    /// <summary>The memory before the next decision [memory].</summary>
    public Span<float> State => _state;

    /// <summary>Whether the next decision is the first of an episode.</summary>
    public bool IsStart => _isStart;

    /// <summary>Probabilities of the last decision [actions].</summary>
    public ReadOnlySpan<float> Probabilities => _probabilities;

    /// <summary>Begins an episode: forgets.</summary>
    public void Begin()
    {
        Array.Clear(_state);
        _isStart = true;
    }

    /// <summary>Draws an action from the policy.</summary>
    /// <param name="observation">[observation].</param>
    /// <param name="mask">[actions], or empty: all are allowed.</param>
    /// <param name="random">Source of draws.</param>
    /// <param name="record">Where the decision is to be recorded for an update, at the end; null: nowhere.</param>
    public ActorDecision Decide(ReadOnlySpan<float> observation, ReadOnlySpan<bool> mask, ref RandomStream random, IDecisionRecord? record = null)
    {
        float value = Evaluate(observation, mask, out float logSum);
        int action = Categorical.Draw(_probabilities, ref random);
        ActorDecision decision = new(action, _scores[action] - logSum, value);
        record?.Add(observation, mask, _state, _isStart, decision);
        Remember();
        return decision;
    }

    /// <summary>The most probable action.</summary>
    /// <param name="observation">[observation].</param>
    /// <param name="mask">[actions], or empty: all are allowed.</param>
    public ActorDecision Best(ReadOnlySpan<float> observation, ReadOnlySpan<bool> mask)
    {
        float value = Evaluate(observation, mask, out float logSum);
        int action = Categorical.Best(_scores, mask);
        Remember();
        return new ActorDecision(action, _scores[action] - logSum, value);
    }

    /// <summary>Goes through a decision that was taken already.</summary>
    /// <param name="observation">[observation].</param>
    /// <param name="mask">[actions], or empty: all are allowed.</param>
    /// <param name="action">What was done, an allowed action.</param>
    /// <param name="probability">Receives the probability that the policy does it.</param>
    /// <param name="record">Where the decision is to be recorded for an update, at the end.</param>
    /// <returns>The most probable action.</returns>
    internal int Replay(ReadOnlySpan<float> observation, ReadOnlySpan<bool> mask, int action, out float probability, IDecisionRecord record)
    {
        float value = Evaluate(observation, mask, out float logSum);
        probability = _probabilities[action];
        record.Add(observation, mask, _state, _isStart, new ActorDecision(action, _scores[action] - logSum, value));
        Remember();
        return Categorical.Best(_scores, mask);
    }

    /// <summary>What the critic expects from here; the memory stays as it is.</summary>
    /// <param name="observation">[observation].</param>
    public float Value(ReadOnlySpan<float> observation)
    {
        Run(observation);
        return _batch.Value(0);
    }

    internal void Restore(ReadOnlySpan<float> state, bool isStart)
    {
        state.CopyTo(_state);
        _isStart = isStart;
    }

    private float Evaluate(ReadOnlySpan<float> observation, ReadOnlySpan<bool> mask, out float logSum)
    {
        Run(observation);
        for (int a = 0; a < _scores.Length; a++) _scores[a] = _probabilities[a] = _batch.Score(0, a);
        logSum = Categorical.Softmax(_probabilities, mask);
        return _batch.Value(0);
    }

    private void Remember()
    {
        for (int j = 0; j < _state.Length; j++) _state[j] = _batch.NextState(j, 0);
        _isStart = false;
    }

    private void Run(ReadOnlySpan<float> observation)
    {
        if (_state.Length > 0) _batch.SetState(0, _state);
        _batch.Set(0, 0, observation, _isStart);
        _batch.Forward();
    }
}
