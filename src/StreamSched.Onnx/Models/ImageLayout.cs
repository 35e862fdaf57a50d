using System.Text.Json.Serialization;

namespace StreamSched.Onnx.Models;

/// <summary>Where the channels of an image tensor are.</summary>
public enum ImageLayout
{
    /// <summary><c>[channels, height, width]</c>, as PyTorch has it.</summary>
    [JsonStringEnumMemberName("nchw")]
    Nchw,

    /// <summary><c>[height, width, channels]</c>, as TensorFlow and Keras have it.</summary>
    [JsonStringEnumMemberName("nhwc")]
    Nhwc,
}
