namespace StreamSched.Core.Networks;

/// <summary>The shape of a feed-forward network.</summary>
public sealed class NetworkShape
{
    /// <summary>A shape.</summary>
    /// <param name="inputs">Features, positive.</param>
    /// <param name="layers">From the first to the last, at least one.</param>
    /// <exception cref="ArgumentException">A size is not positive, or there is no layer.</exception>
    public NetworkShape(int inputs, params LayerShape[] layers)
    {
        if (inputs <= 0) throw new ArgumentException("a network needs at least one input", nameof(inputs));
        if (layers.Length == 0) throw new ArgumentException("a network needs at least one layer", nameof(layers));
        if (layers.Any(l => l.Outputs <= 0)) throw new ArgumentException("a layer needs at least one unit", nameof(layers));
        (Inputs, Layers) = (inputs, [.. layers]);
        long count = 0;
        for (int l = 0; l < layers.Length; l++) count += ((long)InputsOf(l) + 1) * layers[l].Outputs;
        ParameterCount = checked((int)count);
    }

    /// <summary>Features.</summary>
    public int Inputs { get; }

    /// <summary>From the first to the last.</summary>
    public IReadOnlyList<LayerShape> Layers { get; }

    /// <summary>Units of the last layer.</summary>
    public int Outputs => Layers[^1].Outputs;

    /// <summary>Length of the parameters: per layer the weights [outputs, inputs] and then the biases [outputs].</summary>
    public int ParameterCount { get; }

    /// <summary>Hidden layers of equal activation, and a linear one at the end.</summary>
    /// <param name="inputs">Features.</param>
    /// <param name="hidden">Units of the hidden layers.</param>
    /// <param name="activation">Of the hidden layers.</param>
    /// <param name="outputs">Units of the last layer.</param>
    public static NetworkShape Perceptron(int inputs, IEnumerable<int> hidden, Activation activation, int outputs) =>
        new(inputs, [.. hidden.Select(units => new LayerShape(units, activation)), new LayerShape(outputs, Activation.Identity)]);

    internal int InputsOf(int layer) => layer == 0 ? Inputs : Layers[layer - 1].Outputs;

    internal int OffsetOf(int layer)
    {
        int offset = 0;
        for (int l = 0; l < layer; l++) offset += (InputsOf(l) + 1) * Layers[l].Outputs;
        return offset;
    }
}
