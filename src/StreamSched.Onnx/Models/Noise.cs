namespace StreamSched.Onnx.Models;

/// <summary>Noise in 0..1 of a fixed seed, to try and measure models with: zeros would let some kernels take short cuts.</summary>
internal static class Noise
{
    /// <summary>A source that always gives the same.</summary>
    public static Random Source() => new(1);

    /// <summary>Fills values.</summary>
    public static void Fill(Random source, Span<float> values)
    {
        foreach (ref var value in values)
            value = source.NextSingle();
    }
}
