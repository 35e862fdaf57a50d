namespace StreamSched.Core.Networks;

/// <summary>
/// Evaluates an actor-critic for some sequences side by side over some steps, and goes back through it. Without memory there is one step, and the sequences
/// are the samples. Sample = step · stride + sequence.
/// </summary>
internal sealed class ActorCriticBatch
{
    private readonly ActorCritic _model;
    private readonly Activations _actor, _critic;
    private readonly GruTrace? _memory;
    private readonly int _context, _units, _actions, _features;
    private bool[] _starts = [];

    public ActorCriticBatch(ActorCritic model)
    {
        _model = model;
        (_context, _units, _actions, _features) = (model.Shape.Context, model.Shape.Memory, model.Shape.Actions, model.Shape.CandidateFeatures);
        _critic = new Activations(model.Critic.Shape, 1);
        _actor = new Activations(model.Actor.Shape, 1);
        _memory = model.Memory is { } cell ? new GruTrace(cell, 1, 1) : null;
    }

    public int Steps { get; private set; }

    public int Stride { get; private set; }

    /// <summary>State after the last step of a sequence, to be read one number at a time.</summary>
    public float NextState(int unit, int sequence) => _memory!.NextState(Steps - 1)[(unit * Stride) + sequence];

    public float Value(int sample) => _critic.Output[sample];

    public float Score(int sample, int action) => _actor.Output[At(sample, action)];

    public void SetGradient(int sample, int action, float gradient) => _actor.OutputGradient[At(sample, action)] = gradient;

    public void SetValueGradient(int sample, float gradient) => _critic.OutputGradient[sample] = gradient;

    public void Resize(int steps, int sequences)
    {
        (Steps, Stride) = (steps, DenseKernels.Padded(sequences));
        int samples = Steps * Stride;
        _critic.Resize(samples);
        _actor.Resize(_features > 0 ? samples * _actions : samples);
        _memory?.Resize(steps, sequences);
        if (_starts.Length < samples) _starts = new bool[samples];
        Clear();
    }

    public void SetState(int sequence, ReadOnlySpan<float> state)
    {
        Span<float> first = _memory!.State(0);
        for (int j = 0; j < _units; j++) first[(j * Stride) + sequence] = state[j];
    }

    /// <param name="step">Step.</param>
    /// <param name="sequence">Sequence.</param>
    /// <param name="observation">Observation.</param>
    /// <param name="isStart">Whether an episode begins here: the memory is empty then.</param>
    public void Set(int step, int sequence, ReadOnlySpan<float> observation, bool isStart)
    {
        int sample = (step * Stride) + sequence, samples = Steps * Stride;
        Span<float> seen = _critic.Input;
        for (int i = 0; i < _context; i++) seen[(i * samples) + sample] = observation[i];
        if (_memory is not null)
        {
            _starts[sample] = isStart;
            Span<float> input = _memory.Input(step);
            for (int i = 0; i < _context; i++) input[(i * Stride) + sequence] = observation[i];
        }

        if (_features == 0) return;
        Span<float> candidates = _actor.Input;
        int stride = _actor.Stride, first = sample * _actions, behind = _context + _units;
        for (int k = 0; k < _actions; k++)
            for (int f = 0; f < _features; f++) candidates[((behind + f) * stride) + first + k] = observation[_context + (k * _features) + f];
    }

    public void Forward()
    {
        int samples = Steps * Stride;
        Span<float> seen = _critic.Input;
        if (_memory is not null)
        {
            for (int t = 0; t < Steps; t++)
            {
                Span<float> state = _memory.State(t);
                if (t > 0) _memory.NextState(t - 1).CopyTo(state);
                Forget(state, t);
                _model.Memory!.Forward(_memory, t);
                for (int j = 0; j < _units; j++) _memory.NextState(t).Slice(j * Stride, Stride).CopyTo(seen[(((_context + j) * samples) + (t * Stride))..]);
            }
        }

        _model.Critic.Forward(_critic);
        if (_features == 0)
        {
            seen.CopyTo(_actor.Input);
        }
        else
        {
            Span<float> input = _actor.Input;
            int stride = _actor.Stride;
            for (int i = 0; i < _context + _units; i++)
                for (int s = 0; s < samples; s++) input.Slice((i * stride) + (s * _actions), _actions).Fill(seen[(i * samples) + s]);
        }

        _model.Actor.Forward(_actor);
    }

    /// <summary>Gradients by scores and values of zero, to be set before <see cref="Backward"/> where they are not.</summary>
    public void ClearGradients()
    {
        _actor.OutputGradient.Clear();
        _critic.OutputGradient.Clear();
    }

    public void Backward(Span<float> gradients)
    {
        int memory = _model.Memory?.Parameters.Length ?? 0, actor = _model.Actor.Shape.ParameterCount;
        bool toMemory = memory > 0;
        _model.Actor.Backward(_actor, gradients.Slice(memory, actor), toMemory);
        _model.Critic.Backward(_critic, gradients[(memory + actor)..], toMemory);
        if (!toMemory) return;
        int samples = Steps * Stride, stride = _actor.Stride;
        ReadOnlySpan<float> byActor = _actor.InputGradient, byCritic = _critic.InputGradient;
        Span<float> byState = _memory!.StateGradient;
        byState.Clear();
        for (int t = Steps - 1; t >= 0; t--)
        {
            for (int j = 0; j < _units; j++)
            {
                for (int s = 0; s < Stride; s++)
                {
                    int sample = (t * Stride) + s;
                    float sum = byCritic[((_context + j) * samples) + sample];
                    if (_features == 0) sum += byActor[((_context + j) * stride) + sample];
                    else
                        for (int k = 0; k < _actions; k++) sum += byActor[((_context + j) * stride) + (sample * _actions) + k];
                    byState[(j * Stride) + s] += sum;
                }
            }

            _model.Memory!.Backward(_memory, t, gradients[..memory]);
            Forget(byState, t);
        }
    }

    // What came before an episode has nothing to do with it, on the way there as on the way back.
    private void Forget(Span<float> state, int step)
    {
        for (int s = 0; s < Stride; s++)
        {
            if (!_starts[(step * Stride) + s]) continue;
            for (int j = 0; j < _units; j++) state[(j * Stride) + s] = 0;
        }
    }

    // Sequences shorter than others, and lanes of padding, must hold finite numbers.
    private void Clear()
    {
        _critic.Input.Clear();
        if (_features > 0) _actor.Input.Clear();
        if (_memory is null) return;
        _starts.AsSpan().Clear();
        _memory.State(0).Clear();
        for (int t = 0; t < Steps; t++) _memory.Input(t).Clear();
    }

    private int At(int sample, int action) => _features > 0 ? (sample * _actions) + action : (action * _actor.Stride) + sample;
}
