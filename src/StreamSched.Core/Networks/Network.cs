namespace StreamSched.Core.Networks;

/// <summary>
/// A feed-forward network: its shape and its parameters, which lie in one flat array. It holds nothing of a single evaluation (that is
/// <see cref="Activations"/>), so one network serves many threads as long as none of them changes the parameters.
/// </summary>
public sealed class Network
{
    private readonly Memory<float> _parameters;

    /// <summary>A network with parameters of zero.</summary>
    /// <param name="shape">Its shape.</param>
    public Network(NetworkShape shape)
        : this(shape, new float[shape.ParameterCount])
    {
    }

    /// <summary>A network over parameters that lie elsewhere: several networks may be parts of one array.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="parameters">[<see cref="NetworkShape.ParameterCount"/>].</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public Network(NetworkShape shape, Memory<float> parameters)
    {
        if (parameters.Length != shape.ParameterCount)
            throw new ArgumentException($"the shape has {shape.ParameterCount} parameters, not {parameters.Length}", nameof(parameters));
        (Shape, _parameters) = (shape, parameters);
    }

    /// <summary>Its shape.</summary>
    public NetworkShape Shape { get; }

    /// <summary>Whether another network has the same layers, so that parameters of one are parameters of the other.</summary>
    /// <param name="other">The other.</param>
    internal bool HasShapeOf(Network other) => Shape.Inputs == other.Shape.Inputs && Shape.Layers.SequenceEqual(other.Shape.Layers);

    /// <summary>Per layer the weights [outputs, inputs] and then the biases [outputs].</summary>
    public Span<float> Parameters => _parameters.Span;

    /// <summary>Weights [outputs, inputs] of a layer.</summary>
    /// <param name="layer">Index.</param>
    public Span<float> Weights(int layer) => Parameters.Slice(Shape.OffsetOf(layer), Shape.InputsOf(layer) * Shape.Layers[layer].Outputs);

    /// <summary>Biases [outputs] of a layer.</summary>
    /// <param name="layer">Index.</param>
    public Span<float> Biases(int layer) =>
        Parameters.Slice(Shape.OffsetOf(layer) + (Shape.InputsOf(layer) * Shape.Layers[layer].Outputs), Shape.Layers[layer].Outputs);

    /// <summary>Evaluates the network for the samples whose features are in <see cref="Activations.Input"/>. Allocates nothing.</summary>
    /// <param name="activations">Made for this shape; keeps what <see cref="Backward"/> needs.</param>
    /// <returns>[outputs, <see cref="Activations.Stride"/>]; what lies beyond the samples is without meaning.</returns>
    public ReadOnlySpan<float> Forward(Activations activations)
    {
        activations.Check(Shape);
        ReadOnlySpan<float> parameters = Parameters;
        int offset = 0, inputs = Shape.Inputs, stride = activations.Stride;
        for (int l = 0; l < activations.LayerCount; l++)
        {
            LayerShape layer = activations.Layer(l);
            int weights = inputs * layer.Outputs;
            ReadOnlySpan<float> input = activations.Values(l), w = parameters.Slice(offset, weights), b = parameters.Slice(offset + weights, layer.Outputs);
            Span<float> output = activations.Values(l + 1);
            DenseKernels.Forward(w, b, input, inputs, layer.Outputs, stride, output);
            switch (layer.Activation)
            {
                case Activation.Identity: break;
                case Activation.Tanh: DenseKernels.Apply<TanhFunction>(output); break;
                case Activation.Relu: DenseKernels.Apply<ReluFunction>(output); break;
                case Activation.Sigmoid: DenseKernels.Apply<SigmoidFunction>(output); break;
                default: DenseKernels.Apply<SoftplusFunction>(output); break;
            }

            offset += weights + layer.Outputs;
            inputs = layer.Outputs;
        }

        return activations.Output;
    }

    /// <summary>Evaluates the network for rows of features and gives the first result of each.</summary>
    /// <param name="activations">Made for this shape.</param>
    /// <param name="features">[count, inputs].</param>
    /// <param name="count">How many rows.</param>
    /// <param name="values">[count], receives them.</param>
    public void Values(Activations activations, ReadOnlySpan<float> features, int count, Span<float> values)
    {
        int width = Shape.Inputs;
        activations.Resize(count);
        for (int i = 0; i < count; i++) activations.SetSample(i, features.Slice(i * width, width));
        Forward(activations)[..count].CopyTo(values);
    }

    /// <summary>
    /// Back-propagation after <see cref="Forward"/>: from <see cref="Activations.OutputGradient"/>, which it overwrites, to the gradients of the parameters,
    /// summed over the samples and added to what is there.
    /// </summary>
    /// <param name="activations">Of the forward pass.</param>
    /// <param name="gradients">[<see cref="NetworkShape.ParameterCount"/>].</param>
    /// <param name="toInput">Whether <see cref="Activations.InputGradient"/> is wanted too.</param>
    public void Backward(Activations activations, Span<float> gradients, bool toInput = false)
    {
        activations.Check(Shape);
        int stride = activations.Stride, end = Shape.ParameterCount;
        activations.OutputGradientsOfPadding();
        for (int l = activations.LayerCount - 1; l >= 0; l--)
        {
            LayerShape layer = activations.Layer(l);
            int inputs = Shape.InputsOf(l), weights = inputs * layer.Outputs, offset = end - weights - layer.Outputs;
            Span<float> gradient = activations.Gradients(l + 1);
            ReadOnlySpan<float> results = activations.Values(l + 1);
            switch (layer.Activation)
            {
                case Activation.Identity: break;
                case Activation.Tanh: DenseKernels.ThroughActivation<TanhFunction>(results, gradient); break;
                case Activation.Relu: DenseKernels.ThroughActivation<ReluFunction>(results, gradient); break;
                case Activation.Sigmoid: DenseKernels.ThroughActivation<SigmoidFunction>(results, gradient); break;
                default: DenseKernels.ThroughActivation<SoftplusFunction>(results, gradient); break;
            }

            DenseKernels.BackwardWeights(
                gradient, activations.Values(l), inputs, layer.Outputs, stride, gradients.Slice(offset, weights),
                gradients.Slice(offset + weights, layer.Outputs));
            if (l > 0 || toInput)
                DenseKernels.BackwardInput(Parameters.Slice(offset, weights), gradient, inputs, layer.Outputs, stride, activations.Gradients(l));
            end = offset;
        }
    }

    /// <summary>A copy with parameters of its own.</summary>
    public Network Clone() => new(Shape, Parameters.ToArray());
}
