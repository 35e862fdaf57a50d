using StreamSched.Core.Policies;

namespace StreamSched.Simulation.Selection;

/// <summary>Selects by what is known beforehand, and learns nothing.</summary>
/// <param name="choose">The variant for a request of a device.</param>
internal sealed class FixedSelector(Func<int, int, int> choose) : IModelSelector
{
    /// <summary>Always the same one.</summary>
    /// <param name="variant">Which.</param>
    public static FixedSelector Always(int variant) => new((_, _) => variant);

    /// <summary>Any one.</summary>
    /// <param name="variants">How many there are.</param>
    /// <param name="seed">Of the draws.</param>
    public static FixedSelector Random(int variants, ulong seed)
    {
        RandomStream random = RandomStream.For(seed, "selection");
        return new FixedSelector((_, _) => random.NextInt32(variants));
    }

    /// <summary>For every group of devices the one that serves it best in hindsight, and after a change the one that does so then.</summary>
    /// <param name="trace">The run.</param>
    /// <param name="groupOf">[devices]: the group of each.</param>
    public static FixedSelector BestOfEach(SelectionTrace trace, IReadOnlyList<int> groupOf)
    {
        Dictionary<int, (int Before, int After)> best = groupOf.Distinct().ToDictionary(
            g => g, g => (trace.Best(0, trace.ChangeAt, d => groupOf[d] == g), trace.Best(trace.ChangeAt, trace.Requests, d => groupOf[d] == g)));
        return new FixedSelector((request, device) => request < trace.ChangeAt ? best[groupOf[device]].Before : best[groupOf[device]].After);
    }

    /// <inheritdoc/>
    public int Choose(int request, int device) => choose(request, device);

    /// <inheritdoc/>
    public void Rated(int device, int variant, double rating)
    {
    }
}
