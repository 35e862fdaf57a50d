namespace StreamSched.Simulation.Selection;

/// <summary>
/// Features of device and variant. For all devices together: which variant it is, and how long it takes on the class; for each device alone: how accurate it is
/// and how long it takes, since users differ. Linear models see a time as its place between two of five times of which each is four times the one before.
/// </summary>
internal sealed class SelectionFeatures
{
    private const double ShortestMs = 1, Ratio = 4;
    private const int Times = 5;
    private readonly float[][] _features;

    /// <summary>Computes them, for each device.</summary>
    /// <param name="world">Variants and classes.</param>
    /// <param name="users">[devices].</param>
    /// <param name="context">What is known.</param>
    public SelectionFeatures(SelectionWorld world, IReadOnlyList<DeviceUser> users, SelectionContext context)
    {
        int variants = world.Variants.Count, shared = variants + (context == SelectionContext.None ? 0 : Times);
        Count = shared + (context == SelectionContext.Device ? users.Count * (1 + Times) : 0);
        double least = world.Variants.Min(v => v.Accuracy), range = Math.Max(1e-6, world.Variants.Max(v => v.Accuracy) - least);
        _features = [.. users.Select((user, device) =>
        {
            float[] all = new float[variants * Count];
            for (int v = 0; v < variants; v++)
            {
                Span<float> x = all.AsSpan(v * Count, Count);
                double seconds = world.Classes[user.Class].Seconds[v];
                x[v] = 1;
                if (context != SelectionContext.None) Place(seconds, x[variants..]);
                if (context != SelectionContext.Device) continue;
                Span<float> own = x[(shared + (device * (1 + Times)))..];
                own[0] = (float)((world.Variants[v].Accuracy - least) / range);
                Place(seconds, own[1..]);
            }

            return all;
        })];
    }

    /// <summary>Length of the features.</summary>
    public int Count { get; }

    /// <summary>[variants, <see cref="Count"/>] of a device.</summary>
    /// <param name="device">Its index.</param>
    public ReadOnlySpan<float> Of(int device) => _features[device];

    private static void Place(double seconds, Span<float> x)
    {
        double at = Math.Clamp(Math.Log(seconds * 1e3 / ShortestMs, Ratio), 0, Times - 1);
        for (int i = 0; i < Times; i++) x[i] = (float)Math.Max(0, 1 - Math.Abs(at - i));
    }
}
