using System.Buffers.Binary;

namespace StreamSched.Core.PolicyFiles;

/// <summary>What of an ONNX file matters here. Sizes are bounded before anything is allocated.</summary>
internal sealed class OnnxModel
{
    private const long MaxElements = 1 << 24;
    private const int MaxParts = 4096;
    private const int FirstOperatorSet = 7; // since then Gemm broadcasts its bias
    private long _elements;
    private int _parts;

    public string GraphName { get; private set; } = "";

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, OnnxTensor> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>Inputs with the last of their dimensions; 0: not said.</summary>
    public List<(string Name, long Width)> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public List<OnnxNode> Nodes { get; } = [];

    public static OnnxModel Parse(ReadOnlySpan<byte> bytes)
    {
        OnnxModel model = new();
        bool hasGraph = false;
        long operatorSet = 0;
        for (ProtoReader reader = new(bytes); reader.Next();)
        {
            switch (reader.Field)
            {
                case OnnxFields.Model.Graph:
                    model.Graph(reader.Block());
                    hasGraph = true;
                    break;
                case OnnxFields.Model.OpsetImport:
                    (string domain, long version) = ("", 0);
                    for (ProtoReader set = new(reader.Block()); set.Next();)
                    {
                        if (set.Field == OnnxFields.OperatorSet.Domain) domain = set.Text();
                        else if (set.Field == OnnxFields.OperatorSet.Version) version = set.Integer();
                        else set.Skip();
                    }

                    if (domain is "" or "ai.onnx") operatorSet = version;
                    break;
                case OnnxFields.Model.MetadataProps:
                    (string key, string value) = ("", "");
                    for (ProtoReader entry = new(reader.Block()); entry.Next();)
                    {
                        if (entry.Field == OnnxFields.Entry.Key) key = entry.Text();
                        else if (entry.Field == OnnxFields.Entry.Value) value = entry.Text();
                        else entry.Skip();
                    }

                    model.Part();
                    model.Metadata[key] = value;
                    break;
                default: reader.Skip(); break;
            }
        }

        if (!hasGraph) throw new PolicyFileException("the file is no ONNX file: it has no graph");
        if (operatorSet < FirstOperatorSet)
            throw new PolicyFileException(
                $"the file is cut off or too old: it says operator set {operatorSet}, and {FirstOperatorSet} is the first that is understood");
        return model;
    }

    private void Graph(ReadOnlySpan<byte> bytes)
    {
        for (ProtoReader reader = new(bytes); reader.Next();)
        {
            switch (reader.Field)
            {
                case OnnxFields.Graph.Node: Nodes.Add(Node(reader.Block())); break;
                case OnnxFields.Graph.Name: GraphName = reader.Text(); break;
                case OnnxFields.Graph.Initializer:
                    (string name, OnnxTensor tensor) = Tensor(reader.Block());
                    Tensors[name] = tensor;
                    break;
                case OnnxFields.Graph.Input: Inputs.Add(Value(reader.Block())); break;
                case OnnxFields.Graph.Output: Outputs.Add(Value(reader.Block()).Name); break;
                default: reader.Skip(); break;
            }
        }
    }

    private OnnxNode Node(ReadOnlySpan<byte> bytes)
    {
        Part();
        OnnxNode node = new();
        for (ProtoReader reader = new(bytes); reader.Next();)
        {
            switch (reader.Field)
            {
                case OnnxFields.Node.Input: Part(); node.Inputs.Add(reader.Text()); break;
                case OnnxFields.Node.Output: Part(); node.Outputs.Add(reader.Text()); break;
                case OnnxFields.Node.OpType: node.Operator = reader.Text(); break;
                case OnnxFields.Node.Attribute: Attribute(reader.Block(), node); break;
                case OnnxFields.Node.Domain:
                    if (reader.Text() is { Length: > 0 } domain && domain != "ai.onnx")
                        throw new PolicyFileException($"the graph has an operator of the domain '{domain}', which is not understood");
                    break;
                default: reader.Skip(); break;
            }
        }

        return node;
    }

    private void Attribute(ReadOnlySpan<byte> bytes, OnnxNode node)
    {
        Part();
        string name = "";
        List<long> integers = [];
        float? single = null;
        string? text = null;
        OnnxTensor? tensor = null;
        for (ProtoReader reader = new(bytes); reader.Next();)
        {
            switch (reader.Field)
            {
                case OnnxFields.Attribute.Name: name = reader.Text(); break;
                case OnnxFields.Attribute.F: single = reader.Single(); break;
                case OnnxFields.Attribute.I: integers.Add(reader.Integer()); break;
                case OnnxFields.Attribute.S: text = reader.Text(); break;
                case OnnxFields.Attribute.T: tensor = Tensor(reader.Block()).Tensor; break;
                case OnnxFields.Attribute.Ints: Integers(ref reader, integers); break;
                default: reader.Skip(); break;
            }
        }

        if (integers.Count > 0) node.Integers[name] = integers;
        if (single is { } s) node.Singles[name] = s;
        if (text is not null) node.Texts[name] = text;
        if (tensor is not null) node.Tensor = tensor;
    }

