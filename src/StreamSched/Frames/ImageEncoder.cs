using StbImageWriteSharp;
using StreamSched.Avro.Records;

namespace StreamSched.Frames;

/// <summary>Makes image files of raw frames, as a camera with a codec would send them.</summary>
internal static class ImageEncoder
{
    private const int JpegQuality = 95;

    /// <summary>The same frame as a file.</summary>
    /// <param name="frame">Raw, grey or colour, with its shape.</param>
    /// <param name="encoding">PNG or JPEG.</param>
    /// <param name="path">Where it comes from, for messages.</param>
    /// <exception cref="FrameException">It is no image, or does not say its height and width.</exception>
    public static Frame Encode(Frame frame, PayloadEncoding encoding, string path)
    {
        if (frame.Encoding == encoding) return frame;
        int channels = frame.Encoding switch
        {
            PayloadEncoding.Grey8 => 1,
            PayloadEncoding.Rgb8 => 3,
            _ => throw new FrameException($"{path}: is no raw image (grey8 or rgb8), so no {encoding.ToString().ToLowerInvariant()} can be made of it"),
        };
        int[] sides = [.. frame.Shape.SkipWhile(d => d == 1)];
        if (channels == 3 && sides is [3, _, _]) sides = sides[1..];
        else if (channels == 3 && sides is [_, _, 3]) sides = sides[..2];
        if (sides is not [var height, var width] || (long)height * width * channels != frame.Payload.Length)
            throw new FrameException($"{path}: say the frames' height and width with --shape, such as 1x28x28, so that an image can be made of them");
        using MemoryStream file = new();
        ImageWriter writer = new();
        ColorComponents components = channels == 1 ? ColorComponents.Grey : ColorComponents.RedGreenBlue;
        if (encoding == PayloadEncoding.Png) writer.WritePng(frame.Payload, width, height, components, file);
        else writer.WriteJpg(frame.Payload, width, height, components, file, JpegQuality);
        return frame with { Payload = file.ToArray(), Encoding = encoding, Shape = [] };
    }
}
