using System.Buffers.Binary;
using System.Text;

namespace StreamSched.Tests.Onnx;

/// <summary>Small ONNX models made byte by byte, for what no model that we ship does. Field numbers are those of onnx.proto.</summary>
internal static class OnnxFile
{
    private const int FloatType = 1, Int64Type = 7, BoolType = 9;

    /// <summary>Logits = the mean of each channel, for images of [height, width, 3].</summary>
    public static byte[] ChannelMeansNhwc(int height, int width) => Model(Graph(
        [Node("ReduceMean", ["image"], ["logits"], Ints("axes", 1, 2), Int("keepdims", 0))],
        Value("image", "N", height, width, 3), Value("logits", "N", 3)));

    /// <summary>The same for images of [3, height, width].</summary>
    public static byte[] ChannelMeansNchw(int height, int width) => Model(Graph(
        [Node("ReduceMean", ["image"], ["logits"], Ints("axes", 2, 3), Int("keepdims", 0))],
        Value("image", "N", 3, height, width), Value("logits", "N", 3)));

    /// <summary>The values themselves, in any shape.</summary>
    public static byte[] Same(params object[] shape) => Model(Graph([Node("Identity", ["x"], ["y"])], Value("x", shape), Value("y", shape)));

    /// <summary>[N, inputs] times weights of [inputs, outputs] that lie in another file.</summary>
    public static byte[] External(int inputs, int outputs, string location, long offset = 0, bool saysLength = true) => Model(Graph(
        [Node("MatMul", ["x", "w"], ["y"])], Value("x", "N", inputs), Value("y", "N", outputs),
        ExternalTensor("w", [inputs, outputs], location, offset, saysLength ? 4L * inputs * outputs : null)));

    /// <summary>The same with the weights inside.</summary>
    public static byte[] Internal(int inputs, int outputs, float[] weights) => Model(Graph(
        [Node("MatMul", ["x", "w"], ["y"])], Value("x", "N", inputs), Value("y", "N", outputs), Tensor("w", [inputs, outputs], weights)));

    /// <summary>External weights in the branches of an If, where graphs are nested.</summary>
    public static byte[] ExternalInBranches(int values, string location) => Model(Graph(
        [
            Node("ReduceMax", ["x"], ["most"], Int("keepdims", 0)), Node("Greater", ["most", "zero"], ["isPositive"]),
            Node("If", ["isPositive"], ["w"], Branch("then_branch", 0), Branch("else_branch", 4 * values)), Node("Add", ["x", "w"], ["y"]),
        ],
        Value("x", "N", values), Value("y", "N", values), Tensor("zero", [], [0f])));

    /// <summary>Gives its input back; goes round for ever where a value of it is above a threshold.</summary>
    public static byte[] EndlessAbove(float threshold, int values) => Model(Graph(
        [
            Node("ReduceMax", ["x"], ["most"], Int("keepdims", 0)), Node("Greater", ["most", "threshold"], ["goesOn"]),
            Node("Loop", ["", "goesOn", "x"], ["y"], GraphAttribute("body", Body())),
        ],
        Value("x", "N", values), Value("y", "N", values), Tensor("threshold", [], [threshold])));

    /// <summary>An answer of so many times the input.</summary>
    public static byte[] Tiled(int values, int times) => Model(Graph(
        [Node("Tile", ["x", "repeats"], ["y"])], Value("x", "N", values), Value("y", "N", values * times), Tensor("repeats", [2], [1L, times])));

    /// <summary>Classes by the first values, and not a number where the mean of all is below a threshold.</summary>
    public static byte[] NotANumberBelow(float mean, int values, int classes) => Model(Graph(
        [
            Node("ReduceMean", ["x"], ["mean"], Ints("axes", 1), Int("keepdims", 1)), Node("Sub", ["mean", "threshold"], ["above"]),
            Node("Log", ["above"], ["perhaps"]),
            Node("Slice", ["x", "begin", "end", "axis"], ["first"]), Node("Add", ["first", "perhaps"], ["y"]),
        ],
        Value("x", "N", values), Value("y", "N", classes), Tensor("threshold", [], [mean]), Tensor("begin", [1], [0L]), Tensor("end", [1], [(long)classes]),
        Tensor("axis", [1], [1L])));

    /// <summary>As many answers as values are not zero.</summary>
    public static byte[] NotZero(int values) => Model(Graph(
        [Node("NonZero", ["x"], ["found"]), Node("Cast", ["found"], ["cast"], Int("to", FloatType)), Node("Unsqueeze", ["cast", "axis"], ["y"])],
        Value("x", 1, values), Value("y", 1, 2, "found"), Tensor("axis", [1], [0L])));

