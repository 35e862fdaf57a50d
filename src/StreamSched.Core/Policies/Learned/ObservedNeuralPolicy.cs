using StreamSched.Core.Cluster;
using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies.Learned;

/// <summary><see cref="NeuralPolicy"/> whose outcomes are told to a sink, each with what the network saw of the choice.</summary>
public class ObservedNeuralPolicy : ILearningPolicy
{
    private const int Row = FeatureEncoder.RatioFields + 3;
    private readonly IOutcomeSink _sink;

    // By handle: the rule's logit, the same on the curve as assumed, the class of the processor, and the features; a logit that is no number: chosen without
    // this policy having seen the request.
    private float[] _kept = [];

    /// <summary>A policy.</summary>
    /// <param name="network">As for <see cref="NeuralPolicy"/>.</param>
    /// <param name="price">θ and T.</param>
    /// <param name="sink">Told of outcomes.</param>
    /// <param name="guarded">Whether the rule decides where it was better; not while a network is trained.</param>
    public ObservedNeuralPolicy(Network network, PriceParameters price, IOutcomeSink sink, bool guarded) =>
        (Serving, _sink) = (new NeuralPolicy(network, price) { IsGuarded = guarded }, sink);

    /// <inheritdoc/>
    public string Name => Serving.Name;

    /// <inheritdoc/>
    public WaitingRule Waiting => PriceRule.Waiting;

    /// <inheritdoc/>
    public FirstPassRule? FirstPass => Serving.FirstPass;

    /// <summary>Who chooses.</summary>
    internal NeuralPolicy Serving { get; }

    /// <inheritdoc/>
    public Choice Choose(ref DecisionContext context) => Serving.Choose(ref context);

    /// <inheritdoc/>
    public void Decided(in Request request, Candidates candidates, ClusterView view, in Decision decision)
    {
        if (!decision.IsPlaced) return;
        if (_kept.Length < (decision.Handle + 1) * Row) Array.Resize(ref _kept, Math.Max((decision.Handle + 1) * Row, 2 * _kept.Length));
        Span<float> kept = _kept.AsSpan(decision.Handle * Row, Row);
        int chosen = decision.Candidate;
        kept[0] = candidates.HasRatios ? OnTimeModel.Logit(candidates.Slack[chosen], candidates.Width[chosen]) : float.NaN;
        if (!candidates.HasRatios) return;
        kept[1] = OnTimeModel.Logit(candidates.Slack[chosen], candidates.Deviation[chosen]);
        Span<float> ratios = candidates.Ratios;
        kept[2] = view.ClassOf(decision.Placement);
        for (int f = 0; f < FeatureEncoder.RatioFields; f++) kept[3 + f] = ratios[(f * candidates.Padded) + chosen];
    }

    /// <inheritdoc/>
    public virtual void Ended(int handle, in DecisionOutcome outcome)
    {
        ReadOnlySpan<float> kept = _kept.AsSpan(handle * Row, Row);
        if (!outcome.IsVoid && !float.IsNaN(kept[0])) _sink.Add(kept[3..], kept[0], kept[1], (int)kept[2], outcome.OnTime);
    }
}
