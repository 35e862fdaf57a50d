namespace StreamSched.Core.Networks;

/// <summary>
/// What one evaluation of a network needs and keeps: features, the results of each layer, and (once asked for) their gradients. Numbers lie feature by
/// feature: number of sample s and feature i at [i · <see cref="Stride"/> + s]. For one thread at a time.
/// </summary>
public sealed class Activations
{
    private readonly NetworkShape _shape;
    private readonly LayerShape[] _layers;
    private readonly float[][] _values;
    private float[][]? _gradients;
    private int _capacity;

    /// <summary>Room for a number of samples.</summary>
    /// <param name="shape">The network's shape.</param>
    /// <param name="samples">How many at most, at first; <see cref="Resize"/> may ask for more.</param>
    public Activations(NetworkShape shape, int samples)
    {
        (_shape, _layers) = (shape, [.. shape.Layers]);
        _values = new float[_layers.Length + 1][];
        for (int l = 0; l < _values.Length; l++) _values[l] = [];
        Resize(samples);
    }

    /// <summary>Samples that count.</summary>
    public int Samples { get; private set; }

    /// <summary>Distance between two features: <see cref="Samples"/> rounded up to whole vectors of eight.</summary>
    public int Stride { get; private set; }

    /// <summary>Features [inputs, <see cref="Stride"/>], to be written before an evaluation. Beyond the samples anything finite may stand.</summary>
    public Span<float> Input => Values(0);

    /// <summary>Results [outputs, <see cref="Stride"/>].</summary>
    public ReadOnlySpan<float> Output => Values(_layers.Length);

    /// <summary>Gradient of the loss by the results [outputs, <see cref="Stride"/>], to be written before back-propagation.</summary>
    public Span<float> OutputGradient => Gradients(_layers.Length);

    /// <summary>Gradient of the loss by the features [inputs, <see cref="Stride"/>].</summary>
    public ReadOnlySpan<float> InputGradient => Gradients(0);

    internal int LayerCount => _layers.Length;

    /// <summary>Sets the number of samples; what was there is lost. Allocates only when there were never so many.</summary>
    /// <param name="samples">Positive.</param>
    public void Resize(int samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        (Samples, Stride) = (samples, DenseKernels.Padded(samples));
        if (Stride <= _capacity) return;
        _capacity = Stride;
        for (int l = 0; l < _values.Length; l++) _values[l] = new float[Units(l) * _capacity];
        _gradients = null;
    }

    /// <summary>Writes the features of one sample.</summary>
    /// <param name="sample">Its index.</param>
    /// <param name="features">[inputs].</param>
    public void SetSample(int sample, ReadOnlySpan<float> features)
    {
        Span<float> input = Input;
        int stride = Stride;
        for (int i = 0; i < features.Length; i++) input[(i * stride) + sample] = features[i];
    }

    internal LayerShape Layer(int layer) => _layers[layer];

    internal Span<float> Values(int level) => _values[level].AsSpan(0, Units(level) * Stride);

    internal Span<float> Gradients(int level)
    {
        if (_gradients is null)
        {
            _gradients = new float[_values.Length][];
            for (int l = 0; l < _values.Length; l++) _gradients[l] = new float[_values[l].Length];
        }

        return _gradients[level].AsSpan(0, Units(level) * Stride);
    }

    /// <summary>Lanes beyond the samples must not count: their results are without meaning.</summary>
    internal void OutputGradientsOfPadding()
    {
        Span<float> gradient = OutputGradient;
        for (int at = 0; at < gradient.Length; at += Stride) gradient.Slice(at + Samples, Stride - Samples).Clear();
    }

    internal void Check(NetworkShape shape)
    {
        if (!ReferenceEquals(shape, _shape)) throw new ArgumentException("these activations were made for a network of another shape");
    }

    private int Units(int level) => level == 0 ? _shape.Inputs : _layers[level - 1].Outputs;
}
