using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;

namespace StreamSched.Rebuilds;

/// <summary>Asks a policy what it would choose, and chooses what a log says was chosen, so that a rebuilt view goes where the real one went.</summary>
/// <param name="asked">The policy.</param>
internal class FollowingPolicy(ISchedulingPolicy asked) : ISchedulingPolicy
{
    private double[] _placed = new double[64];

    /// <inheritdoc/>
    public string Name => asked.Name;

    /// <inheritdoc/>
    public WaitingRule Waiting => asked.Waiting;

    /// <inheritdoc/>
    public FirstPassRule? FirstPass => asked.FirstPass;

    /// <summary>What the log says, a placement of the view; -1: a refusal. To be set before each decision.</summary>
    public int Recorded { get; set; }

    /// <summary>With which probability the policy would have done the same, exploration left out; null: it was not asked.</summary>
    public double? Agreement { get; set; }

    /// <summary>Makes the one that follows a log for a policy.</summary>
    /// <param name="asked">The policy.</param>
    public static FollowingPolicy Of(ISchedulingPolicy asked) => asked is ILearningPolicy learner ? new FollowingLearner(learner) : new FollowingPolicy(asked);

    /// <inheritdoc/>
    public Choice Choose(ref DecisionContext context)
    {
        Choice choice = asked.Choose(ref context);
        Candidates c = context.Candidates;
        if (_placed.Length < c.Count) Array.Resize(ref _placed, 2 * c.Count);
        double refused = Exploration.Probabilities(context, choice, 0, _placed);
        if (Recorded < 0)
        {
            Agreement = refused;
            return Choice.Reject;
        }

        int index = c.Placement[..c.Count].IndexOf(Recorded);
        bool isThere = index >= 0 && c.Mask[index] != 0;
        Agreement = isThere ? _placed[index] : 0;
        if (!isThere) return Choice.Reject;
        if (float.IsNaN(c.Score[index])) c.Score[index] = 0; // what the scheduler would take for a failure
        return new Choice(index);
    }

    // One that learns is told what became of what the log says.
    private sealed class FollowingLearner(ILearningPolicy asked) : FollowingPolicy(asked), ILearningPolicy
    {
        public void Decided(in Core.Requests.Request request, Candidates candidates, Core.Cluster.ClusterView view, in Decision decision) =>
            asked.Decided(request, candidates, view, decision);

        public void Ended(int handle, in DecisionOutcome outcome) => asked.Ended(handle, outcome);
    }
}
