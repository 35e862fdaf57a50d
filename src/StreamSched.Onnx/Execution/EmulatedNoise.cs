using StreamSched.Core.Policies;
using StreamSched.Core.Serving;

namespace StreamSched.Onnx.Execution;

/// <summary>Draws how much longer or shorter than its mean each batch of an emulated device takes. Any thread may ask.</summary>
/// <param name="noise">How times scatter.</param>
/// <param name="seed">Of all that is drawn: the same seed and device give the same times.</param>
/// <param name="device">The device, such as the id of its worker; each has a stream of its own.</param>
public sealed class EmulatedNoise(ServiceNoise noise, ulong seed, string device)
{
    private readonly Lock _drawing = new();
    private RandomStream _draws = RandomStream.For(seed, $"service noise/{device}");

    /// <summary>The factor of the next batch; its mean is 1.</summary>
    public double Next()
    {
        lock (_drawing) return noise.Factor((float)_draws.NextNormal(), _draws.NextSingle());
    }
}
