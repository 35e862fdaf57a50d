using StreamSched.Learning;

namespace StreamSched.Simulation.Training;

/// <summary>The parameters that did best in worlds of comparison: what learns by trial gets worse again now and then.</summary>
/// <param name="parameters">Their number.</param>
internal sealed class BestSoFar(int parameters)
{
    private readonly float[] _best = new float[parameters];

    /// <summary>The score of the best; NaN: there is none yet.</summary>
    public double Score { get; private set; } = double.NaN;

    public ReadOnlySpan<float> Parameters => _best;

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
