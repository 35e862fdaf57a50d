using StreamSched.Core.Networks;

namespace StreamSched.Core.PolicyFiles;

/// <summary>Writes a policy with ONNX's standard operators; field numbers are those of onnx.proto.</summary>
internal static class OnnxPolicyWriter
{
    private const int FormatVersion = 8, OperatorSet = 17, FloatType = 1, Int64Type = 7, IntegerAttribute = 2;

    public static byte[] Write(PolicyFile policy)
    {
        ProtoWriter model = new();
        model.Integer(1, FormatVersion);
        model.Text(2, "streamsched");
        model.Message(7, graph => Graph(policy, graph));
        model.Message(8, set =>
        {
            set.Text(1, "");
            set.Integer(2, OperatorSet);
        });
        foreach ((string key, string value) in PolicyMetadataText.Write(policy.Metadata))
        {
            model.Message(14, pair =>
            {
                pair.Text(1, key);
                pair.Text(2, value);
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

        graph.Text(2, policy.Metadata.Name.Length > 0 ? policy.Metadata.Name : "policy");
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
            graph.Message(5, tensor =>
            {
                tensor.Integer(1, 1);
                tensor.Integer(2, Int64Type);
                tensor.Integer(7, 0);
                tensor.Text(8, "time");
            });
            Value(graph, 11, PolicyFile.ContextName, cell.Inputs);
            Value(graph, 11, PolicyFile.StateName, cell.Units);
        }

        if (!policy.ReadsMemory) Value(graph, 11, PolicyFile.FeaturesName, network.Shape.Inputs);
        Value(graph, 12, PolicyFile.ScoresName, network.Shape.Outputs);
        if (policy.Memory is not null) Value(graph, 12, PolicyFile.NextStateName, policy.Memory.Units);
    }

    // One step of a recurrent cell: ONNX wants an axis for time in front.
    private static void Memory(ProtoWriter graph, int units)
    {
        Node(graph, "Unsqueeze", [PolicyFile.ContextName, "time"], ["gru.x"]);
        Node(graph, "Unsqueeze", [PolicyFile.StateName, "time"], ["gru.h"]);
        graph.Message(1, node =>
        {
            foreach (string input in (string[])["gru.x", "gru.weights", "gru.recurrence", "gru.biases", "", "gru.h"]) node.Text(1, input);
            node.Text(2, "");
            node.Text(2, "gru.next");
            node.Text(4, "GRU");
            Attribute(node, "hidden_size", units);
            Attribute(node, "linear_before_reset", 1);
        });
        Node(graph, "Squeeze", ["gru.next", "time"], [PolicyFile.NextStateName]);
    }

    private static void Node(ProtoWriter graph, string type, string[] inputs, string[] outputs, params (string Name, long Value)[] attributes) => graph.Message(1, node =>
    {
        foreach (string input in inputs) node.Text(1, input);
        foreach (string output in outputs) node.Text(2, output);
        node.Text(4, type);
        foreach ((string name, long value) in attributes) Attribute(node, name, value);
    });

    private static void Attribute(ProtoWriter node, string name, long value) => node.Message(5, attribute =>
    {
        attribute.Text(1, name);
        attribute.Integer(3, value);
        attribute.Integer(20, IntegerAttribute);
    });

    private static void Tensor(ProtoWriter graph, string name, int[] dimensions, float[] values) => graph.Message(5, tensor =>
    {
        foreach (int d in dimensions) tensor.Integer(1, d);
        tensor.Integer(2, FloatType);
        tensor.Text(8, name);
        tensor.Singles(9, values);
    });

    private static void Value(ProtoWriter graph, int field, string name, int width) => graph.Message(field, value =>
    {
        value.Text(1, name);
        value.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Integer(1, FloatType);
            tensor.Message(2, shape =>
            {
                shape.Message(1, batch => batch.Text(2, "batch"));
                shape.Message(1, last => last.Integer(1, width));
            });
        }));
    });
}
