using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Simulation.Judges;

/// <summary>With which probability a policy makes which choice for one request, before exploration.</summary>
internal sealed class ChoiceDistribution
{
    private float[] _placed = [];
    private double _rejected;
    private double _predicted;

    /// <summary>Takes what a policy has just chosen.</summary>
    /// <param name="context">With what the policy has written.</param>
    /// <param name="choice">Its choice.</param>
    public void Take(in DecisionContext context, Choice choice)
    {
        Candidates c = context.Candidates;
        if (_placed.Length < c.Count) _placed = new float[c.Count];
        (_rejected, _predicted) = (1, 0);
        for (int i = 0; i < c.Count; i++)
        {
            _placed[i] = context.IsStochastic ? c.Probability[i] : i == choice.Index ? 1 : 0;
            if (_placed[i] == 0) continue;
            _rejected -= _placed[i];
            _predicted += _placed[i] * Predicted(context.Request, c, context.Value, i);
        }
    }

    /// <summary>The policy in the light of a decision on the same candidates.</summary>
    /// <param name="decision">The decision.</param>
    public PolicyView Of(in Decision decision) =>
        new((decision.IsPlaced ? _placed[decision.Candidate] : Math.Max(0, _rejected)) / decision.Propensity, _predicted);

    /// <summary>What a candidate is predicted to be worth: the on-time curve times the value of an answer, less what it costs.</summary>
    /// <param name="request">The request.</param>
    /// <param name="c">Its candidates.</param>
    /// <param name="value">What outcomes are worth.</param>
    /// <param name="i">Index of a candidate.</param>
    public static double Predicted(in Request request, Candidates c, ValueWeights value, int i) =>
        (OnTimeModel.Probability(c.Slack[i], c.Width[i]) * value.Answer(c.Accuracy[i], request.Weight))
        - value.Costs(c.ProcessorTime[i] * c.Watts[i], c.Completion[i] / request.Deadline, c.Cost(i));
}
