namespace StreamSched.Core.PolicyFiles;

/// <summary>An operator of a graph.</summary>
internal sealed class OnnxNode
{
    public string Operator { get; set; } = "";

    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public Dictionary<string, List<long>> Integers { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, float> Singles { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);

    public OnnxTensor? Tensor { get; set; }

    public string Input(int index) => index < Inputs.Count ? Inputs[index] : "";

    public long Integer(string name, long otherwise) => Integers.TryGetValue(name, out List<long>? values) && values.Count > 0 ? values[0] : otherwise;

    public float Single(string name, float otherwise) => Singles.GetValueOrDefault(name, otherwise);
}
