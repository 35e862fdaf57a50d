namespace StreamSched.Simulation.Selection;

/// <summary>
/// Features of device and variant. For all devices together: how accurate the variant is and how long it takes on the class, as measured, and which one it is;
/// for each device alone: accuracy and time again, since users differ. Linear models see a time as its place between two of five times of which each is four
/// times the one before.
/// </summary>
internal sealed class SelectionFeatures
{
    private const double ShortestMs = 1, Ratio = 4;
    private const int Times = 5, Profile = 1 + Times;

    // A user differs from the others by less than what all have in common.
    private const float OwnOfDevice = 0.5f;

    private readonly float[][] _features;

    /// <summary>Computes them, for each device.</summary>
    /// <param name="world">Variants and classes.</param>
    /// <param name="users">[devices].</param>
    /// <param name="context">What is known.</param>
    public SelectionFeatures(SelectionWorld world, IReadOnlyList<DeviceUser> users, SelectionContext context)
    {
        int variants = world.Variants.Count, shared = variants + (context == SelectionContext.None ? 0 : Profile);
        Count = shared + (context == SelectionContext.Device ? users.Count * Profile : 0);
        double least = world.Variants.Min(v => v.Accuracy), range = Math.Max(1e-6, world.Variants.Max(v => v.Accuracy) - least);
        _features = [.. users.Select((user, device) =>
        {
            float[] all = new float[variants * Count];
            for (int v = 0; v < variants; v++)
            {
                Span<float> x = all.AsSpan(v * Count, Count);
                double seconds = world.Classes[user.Class].Seconds[v], accuracy = (world.Variants[v].Accuracy - least) / range;
                x[v] = 1;
                if (context != SelectionContext.None) Write(accuracy, seconds, 1, x[variants..]);
                if (context == SelectionContext.Device) Write(accuracy, seconds, OwnOfDevice, x[(shared + (device * Profile))..]);
            }

            return all;
        })];
    }

    /// <summary>Length of the features.</summary>
    public int Count { get; }

    /// <summary>[variants, <see cref="Count"/>] of a device.</summary>
    /// <param name="device">Its index.</param>
    public ReadOnlySpan<float> Of(int device) => _features[device];

    private static void Write(double accuracy, double seconds, float scale, Span<float> x)
    {
        x[0] = scale * (float)accuracy;
        double at = Math.Clamp(Math.Log(seconds * 1e3 / ShortestMs, Ratio), 0, Times - 1);
        for (int i = 0; i < Times; i++) x[1 + i] = scale * (float)Math.Max(0, 1 - Math.Abs(at - i));
    }
}
