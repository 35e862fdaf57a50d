using StreamSched.Core.OnlineLearning;

namespace StreamSched.Simulation.Selection;

/// <summary>The variant with the highest upper confidence bound of its rating, the first of equals; learns from what is rated.</summary>
/// <param name="bandit">Learns; belongs to this selector alone.</param>
/// <param name="features">Of devices and variants.</param>
/// <param name="variants">How many variants there are.</param>
internal sealed class BanditSelector(IContextualBandit bandit, SelectionFeatures features, int variants) : IModelSelector
{
    // Models begin at 0. So what was never tried looks as good as can be, and every variant gets its chance (Sutton, Barto 2018, 2.6).
    private const double Best = 1;

    private readonly float[] _bounds = new float[variants];

    /// <inheritdoc/>
    public int Choose(int request, int device)
    {
        bandit.Score(features.Of(device), variants, _bounds);
        int best = 0;
        for (int v = 1; v < _bounds.Length; v++)
            if (_bounds[v] > _bounds[best]) best = v;
        return best;
    }

    /// <inheritdoc/>
    public void Rated(int device, int variant, double rating)
    {
        if (rating is >= 0 and <= 1) bandit.Learn(features.Of(device).Slice(variant * features.Count, features.Count), rating - Best);
    }
}
