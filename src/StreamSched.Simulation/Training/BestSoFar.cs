using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;

namespace StreamSched.Simulation.Training;

/// <summary>The parameters that did best in worlds of comparison: what learns by trial gets worse again now and then.</summary>
/// <param name="parameters">Where learning starts, which stands until something else was offered.</param>
internal sealed class BestSoFar(ReadOnlySpan<float> parameters)
{
    private readonly float[] _best = parameters.ToArray();

    /// <summary>The score of the best; NaN: there is none yet.</summary>
    public double Score { get; private set; } = double.NaN;

    public ReadOnlySpan<float> Parameters => _best;

    /// <summary>A network with the best parameters.</summary>
    /// <param name="shape">Of the network that learns.</param>
    public Network Network(NetworkShape shape) => new(shape, _best.ToArray());

    public void Offer(ReadOnlySpan<float> parameters, double score)
    {
        if (score <= Score || double.IsNaN(score)) return;
        parameters.CopyTo(_best);
        Score = score;
    }

    public void Save(Checkpoint checkpoint)
    {
        checkpoint.Set("best.parameters", _best);
        checkpoint.Set<double>("best.score", [Score]);
    }

    public void Load(Checkpoint checkpoint)
    {
        checkpoint.Get("best.parameters", _best.AsSpan());
        Score = checkpoint.Get<double>("best.score")[0];
    }
}
