namespace StreamSched.Learning.Bandits;

/// <summary>LinUCB with a model per arm (the disjoint form of Li, Chu, Langford, Schapire 2010). Arms come and go while it runs.</summary>
/// <param name="features">Length of the context.</param>
/// <param name="exploration">α: how much uncertainty is worth.</param>
/// <param name="ridge">λ.</param>
public sealed class DisjointLinUcb(int features, double exploration = 1, double ridge = 1)
{
    private readonly List<(string Name, RidgeModel Model)> _arms = [];

    /// <summary>Names of the arms, in the order in which they came.</summary>
    public IEnumerable<string> Arms => _arms.Select(a => a.Name);

    /// <summary>Adds an arm that knows nothing yet; one that is there stays as it is.</summary>
    /// <param name="name">Its name.</param>
    public void AddArm(string name)
    {
        if (Find(name) is null) _arms.Add((name, new RidgeModel(features, ridge)));
    }

    /// <summary>Takes an arm away with what it learned.</summary>
    /// <param name="name">Its name.</param>
    public void RemoveArm(string name) => _arms.RemoveAll(a => a.Name == name);

    /// <summary>Upper confidence bound of an arm's reward.</summary>
    /// <param name="arm">Its name.</param>
    /// <param name="context">[features].</param>
    public double Score(string arm, ReadOnlySpan<float> context) => Score(Find(arm) ?? throw new ArgumentException($"there is no arm '{arm}'", nameof(arm)), context);

    /// <summary>The arm with the highest bound, the first of equals; null if there is none.</summary>
    /// <param name="context">[features].</param>
    public string? Choose(ReadOnlySpan<float> context)
    {
        (string? best, double highest) = (null, double.NegativeInfinity);
        foreach ((string name, RidgeModel model) in _arms)
        {
            double score = Score(model, context);
            if (best is null || score > highest) (best, highest) = (name, score);
        }

        return best;
    }

    /// <summary>Learns what an arm earned. What a removed arm earned is ignored.</summary>
    /// <param name="arm">Its name.</param>
    /// <param name="context">As it was at the choice.</param>
    /// <param name="reward">What it earned.</param>
    public void Learn(string arm, ReadOnlySpan<float> context, double reward) => Find(arm)?.Learn(context, reward);

    private double Score(RidgeModel model, ReadOnlySpan<float> context) => model.Predict(context) + (exploration * model.Uncertainty(context));

    private RidgeModel? Find(string name)
    {
        foreach ((string arm, RidgeModel model) in _arms)
            if (arm == name) return model;
        return null;
    }
}
