using System.Text.Json.Serialization;

namespace StreamSched.Onnx.Models;

/// <summary>The input tensor of a model, float32 with the batch as its first dimension.</summary>
public sealed record ModelInput
{
    /// <summary>Name of the graph's input.</summary>
    public required string Name { get; init; }

    /// <summary>Dimensions without the batch: <c>[channels, height, width]</c> for images, <c>[values]</c> for windows.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>8-bit pixels are divided by this before <see cref="Mean"/> and <see cref="Deviation"/>; raw tensors are taken as they are.</summary>
    [JsonInclude]
    public float PixelScale { get; internal set; } = 255;

    /// <summary>Subtracted from the scaled pixel, per channel; empty: nothing.</summary>
    [JsonInclude]
    public IReadOnlyList<float> Mean { get; internal set; } = [];

    /// <summary>What the difference is divided by, per channel; empty: 1.</summary>
    [JsonInclude]
    public IReadOnlyList<float> Deviation { get; internal set; } = [];

    /// <summary>Values per item.</summary>
    internal int Elements => Shape.Aggregate(1, (product, dimension) => product * dimension);

    /// <summary>Channels of an image; a window of values is one channel.</summary>
    internal int Channels => Shape.Count == 3 ? Shape[0] : 1;
}
