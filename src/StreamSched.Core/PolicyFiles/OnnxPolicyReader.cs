using StreamSched.Core.Networks;

namespace StreamSched.Core.PolicyFiles;

/// <summary>
/// Follows a graph from its inputs and finds the network in it: fully connected layers (Gemm, or MatMul and Add) with activations, behind at most one GRU that
/// is evaluated one step at a time. Anything else is refused by name.
/// </summary>
internal sealed class OnnxPolicyReader
{
    private const int MaxWidth = 1 << 16;
    private readonly Dictionary<string, Flow> _signals = new(StringComparer.Ordinal);
    private readonly OnnxModel _model;
    private GruCell? _memory;

    private OnnxPolicyReader(OnnxModel model) => _model = model;

    public static (Network Network, GruCell? Memory, bool ReadsMemory) Read(OnnxModel model) => new OnnxPolicyReader(model).Read();

    private (Network Network, GruCell? Memory, bool ReadsMemory) Read()
    {
        foreach ((string name, long width) in _model.Inputs)
        {
            if (_model.Tensors.ContainsKey(name)) continue; // older files list their constants among the inputs
            if (width is < 0 or > MaxWidth) throw new PolicyFileException($"the input '{name}' is {width} wide");
            _signals[name] = new Flow(name, false, [], (int)width);
        }

        foreach (OnnxNode node in _model.Nodes) Follow(node);
        (string Name, Flow Flow)[] scores = [.. _model.Outputs.Where(_signals.ContainsKey).Select(o => (o, _signals[o])).Where(o => o.Item2.Layers.Length > 0)];
        if (scores.Length > 1) scores = [.. scores.Where(o => o.Name == PolicyFile.ScoresName)];
        if (scores.Length != 1)
            throw new PolicyFileException(
                $"the graph must have one output behind layers, or call it '{PolicyFile.ScoresName}'; its outputs are: {string.Join(", ", _model.Outputs)}");
        Flow found = scores[0].Flow;
        NetworkShape shape = new(found.Layers[0].Inputs, [.. found.Layers.Select(l => new LayerShape(l.Outputs, l.Activation))]);
        Network network = new(shape);
        for (int l = 0; l < found.Layers.Length; l++)
        {
            found.Layers[l].Weights.CopyTo(network.Weights(l));
            found.Layers[l].Biases.CopyTo(network.Biases(l));
        }

        return (network, _memory, found.IsMemory);
    }

    private void Follow(OnnxNode node)
    {
        string Output(int index) => index < node.Outputs.Count ? node.Outputs[index] : "";
        switch (node.Operator)
        {
            case "Constant":
                _model.Tensors[Output(0)] = node.Tensor ?? throw Wrong(node, "has no tensor");
                break;
            case "Identity" when _model.Tensors.TryGetValue(node.Input(0), out OnnxTensor? constant):
                _model.Tensors[Output(0)] = constant;
                break;
            case "Identity":
                _signals[Output(0)] = Signal(node, 0);
                break;
            case "Unsqueeze" or "Squeeze":
                Flow signal = Signal(node, 0);
                if (signal.Layers.Length > 0) throw Wrong(node, "stands behind a layer; only a recurrent cell's inputs and outputs may be reshaped");
                if (Axes(node).Any(a => a is not (0 or 1))) throw Wrong(node, "does not keep samples and features apart");
                _signals[Output(0)] = signal;
                break;
            case "Gemm":
                _signals[Output(0)] = Gemm(node);
                break;
            case "MatMul":
                OnnxTensor matrix = Matrix(node, 1);
                _signals[Output(0)] = Layer(node, Signal(node, 0), matrix, transposed: false, [], isOpen: true);
                break;
            case "Add":
                bool second = _model.Tensors.ContainsKey(node.Input(1));
                _signals[Output(0)] = Bias(node, Signal(node, second ? 0 : 1), Tensor(node, second ? 1 : 0));
                break;
            case "Tanh":
                _signals[Output(0)] = Activate(node, Activation.Tanh);
                break;
            case "Relu":
                _signals[Output(0)] = Activate(node, Activation.Relu);
                break;
            case "Sigmoid":
                _signals[Output(0)] = Activate(node, Activation.Sigmoid);
                break;
            case "Softplus":
                _signals[Output(0)] = Activate(node, Activation.Softplus);
                break;
            case "GRU":
                Remember(node);
                foreach (string output in node.Outputs)
                    if (output.Length > 0) _signals[output] = new Flow("", true, [], _memory!.Units);
                break;
            default:
                throw Wrong(node, "is not understood; a policy is made of Gemm, MatMul, Add, Tanh, Relu, Sigmoid, Softplus and at most one GRU");
        }
    }

    private Flow Gemm(OnnxNode node)
    {
        if (node.Integer("transA", 0) != 0 || node.Single("alpha", 1) != 1 || node.Single("beta", 1) != 1) throw Wrong(node, "scales or transposes its input");
        float[] bias = node.Input(2).Length == 0 ? [] : Tensor(node, 2).Singles;
        return Layer(node, Signal(node, 0), Matrix(node, 1), node.Integer("transB", 0) != 0, bias, isOpen: false);
    }

