using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies;

/// <summary>
/// A name and one pure, synchronous choice. No I/O, no clock, no lifecycle, no state but what its paper keeps between decisions (bounded, and of one
/// scheduler); the scheduler around it handles empty masks, bad indices, NaN, exceptions, the time budget and the fallback.
/// </summary>
public interface ISchedulingPolicy
{
    /// <summary>The name it is registered, configured and recorded under.</summary>
    string Name { get; }

    /// <summary>
    /// How waiting is predicted for it. Rules without a price count everything, as they are usually written: a queue that looks longer than it is keeps them
    /// from what is scarce.
    /// </summary>
    WaitingRule Waiting => WaitingRule.Everything;

    /// <summary>
    /// Of many placements it need not see more than those that the price rule finds best; null: it is shown all of them.
    /// </summary>
    FirstPassRule? FirstPass => null;

    /// <summary>
    /// Chooses among the feasible candidates, of which there is at least one, or rejects. Must write <c>context.Candidates.Score</c> for every candidate:
    /// higher is better, and what is not above <see cref="DecisionContext.RejectScore"/> is not worth placing.
    /// </summary>
    /// <param name="context">The request, its candidates and a generator.</param>
    Choice Choose(ref DecisionContext context);
}
