namespace StreamSched.Core.Networks;

/// <summary>
/// What a recurrent cell reads, writes and keeps over some steps for some sequences side by side. Numbers lie feature by feature, sequence s of feature i at
/// [i · <see cref="Stride"/> + s]. For one thread at a time.
/// </summary>
public sealed class GruTrace
{
    private readonly int _inputs, _units;
    private float[] _input = [], _state = [], _gates = [], _candidate = [], _next = [], _fromState = [], _sumGradient = [],
        _stateGradient = [], _inputGradient = [];

    /// <summary>Room for some steps.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="steps">Steps.</param>
    /// <param name="sequences">Sequences side by side.</param>
    public GruTrace(GruCell cell, int steps, int sequences)
    {
        (_inputs, _units) = (cell.Inputs, cell.Units);
        Resize(steps, sequences);
    }

    /// <summary>Steps.</summary>
    public int Steps { get; private set; }

    /// <summary>Distance between two features: the number of sequences rounded up to whole vectors of eight.</summary>
    public int Stride { get; private set; }

    /// <summary>Gradient by the state, carried from step to step [units, stride].</summary>
    public Span<float> StateGradient => _stateGradient.AsSpan(0, _units * Stride);

    /// <summary>Gradient by the features of the step last gone back [inputs, stride].</summary>
    public Span<float> InputGradient => _inputGradient.AsSpan(0, _inputs * Stride);

    internal Span<float> FromState => _fromState.AsSpan(0, 3 * _units * Stride);

    internal Span<float> SumGradient => _sumGradient.AsSpan(0, 3 * _units * Stride);

    /// <summary>Sets the sizes; what was there is lost.</summary>
    /// <param name="steps">Positive.</param>
    /// <param name="sequences">Positive.</param>
    public void Resize(int steps, int sequences)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequences);
        (Steps, Stride) = (steps, DenseKernels.Padded(sequences));
        int cells = steps * Stride;
        Grow(ref _input, _inputs * cells);
        Grow(ref _state, _units * cells);
        Grow(ref _gates, 3 * _units * cells);
        Grow(ref _candidate, _units * cells);
        Grow(ref _next, _units * cells);
        Grow(ref _fromState, 3 * _units * Stride);
        Grow(ref _sumGradient, 3 * _units * Stride);
        Grow(ref _stateGradient, _units * Stride);
        Grow(ref _inputGradient, _inputs * Stride);
    }

    /// <summary>Features of a step [inputs, stride], to be written before it.</summary>
    /// <param name="step">Which.</param>
    public Span<float> Input(int step) => Block(_input, _inputs, step);

    /// <summary>State before a step [units, stride], to be written before it.</summary>
    /// <param name="step">Which.</param>
    public Span<float> State(int step) => Block(_state, _units, step);

    /// <summary>State after a step [units, stride].</summary>
    /// <param name="step">Which.</param>
    public Span<float> NextState(int step) => Block(_next, _units, step);

    internal Span<float> Gates(int step) => Block(_gates, 3 * _units, step);

    // Rn h + br, before the reset gate.
    internal Span<float> Candidate(int step) => Block(_candidate, _units, step);

    private static void Grow(ref float[] array, int length)
    {
        if (array.Length < length) array = new float[length];
    }

    private Span<float> Block(float[] array, int units, int step) => array.AsSpan(step * units * Stride, units * Stride);
}
