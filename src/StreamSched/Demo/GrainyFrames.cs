using StreamSched.Core.Policies;
using StreamSched.Frames;

namespace StreamSched.Demo;

/// <summary>Frames as a sensor takes them when there is little light: the models err, each in its own measure, and nobody says so but labels.</summary>
internal static class GrainyFrames
{
    /// <summary>Standard deviation of the grain, in steps of grey.</summary>
    public const double Grain = 18;

    /// <summary>The same frames with normal noise added to each pixel.</summary>
    /// <param name="frames">Raw grey ones.</param>
    /// <param name="seed">Of the noise.</param>
    public static IReadOnlyList<Frame> Of(IReadOnlyList<Frame> frames, ulong seed)
    {
        RandomStream random = RandomStream.For(seed, "grain");
        return [.. frames.Select(frame =>
        {
            byte[] pixels = new byte[frame.Payload.Length];
            for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)Math.Clamp(Math.Round(frame.Payload[i] + (Grain * random.NextNormal())), 0, 255);
            return frame with { Payload = pixels };
        })];
    }
}
