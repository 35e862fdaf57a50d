using StreamSched.Core.Networks;

namespace StreamSched.Core.PolicyFiles;

/// <summary>Writes a policy with ONNX's standard operators.</summary>
internal static class OnnxPolicyWriter
{
    private const int FormatVersion = 8, OperatorSet = 17, IntegerAttribute = 2;

    public static byte[] Write(PolicyFile policy)
    {
        ProtoWriter model = new();
        model.Integer(OnnxFields.Model.IrVersion, FormatVersion);
        model.Text(OnnxFields.Model.ProducerName, "streamsched");
        model.Message(OnnxFields.Model.Graph, graph => Graph(policy, graph));
        model.Message(OnnxFields.Model.OpsetImport, set =>
        {
            set.Text(OnnxFields.OperatorSet.Domain, "");
            set.Integer(OnnxFields.OperatorSet.Version, OperatorSet);
        });
        foreach ((string key, string value) in PolicyMetadataText.Write(policy.Metadata))
        {
            model.Message(OnnxFields.Model.MetadataProps, pair =>
            {
                pair.Text(OnnxFields.Entry.Key, key);
                pair.Text(OnnxFields.Entry.Value, value);
            });
        }

        return model.ToArray();
    }

    private static void Graph(PolicyFile policy, ProtoWriter graph)
    {
        Network network = policy.Network;
        if (policy.Memory is { } recurrent) Memory(graph, recurrent.Units);
        string value = policy.ReadsMemory ? PolicyFile.NextStateName : PolicyFile.FeaturesName;
        for (int l = 0; l < network.Shape.Layers.Count; l++)
        {
            bool isLast = l == network.Shape.Layers.Count - 1;
            string? activation = network.Shape.Layers[l].Activation switch
            {
                Activation.Tanh => "Tanh",
                Activation.Relu => "Relu",
                Activation.Sigmoid => "Sigmoid",
                Activation.Softplus => "Softplus",
                _ => null,
            };
            string sum = isLast && activation is null ? PolicyFile.ScoresName : $"sum{l}";
            Node(graph, "Gemm", [value, $"weights{l}", $"biases{l}"], [sum], ("transB", 1));
            value = sum;
            if (activation is null) continue;
            value = isLast ? PolicyFile.ScoresName : $"layer{l}";
            Node(graph, activation, [sum], [value]);
        }

        graph.Text(OnnxFields.Graph.Name, policy.Metadata.Name.Length > 0 ? policy.Metadata.Name : "policy");
        for (int l = 0; l < network.Shape.Layers.Count; l++)
        {
            int outputs = network.Shape.Layers[l].Outputs;
            Tensor(graph, $"weights{l}", [outputs, network.Weights(l).Length / outputs], network.Weights(l).ToArray());
            Tensor(graph, $"biases{l}", [outputs], network.Biases(l).ToArray());
        }

        if (policy.Memory is { } cell)
        {
            Tensor(graph, "gru.weights", [1, 3 * cell.Units, cell.Inputs], cell.InputWeights.ToArray());
            Tensor(graph, "gru.recurrence", [1, 3 * cell.Units, cell.Units], cell.StateWeights.ToArray());
            Tensor(graph, "gru.biases", [1, 6 * cell.Units], cell.Biases.ToArray());
            graph.Message(OnnxFields.Graph.Initializer, tensor =>
            {
                tensor.Integer(OnnxFields.Tensor.Dims, 1);
                tensor.Integer(OnnxFields.Tensor.DataType, OnnxFields.DataType.Int64);
                tensor.Integer(OnnxFields.Tensor.Int64Data, 0);
                tensor.Text(OnnxFields.Tensor.Name, "time");
            });
            Value(graph, OnnxFields.Graph.Input, PolicyFile.ContextName, cell.Inputs);
            Value(graph, OnnxFields.Graph.Input, PolicyFile.StateName, cell.Units);
        }

        if (!policy.ReadsMemory) Value(graph, OnnxFields.Graph.Input, PolicyFile.FeaturesName, network.Shape.Inputs);
        Value(graph, OnnxFields.Graph.Output, PolicyFile.ScoresName, network.Shape.Outputs);
        if (policy.Memory is not null) Value(graph, OnnxFields.Graph.Output, PolicyFile.NextStateName, policy.Memory.Units);
    }

    // One step of a recurrent cell: ONNX wants an axis for time in front.
    private static void Memory(ProtoWriter graph, int units)
    {
        Node(graph, "Unsqueeze", [PolicyFile.ContextName, "time"], ["gru.x"]);
        Node(graph, "Unsqueeze", [PolicyFile.StateName, "time"], ["gru.h"]);
        graph.Message(OnnxFields.Graph.Node, node =>
        {
            foreach (string input in (string[])["gru.x", "gru.weights", "gru.recurrence", "gru.biases", "", "gru.h"]) node.Text(OnnxFields.Node.Input, input);
            node.Text(OnnxFields.Node.Output, "");
            node.Text(OnnxFields.Node.Output, "gru.next");
            node.Text(OnnxFields.Node.OpType, "GRU");
            Attribute(node, "hidden_size", units);
            Attribute(node, "linear_before_reset", 1);
        });
        Node(graph, "Squeeze", ["gru.next", "time"], [PolicyFile.NextStateName]);
    }

    private static void Node(ProtoWriter graph, string type, string[] inputs, string[] outputs, params (string Name, long Value)[] attributes) =>
        graph.Message(OnnxFields.Graph.Node, node =>
        {
            foreach (string input in inputs) node.Text(OnnxFields.Node.Input, input);
            foreach (string output in outputs) node.Text(OnnxFields.Node.Output, output);
            node.Text(OnnxFields.Node.OpType, type);
            foreach ((string name, long value) in attributes) Attribute(node, name, value);
        });

    private static void Attribute(ProtoWriter node, string name, long value) => node.Message(OnnxFields.Node.Attribute, attribute =>
    {
        attribute.Text(OnnxFields.Attribute.Name, name);
        attribute.Integer(OnnxFields.Attribute.I, value);
        attribute.Integer(OnnxFields.Attribute.Type, IntegerAttribute);
    });

    private static void Tensor(ProtoWriter graph, string name, int[] dimensions, float[] values) => graph.Message(OnnxFields.Graph.Initializer, tensor =>
    {
        foreach (int d in dimensions) tensor.Integer(OnnxFields.Tensor.Dims, d);
        tensor.Integer(OnnxFields.Tensor.DataType, OnnxFields.DataType.Float);
        tensor.Text(OnnxFields.Tensor.Name, name);
        tensor.Singles(OnnxFields.Tensor.RawData, values);
    });

    private static void Value(ProtoWriter graph, int field, string name, int width) => graph.Message(field, value =>
    {
        value.Text(OnnxFields.ValueInfo.Name, name);
        value.Message(OnnxFields.ValueInfo.Type, type => type.Message(OnnxFields.Type.TensorType, tensor =>
        {
            tensor.Integer(OnnxFields.Type.ElemType, OnnxFields.DataType.Float);
            tensor.Message(OnnxFields.Type.Shape, shape =>
            {
                shape.Message(OnnxFields.Shape.Dim, batch => batch.Text(OnnxFields.Shape.DimParam, "batch"));
                shape.Message(OnnxFields.Shape.Dim, last => last.Integer(OnnxFields.Shape.DimValue, width));
            });
        }));
    });
}