    private static Flow Layer(OnnxNode node, Flow input, OnnxTensor matrix, bool transposed, float[] bias, bool isOpen)
    {
        (int inputs, int outputs) = transposed
            ? ((int)matrix.Dimensions[1], (int)matrix.Dimensions[0]) : ((int)matrix.Dimensions[0], (int)matrix.Dimensions[1]);
        if (input.Width != 0 && input.Width != inputs) throw Wrong(node, $"expects {inputs} inputs and gets {input.Width}");
        if (bias.Length != 0 && bias.Length != outputs && bias.Length != 1) throw Wrong(node, $"has {outputs} outputs and {bias.Length} biases");
        float[] weights = matrix.Singles, biases = new float[outputs];
        if (bias.Length == 1) biases.AsSpan().Fill(bias[0]);
        else bias.CopyTo(biases, 0);
        if (!transposed)
        {
            weights = new float[inputs * outputs];
            for (int i = 0; i < inputs; i++)
                for (int o = 0; o < outputs; o++) weights[(o * inputs) + i] = matrix.Singles[(i * outputs) + o];
        }

        return new Flow(input.Source, input.IsMemory, [.. input.Layers, new Dense(inputs, outputs, weights, biases, Activation.Identity, isOpen)], outputs);
    }

    private static Flow Bias(OnnxNode node, Flow signal, OnnxTensor bias)
    {
        if (signal.Layers.Length == 0 || !signal.Layers[^1].IsOpen) throw Wrong(node, "adds to something that is no MatMul");
        Dense last = signal.Layers[^1];
        if (bias.Singles.Length != last.Outputs || bias.Dimensions.Length == 0 || bias.Dimensions[^1] != last.Outputs)
            throw Wrong(node, $"adds {bias.Singles.Length} numbers to {last.Outputs} outputs");
        return signal with { Layers = [.. signal.Layers[..^1], last with { Biases = bias.Singles, IsOpen = false }] };
    }

    private Flow Activate(OnnxNode node, Activation activation)
    {
        Flow signal = Signal(node, 0);
        if (signal.Layers.Length == 0 || signal.Layers[^1].Activation != Activation.Identity) throw Wrong(node, "does not follow a layer");
        return signal with { Layers = [.. signal.Layers[..^1], signal.Layers[^1] with { Activation = activation, IsOpen = false }] };
    }

    private void Remember(OnnxNode node)
    {
        if (_memory is not null) throw Wrong(node, "is the second one");
        if (Signal(node, 0) is { IsMemory: true } or { Layers.Length: > 0 }) throw Wrong(node, "does not read an input of the graph");
        if (Signal(node, 5) is { IsMemory: true } or { Layers.Length: > 0 }) throw Wrong(node, "must get its state from an input of the graph");
        if (node.Input(4).Length > 0) throw Wrong(node, "has lengths of sequences");
        if (node.Integer("linear_before_reset", 0) != 1) throw Wrong(node, "must have linear_before_reset = 1, as PyTorch's");
        if (node.Integer("layout", 0) != 0 || node.Texts.GetValueOrDefault("direction", "forward") != "forward" || node.Texts.ContainsKey("activations")
            || node.Singles.ContainsKey("clip"))
            throw Wrong(node, "has a direction, layout, clipping or activations other than the default");
        (OnnxTensor w, OnnxTensor r) = (Tensor(node, 1), Tensor(node, 2));
        if (w.Dimensions is not [1, var rows, var inputs] || r.Dimensions is not [1, var again, var units] || rows != 3 * units || again != rows
            || units is <= 0 or > MaxWidth || inputs is <= 0 or > MaxWidth)
            throw Wrong(node, "has weights of another shape than [1, 3 units, inputs] and [1, 3 units, units]");
        float[] biases = node.Input(3).Length == 0 ? new float[6 * units] : Tensor(node, 3).Singles;
        if (w.Singles.Length != rows * inputs || r.Singles.Length != rows * units || biases.Length != 6 * units)
            throw Wrong(node, "has weights or biases of another length than its shape");
        foreach ((int index, long width) in ((int, long)[])[(0, inputs), (5, units)])
            if (Signal(node, index).Width is not 0 and var given && given != width)
                throw Wrong(node, $"expects {width} numbers in input {index} and gets {given}");
        _memory = new GruCell((int)inputs, (int)units);
        w.Singles.CopyTo(_memory.InputWeights);
        r.Singles.CopyTo(_memory.StateWeights);
        biases.CopyTo(_memory.Biases);
    }

    private Flow Signal(OnnxNode node, int index) =>
        _signals.TryGetValue(node.Input(index), out Flow? signal)
            ? signal : throw Wrong(node, $"reads '{node.Input(index)}' as input {index}, which is computed from no input of the graph");

    private OnnxTensor Tensor(OnnxNode node, int index) =>
        _model.Tensors.TryGetValue(node.Input(index), out OnnxTensor? tensor)
            ? tensor : throw Wrong(node, $"reads '{node.Input(index)}' as input {index}, which is no constant");

    private OnnxTensor Matrix(OnnxNode node, int index)
    {
        OnnxTensor tensor = Tensor(node, index);
        return tensor.Dimensions is [> 0 and <= MaxWidth, > 0 and <= MaxWidth] && tensor.Singles.Length > 0
            ? tensor : throw Wrong(node, "has weights that are no matrix of floats");
    }

    private IReadOnlyList<long> Axes(OnnxNode node) =>
        node.Integers.TryGetValue("axes", out List<long>? axes) ? axes
            : node.Input(1).Length > 0 ? Tensor(node, 1).Integers : throw Wrong(node, "does not say which axes");

    private static PolicyFileException Wrong(OnnxNode node, string what) =>
        new($"the operator {node.Operator} with the output '{(node.Outputs.Count > 0 ? node.Outputs[0] : "")}' {what}");

    // A value that depends on an input: where it comes from, and the layers that it went through.
    private sealed record Flow(string Source, bool IsMemory, Dense[] Layers, int Width);

    private sealed record Dense(int Inputs, int Outputs, float[] Weights, float[] Biases, Activation Activation, bool IsOpen);
}
