using System.Text.Json.Serialization;

namespace StreamSched.Onnx.Models;

/// <summary>How a payload's bytes are to be read. Same members, in the same order, as the wire schema's enum of this name.</summary>
public enum PayloadEncoding
{
    /// <summary>Little-endian float32, as the model wants them.</summary>
    [JsonStringEnumMemberName("tensor")]
    Tensor,

    /// <summary>8-bit grey image, row by row.</summary>
    [JsonStringEnumMemberName("grey8")]
    Grey8,

    /// <summary>8-bit colour image, row by row, red, green and blue interleaved.</summary>
    [JsonStringEnumMemberName("rgb8")]
    Rgb8,

    /// <summary>PNG file.</summary>
    [JsonStringEnumMemberName("png")]
    Png,

    /// <summary>JPEG file.</summary>
    [JsonStringEnumMemberName("jpeg")]
    Jpeg,
}
