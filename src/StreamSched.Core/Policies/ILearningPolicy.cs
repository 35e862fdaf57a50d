using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies;

/// <summary>
/// A policy that is told what was decided and what became of it, and learns from that while it serves. It has a state, so an instance belongs to one scheduler;
/// calls come on the scheduler's thread. Other policies cost nothing by it.
/// </summary>
public interface ILearningPolicy : ISchedulingPolicy
{
    /// <summary>A request was decided on, by this policy, by exploration or the fallback, or without any choice where nothing was feasible.</summary>
    /// <param name="request">The request.</param>
    /// <param name="candidates">As they were at the choice; where no worker was known for its task, those of an earlier request.</param>
    /// <param name="view">The view that they were made from; the request is counted in already.</param>
    /// <param name="decision">What was decided. Its handle names the request until it ends.</param>
    void Decided(in Request request, Candidates candidates, ClusterView view, in Decision decision);

    /// <summary>A request that was sent has ended: by its result, late or not, or written off. One that is sent again ends once for each time that it was
    /// sent.</summary>
    /// <param name="handle">As its decision gave it; used anew after this call, for another request or for the same one when it is sent again.</param>
    /// <param name="outcome">How.</param>
    void Ended(int handle, in DecisionOutcome outcome);
}
