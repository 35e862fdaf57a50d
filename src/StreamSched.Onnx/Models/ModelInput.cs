using System.Text.Json.Serialization;

namespace StreamSched.Onnx.Models;

/// <summary>The input tensor of a model, float32 with the batch as its first dimension.</summary>
public sealed record ModelInput
{
    /// <summary>Name of the graph's input.</summary>
    public required string Name { get; init; }

    /// <summary>Dimensions without the batch: <c>[channels, height, width]</c> or <c>[height, width, channels]</c> for images, <c>[values]</c> for
    /// windows.</summary>
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

    /// <summary>
    /// Whether an image's channels come before or after its pixels; null: as the shape says, which has 1 or 3 channels at one of its ends, and before them
    /// where both ends could be meant.
    /// </summary>
    [JsonInclude]
    public ImageLayout? Layout { get; internal set; }

    /// <summary>What requests may send; empty: a raw tensor, and images of every encoding where the model has 1 or 3 channels.</summary>
    [JsonInclude]
    public IReadOnlyList<PayloadEncoding> Encodings { get; internal set; } = [];

    /// <summary>Values per item.</summary>
    internal int Elements => Shape.Aggregate(1, (product, dimension) => product * dimension);

    /// <summary>What an image for this input is.</summary>
    internal ImageForm Image => ImageForm.Of(this);

    /// <summary>Channels of an image; a window of values is one channel.</summary>
    internal int Channels => Image.Channels;

    /// <summary>Whether requests may send this encoding.</summary>
    internal bool Accepts(PayloadEncoding encoding) => (Encodings.Count == 0 || Encodings.Contains(encoding)) && encoding switch
    {
        PayloadEncoding.Tensor => true,
        PayloadEncoding.Grey8 => Channels == 1,
        PayloadEncoding.Rgb8 => Channels == 3,
        PayloadEncoding.Png or PayloadEncoding.Jpeg => Channels is 1 or 3,
        _ => false,
    };
}
