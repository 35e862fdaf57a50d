using System.Text;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;

namespace StreamSched.Tests.Learning.Files;

/// <summary>Whatever a file holds, it gives a network or a <see cref="PolicyFileException"/>, and claims of size cost nothing.</summary>
public class HostilePolicyFileTests
{
    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        byte[] bytes = PolicyFileTests.Made(1).ToBytes();
        int graph = bytes.AsSpan().IndexOf("streamsched.name"u8); // behind the graph a cut at a field's end leaves a whole file without some metadata
        for (int length = 0; length < graph - 4; length++) Assert.Throws<PolicyFileException>(() => PolicyFile.Parse(bytes.AsSpan(0, length)));
    }

    [Fact]
    public void Random_damage_gives_a_network_or_a_clear_error_and_no_large_allocation()
    {
        byte[] bytes = PolicyFileTests.Made(1).ToBytes();
        RandomStream random = new(8);
        int refused = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5000; i++)
        {
            byte[] damaged = (byte[])bytes.Clone();
            for (int k = 0; k <= i % 4; k++) damaged[random.NextInt32(damaged.Length)] = (byte)random.NextUInt64();
            try
            {
                PolicyFile.Parse(damaged);
            }
            catch (PolicyFileException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 5000);
        Assert.True((GC.GetAllocatedBytesForCurrentThread() - before) / 5000 < 100_000);
    }

    [Theory]
    [InlineData(1 << 30, 1 << 30)]
    [InlineData(-1, 4)]
    [InlineData(1L << 62, 4)]
    [InlineData(16_000_000, 1)]
    public void Dimensions_that_the_file_does_not_fill_are_refused_without_allocating_them(long rows, long columns)
    {
        byte[] bytes = Model(graph => Tensor(graph, "w", [rows, columns], new float[8]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("'w'", Assert.Throws<PolicyFileException>(() => PolicyFile.Parse(bytes)).Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_refused() => Refused("not finite", graph =>
    {
        Tensor(graph, "w", [1, 2], [1, float.NaN]);
        Node(graph, "Gemm", ["x", "w"], "y");
    });

    [Fact]
    public void Operators_that_are_not_understood_are_refused_by_name() => Refused("LSTM", graph => Node(graph, "LSTM", ["x"], "y"));

    [Fact]
    public void Layers_that_do_not_fit_are_refused() => Refused("expects 3 inputs and gets 2", graph =>
    {
        Tensor(graph, "w", [3, 1], [1, 2, 3]);
        Node(graph, "MatMul", ["x", "w"], "y");
    });

    [Fact]
    public void Biases_that_do_not_fit_are_refused() => Refused("adds 3 numbers to 1 outputs", graph =>
    {
        Tensor(graph, "w", [2, 1], [1, 2]);
        Tensor(graph, "b", [3], [1, 2, 3]);
        Node(graph, "MatMul", ["x", "w"], "s");
        Node(graph, "Add", ["s", "b"], "y");
    });

    [Fact]
    public void Weights_that_are_computed_are_refused() => Refused("which is no constant", graph => Node(graph, "MatMul", ["x", "x"], "y"));

    [Fact]
    public void A_graph_without_layers_is_refused() => Refused("one output behind layers", graph => Node(graph, "Identity", ["x"], "y"));

    [Fact]
    public void Tensors_in_other_files_are_refused() => Refused("lies in another file", graph => graph.Message(5, tensor =>
    {
        tensor.Integer(2, 1);
        tensor.Text(8, "w");
        tensor.Integer(14, 1);
    }));

    [Fact]
    public void A_graph_of_very_many_parts_is_refused() => Refused("more than 4096 parts", graph =>
    {
        for (int i = 0; i < 5000; i++) Node(graph, "Identity", ["x"], $"y{i}");
    });

    [Fact]
    public void MatMul_and_Add_are_one_layer_and_a_constant_may_be_a_node()
    {
        PolicyFile policy = PolicyFile.Parse(Model(graph =>
        {
            graph.Message(1, node =>
            {
                node.Text(2, "w");
                node.Text(4, "Constant");
                node.Message(5, attribute =>
                {
                    attribute.Text(1, "value");
                    attribute.Message(5, tensor => Fill(tensor, "", [2, 1], [3, 4]));
                });
            });
            Tensor(graph, "b", [1], [5]);
            Node(graph, "MatMul", ["x", "w"], "s");
            Node(graph, "Add", ["b", "s"], "t");
            Node(graph, "Relu", ["t"], "y");
        }));
        Assert.Equal([new LayerShape(1, Activation.Relu)], policy.Network.Shape.Layers);
        Assert.Equal([3f, 4f, 5f], policy.Network.Parameters);
        Assert.Equal("", policy.Metadata.Name);
    }

    [Fact]
    public void Metadata_that_cannot_be_read_or_does_not_fit_is_refused()
    {
        byte[] bytes = PolicyFileTests.Made(1).ToBytes();
        string text = Encoding.Latin1.GetString(bytes);
        byte[] Changed(string from, string to) => Encoding.Latin1.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(
            "streamsched.seeds", Assert.Throws<PolicyFileException>(() => PolicyFile.Parse(Changed("[1,1844", "[1,x844"))).Message, StringComparison.Ordinal);
        Assert.Contains(
            "5 inputs", Assert.Throws<PolicyFileException>(() => PolicyFile.Parse(Changed("\"a\",\"b\"", "\"aa,bb\""))).Message, StringComparison.Ordinal);
    }

    private static void Refused(string because, Action<ProtoWriter> graph) =>
        Assert.Contains(because, Assert.Throws<PolicyFileException>(() => PolicyFile.Parse(Model(graph))).Message, StringComparison.Ordinal);

    // A graph from x [batch, 2] to y.
    private static byte[] Model(Action<ProtoWriter> graph)
    {
        ProtoWriter model = new();
        model.Message(7, g =>
        {
            graph(g);
            g.Message(11, value =>
            {
                value.Text(1, "x");
                value.Message(2, type => type.Message(1, tensor => tensor.Message(2, shape =>
                {
                    shape.Message(1, batch => batch.Text(2, "batch"));
                    shape.Message(1, last => last.Integer(1, 2));
                })));
            });
            g.Message(12, value => value.Text(1, "y"));
        });
        model.Message(8, set => set.Integer(2, 17));
        return model.ToArray();
    }

    private static void Node(ProtoWriter graph, string type, string[] inputs, string output) => graph.Message(1, node =>
    {
        foreach (string input in inputs) node.Text(1, input);
        node.Text(2, output);
        node.Text(4, type);
    });

    private static void Tensor(ProtoWriter graph, string name, long[] dimensions, float[] values) =>
        graph.Message(5, tensor => Fill(tensor, name, dimensions, values));

    private static void Fill(ProtoWriter tensor, string name, long[] dimensions, float[] values)
    {
        foreach (long d in dimensions) tensor.Integer(1, d);
        tensor.Integer(2, 1);
        tensor.Text(8, name);
        tensor.Singles(9, values);
    }
}
