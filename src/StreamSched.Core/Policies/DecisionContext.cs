using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies;

/// <summary>Everything a policy may look at for one request.</summary>
public ref struct DecisionContext
{
    private RandomStream _random;

    /// <summary>The request.</summary>
    public required Request Request { get; init; }

    /// <summary>Its candidates with their predictions; the policy writes their scores.</summary>
    public required Candidates Candidates { get; init; }

    /// <summary>The view that they were made from.</summary>
    public required ClusterView View { get; init; }

    /// <summary>What an outcome is worth.</summary>
    public required ValueWeights Value { get; init; }

    /// <summary>The curve from slack to probability.</summary>
    public required OnTimeModel OnTime { get; init; }

    /// <summary>Draws that belong to this decision.</summary>
    public required RandomStream Random { readonly get => _random; init => _random = value; }

    /// <summary>Set by a policy that draws: whether <c>Candidates.Probability</c> holds what it draws from.</summary>
    public bool IsStochastic { get; set; }

    /// <summary>Set by a policy that predicts: whether <c>Candidates.OnTime</c> holds its probabilities; else the curve's count.</summary>
    public bool PredictsOnTime { get; set; }

    /// <summary>Set by a policy that may reject: the score at or below which a placement is not worth its price.</summary>
    public float RejectScore { get; set; }

    /// <summary>Uniform in [0, 1).</summary>
    public float NextSingle() => _random.NextSingle();

    /// <summary>Uniform in 0 .. <paramref name="count"/> - 1.</summary>
    /// <param name="count">Positive.</param>
    public int NextInt32(int count) => _random.NextInt32(count);
}
