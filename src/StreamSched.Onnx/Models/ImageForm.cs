namespace StreamSched.Onnx.Models;

/// <summary>What an image for a model's input is.</summary>
/// <param name="Height">Rows; 0: any, as long as there are <paramref name="Pixels"/>.</param>
/// <param name="Width">Columns; 0 where the height is.</param>
/// <param name="Pixels">Height × width.</param>
/// <param name="Channels">Values per pixel.</param>
/// <param name="ChannelsLast">Whether the model wants a pixel's values side by side.</param>
internal readonly record struct ImageForm(int Height, int Width, int Pixels, int Channels, bool ChannelsLast)
{
    /// <summary>Reads it from an input's shape and layout.</summary>
    public static ImageForm Of(ModelInput input)
    {
        ReadOnlySpan<int> shape = [.. input.Shape];
        while (shape.Length > 3 && shape[0] == 1)
            shape = shape[1..];
        switch (shape.Length)
        {
            case 3 when shape[0] > 1 || shape[1] > 1:
                // Where neither end has 1 or 3 channels, no image fits, and only raw tensors are taken.
                var last = input.Layout is { } layout ? layout == ImageLayout.Nhwc : shape[0] is not (1 or 3) && shape[2] is 1 or 3;
                return last ? new(shape[0], shape[1], shape[0] * shape[1], shape[2], true) : new(shape[1], shape[2], shape[1] * shape[2], shape[0], false);
            case 2 when shape[0] > 1:
                return new(shape[0], shape[1], shape[0] * shape[1], 1, false);
            default:
                // A window: 64 values may well be an image of 8 × 8.
                return new(0, 0, input.Elements, 1, false);
        }
    }

    /// <summary>Whether an image of these dimensions is one.</summary>
    public bool Fits(int height, int width) => Height == 0 ? (long)height * width == Pixels : (height, width) == (Height, Width);
}
