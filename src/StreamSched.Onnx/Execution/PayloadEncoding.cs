namespace StreamSched.Onnx.Execution;

/// <summary>How a payload's bytes are to be read. Same members, in the same order, as the wire schema's enum of this name.</summary>
public enum PayloadEncoding
{
    /// <summary>Little-endian float32, as the model wants them.</summary>
    Tensor,

    /// <summary>8-bit grey image, row by row.</summary>
    Grey8,

    /// <summary>8-bit colour image, row by row, red, green and blue interleaved.</summary>
    Rgb8,

    /// <summary>PNG file; not supported, answered <see cref="InferenceFault.Encoding"/>.</summary>
    Png,

    /// <summary>JPEG file; not supported, answered <see cref="InferenceFault.Encoding"/>.</summary>
    Jpeg,
}