    private (string Name, OnnxTensor Tensor) Tensor(ReadOnlySpan<byte> bytes)
    {
        Part();
        (string name, long type, bool isExternal) = ("", 0, false);
        List<long> dimensions = [];
        ReadOnlySpan<byte> raw = default, packed = default;
        List<float> singles = [];
        List<long> integers = [];
        for (ProtoReader reader = new(bytes); reader.Next();)
        {
            switch (reader.Field)
            {
                case OnnxFields.Tensor.Dims: Integers(ref reader, dimensions); break;
                case OnnxFields.Tensor.DataType: type = reader.Integer(); break;
                case OnnxFields.Tensor.FloatData when reader.IsBlock: packed = reader.Block(); break;
                case OnnxFields.Tensor.FloatData: Part(); singles.Add(reader.Single()); break;
                case OnnxFields.Tensor.Int64Data: Integers(ref reader, integers); break;
                case OnnxFields.Tensor.Name: name = reader.Text(); break;
                case OnnxFields.Tensor.RawData: raw = reader.Block(); break;
                case OnnxFields.Tensor.DataLocation: isExternal |= reader.Integer() != 0; break;
                case OnnxFields.Tensor.ExternalData:
                    isExternal = true;
                    reader.Skip();
                    break;
                default: reader.Skip(); break;
            }
        }

        if (isExternal) throw new PolicyFileException($"the tensor '{name}' lies in another file; a policy is one file");
        long count = 1;
        foreach (long d in dimensions)
        {
            if (d is < 0 or > MaxElements || (count *= d) > MaxElements)
                throw new PolicyFileException($"the tensor '{name}' is too large or has a negative dimension");
        }

        if ((_elements += count) > MaxElements) throw new PolicyFileException($"the file has more than {MaxElements} parameters");
        if (raw.IsEmpty) raw = packed;
        return (name, type switch
        {
            OnnxFields.DataType.Float => new OnnxTensor([.. dimensions], Singles(name, raw, singles, count), []),
            OnnxFields.DataType.Int64 => new OnnxTensor([.. dimensions], [], Int64s(name, raw, integers, count)),
            _ => new OnnxTensor([.. dimensions], [], []), // used by no operator that is understood, which is where it is refused
        });
    }

    private static float[] Singles(string name, ReadOnlySpan<byte> raw, List<float> listed, long count)
    {
        if (raw.IsEmpty ? listed.Count != count : raw.Length != 4 * count)
            throw new PolicyFileException($"the tensor '{name}' has another length than its dimensions say");
        float[] values = raw.IsEmpty ? [.. listed] : new float[count];
        if (!raw.IsEmpty)
            for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(raw[(4 * i)..]);
        foreach (float v in values)
            if (!float.IsFinite(v)) throw new PolicyFileException($"the tensor '{name}' holds a number that is not finite");
        return values;
    }

    private static long[] Int64s(string name, ReadOnlySpan<byte> raw, List<long> listed, long count)
    {
        if (raw.IsEmpty ? listed.Count != count : raw.Length != 8 * count)
            throw new PolicyFileException($"the tensor '{name}' has another length than its dimensions say");
        long[] values = raw.IsEmpty ? [.. listed] : new long[count];
        if (!raw.IsEmpty)
            for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt64LittleEndian(raw[(8 * i)..]);
        return values;
    }

    // Repeated integers come packed or one by one.
    private void Integers(ref ProtoReader reader, List<long> to)
    {
        Part();
        if (!reader.IsBlock)
        {
            to.Add(reader.Integer());
            return;
        }

        ProtoReader packed = new(reader.Block());
        while (!packed.IsEmpty)
        {
            Part();
            to.Add((long)packed.Varint());
        }
    }

    private (string Name, long Width) Value(ReadOnlySpan<byte> bytes)
    {
        Part();
        (string name, long width) = ("", 0);
        for (ProtoReader reader = new(bytes); reader.Next();)
        {
            if (reader.Field == OnnxFields.ValueInfo.Name) name = reader.Text();
            else if (reader.Field == OnnxFields.ValueInfo.Type) width = Width(reader.Block());
            else reader.Skip();
        }

        return (name, width);
    }

    private static long Width(ReadOnlySpan<byte> type)
    {
        long width = 0;
        for (ProtoReader of = new(type); of.Next();)
        {
            if (of.Field != OnnxFields.Type.TensorType)
            {
                of.Skip();
                continue;
            }

            for (ProtoReader tensor = new(of.Block()); tensor.Next();)
            {
                if (tensor.Field != OnnxFields.Type.Shape)
                {
                    tensor.Skip();
                    continue;
                }

                for (ProtoReader shape = new(tensor.Block()); shape.Next();)
                {
                    if (shape.Field != OnnxFields.Shape.Dim)
                    {
                        shape.Skip();
                        continue;
                    }

                    width = 0;
                    for (ProtoReader dimension = new(shape.Block()); dimension.Next();)
                    {
                        if (dimension.Field == OnnxFields.Shape.DimValue) width = dimension.Integer();
                        else dimension.Skip();
                    }
                }
            }
        }

        return width;
    }

    // A small file can claim a great many tiny parts, each of which costs an object.
    private void Part()
    {
        if (++_parts > MaxParts) throw new PolicyFileException($"the graph has more than {MaxParts} parts; a policy is a small network");
    }
}
