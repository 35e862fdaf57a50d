namespace StreamSched.Onnx.Models;

/// <summary>The output tensor of a model, float32 with the batch as its first dimension.</summary>
public sealed record ModelOutput
{
    /// <summary>Name of the graph's output.</summary>
    public required string Name { get; init; }

    /// <summary>How the values are to be read.</summary>
    public required OutputKind Kind { get; init; }
}
