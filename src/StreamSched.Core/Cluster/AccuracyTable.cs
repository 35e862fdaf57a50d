namespace StreamSched.Core.Cluster;

/// <summary>What is believed of accuracies: estimates, and which of them counts. For one thread.</summary>
public sealed class AccuracyTable
{
    private readonly Dictionary<AccuracyKey, AccuracyEstimate> _estimates = [];

    /// <summary>The estimates.</summary>
    public IReadOnlyCollection<AccuracyEstimate> Estimates => _estimates.Values;

    /// <summary>Takes an estimate, instead of the one of the same.</summary>
    /// <param name="estimate">The estimate.</param>
    public void Set(in AccuracyEstimate estimate) => _estimates[estimate.Key] = estimate;

    /// <summary>Takes estimates instead of all that there were.</summary>
    /// <param name="estimates">The estimates.</param>
    public void Replace(IEnumerable<AccuracyEstimate> estimates)
    {
        _estimates.Clear();
        foreach (AccuracyEstimate estimate in estimates) Set(estimate);
    }

    /// <summary>Whether there is an estimate of just this.</summary>
    /// <param name="key">Of what.</param>
    public bool Holds(in AccuracyKey key) => _estimates.ContainsKey(key);

    /// <summary>The estimate that counts: its own, else the nearest of those of more labels; null: it is as registered.</summary>
    /// <param name="key">Of what.</param>
    public AccuracyEstimate? Believed(in AccuracyKey key)
    {
        if (_estimates.Count == 0) return null;
        if (_estimates.TryGetValue(key, out AccuracyEstimate own)) return own;
        foreach (AccuracyKey wider in key.Wider)
            if (_estimates.TryGetValue(wider, out AccuracyEstimate found)) return found;
        return null;
    }
}