    /// <summary>A manifest for such a model.</summary>
    public static string Manifest(
        int[] shape, string input = "x", string output = "y", string kind = "tensor", string more = "", int classes = 0,
        int maxBatch = 16, double accuracy = 0.9) => FormattableString.Invariant($$"""
        {
          "task": "odd", "accuracy": {{accuracy}}, "accuracyImages": 100, "maxBatch": {{maxBatch}},
          "input": { "name": "{{input}}", "shape": [{{string.Join(", ", shape)}}]{{(more.Length == 0 ? "" : ", " + more)}} },
          "output": { "name": "{{output}}", "kind": "{{kind}}" },
          "labels": [{{string.Join(", ", Enumerable.Range(0, classes).Select(c => $"\"c{c}\""))}}], "licence": "MIT", "attribution": "x", "source": "y"
        }
        """);

    public static byte[] Bytes(params float[] values)
    {
        var bytes = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        return bytes;
    }

    private static byte[] Body() => Graph(
        [Node("Identity", ["conditionIn"], ["conditionOut"]), Node("Neg", ["in"], ["out"])],
        [Typed("iteration", Int64Type), Typed("conditionIn", BoolType), Typed("in", FloatType, "N", "values")],
        [Typed("conditionOut", BoolType), Typed("out", FloatType, "N", "values")]);

    private static byte[] Branch(string name, long offset) => GraphAttribute(name, Message(
        Field(1, Node("Identity", ["inner"], ["chosen"])), Field(2, Text("branch")), Field(5, ExternalTensor("inner", [4], "branches.bin", offset, 16)),
        Field(12, Typed("chosen", FloatType, 4))));

    private static byte[] Model(byte[] graph) => Message(Field(1, 8), Field(7, graph), Field(8, Message(Field(2, 17))));

    private static byte[] Graph(byte[][] nodes, byte[] input, byte[] output, params byte[][] tensors) => Message(
        [.. nodes.Select(node => Field(1, node)), Field(2, Text("g")), .. tensors.Select(tensor => Field(5, tensor)), Field(11, input), Field(12, output)]);

    private static byte[] Graph(byte[][] nodes, byte[][] inputs, byte[][] outputs) => Message(
        [.. nodes.Select(node => Field(1, node)), Field(2, Text("body")), .. inputs.Select(input => Field(11, input)),
            .. outputs.Select(output => Field(12, output))]);

    private static byte[] Node(string type, string[] inputs, string[] outputs, params byte[][] attributes) => Message(
        [.. inputs.Select(input => Field(1, Text(input))), .. outputs.Select(output => Field(2, Text(output))), Field(4, Text(type)),
            .. attributes.Select(a => Field(5, a))]);

    private static byte[] Int(string name, long value) => Message(Field(1, Text(name)), Field(3, value), Field(20, 2));

    private static byte[] Ints(string name, params long[] values) => Message([Field(1, Text(name)), .. values.Select(value => Field(8, value)), Field(20, 7)]);

    private static byte[] GraphAttribute(string name, byte[] graph) => Message(Field(1, Text(name)), Field(6, graph), Field(20, 5));

    private static byte[] Value(string name, params object[] shape) => Typed(name, FloatType, shape);

    private static byte[] Typed(string name, int type, params object[] shape)
    {
        var dimensions = shape.Select(d => Field(1, d is string symbol ? Message(Field(2, Text(symbol))) : Message(Field(1, (int)d))));
        return Message(Field(1, Text(name)), Field(2, Message(Field(1, Message(Field(1, type), Field(2, Message([.. dimensions])))))));
    }

    private static byte[] Tensor(string name, long[] dimensions, float[] values) =>
        Message([.. dimensions.Select(d => Field(1, d)), Field(2, FloatType), Field(8, Text(name)), Field(9, Bytes(values))]);

    private static byte[] Tensor(string name, long[] dimensions, long[] values) =>
        Message([.. dimensions.Select(d => Field(1, d)), Field(2, Int64Type), .. values.Select(value => Field(7, value)), Field(8, Text(name))]);

    private static byte[] ExternalTensor(string name, long[] dimensions, string location, long offset, long? length) => Message(
        [
            .. dimensions.Select(d => Field(1, d)), Field(2, FloatType), Field(8, Text(name)), Field(13, Entry("location", location)),
            .. offset > 0 ? [Field(13, Entry("offset", $"{offset}"))] : Array.Empty<byte[]>(),
            .. length is { } l ? [Field(13, Entry("length", $"{l}"))] : Array.Empty<byte[]>(), Field(14, 1),
        ]);

    private static byte[] Entry(string key, string value) => Message(Field(1, Text(key)), Field(2, Text(value)));

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Message(params byte[][] fields) => [.. fields.SelectMany(field => field)];

    private static byte[] Field(int number, byte[] block) => [.. Varint(((ulong)number << 3) | 2), .. Varint((ulong)block.Length), .. block];

    private static byte[] Field(int number, long value) => [.. Varint((ulong)number << 3), .. Varint((ulong)value)];

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
