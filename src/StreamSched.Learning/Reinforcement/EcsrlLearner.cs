using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// <c>ecsrl</c> while it learns: ε-greedy, and a transition for each decision once its outcome and the next decision's state are known, in whichever order.
/// Several schedulers may share one learner where they share a thread.
/// </summary>
/// <param name="learner">Learns.</param>
/// <param name="reward">What an outcome earns.</param>
public sealed class EcsrlLearner(CandidateDqn learner, EcsrlReward reward) : ILearningPolicy
{
    private readonly EcsrlPolicy _policy = new(learner.Network);
    private readonly Stack<Transition> _free = new();
    private Transition?[] _byHandle = [];
    private Transition? _last;

    /// <summary>Features of a candidate.</summary>
    public static int Features => EcsrlFeatures.Count;

    /// <summary>The feature to which the network's output is added.</summary>
    public static int Known => EcsrlFeatures.Predicted;

    /// <inheritdoc/>
    public string Name => EcsrlPolicy.Kind;

    /// <inheritdoc/>
    public Choice Choose(ref DecisionContext context)
    {
        Choice best = _policy.Choose(ref context);
        return context.NextSingle() < learner.Exploration ? new Choice(Ranking.Nth(context.Candidates, context.NextInt32(context.Candidates.Feasible))) : best;
    }

    /// <inheritdoc/>
    public void Decided(in Request request, Candidates candidates, ClusterView view, in Decision decision)
    {
        if (!decision.IsPlaced)
        {
            // What could not be placed is the price of what was placed before it.
            if (_last is not null) _last.Reward += reward.OfRefusal(request.Deadline);
            return;
        }

        if (decision.IsStandIn) return;
        int width = EcsrlFeatures.Count;
        if (_last is { } former)
        {
            former.Count = Math.Min(_policy.Features.Length / width, learner.MaxCandidates);
            _policy.Features[..(former.Count * width)].CopyTo(former.Next);
            former.HasNext = true;
            Finish(former);
        }

        Transition transition = _free.TryPop(out Transition? free) ? free : new Transition(width, learner.MaxCandidates);
        (transition.Reward, transition.HasNext, transition.HasEnded, transition.IsVoid) = (0, false, false, false);
        _policy.FeaturesOf(decision.Candidate).CopyTo(transition.Chosen);
        if (_byHandle.Length <= decision.Handle) Array.Resize(ref _byHandle, Math.Max(2 * _byHandle.Length, decision.Handle + 64));
        _byHandle[decision.Handle] = _last = transition;
    }

    /// <inheritdoc/>
    public void Ended(int handle, in DecisionOutcome outcome)
    {
        if (handle >= _byHandle.Length || _byHandle[handle] is not { } transition) return;
        _byHandle[handle] = null;
        transition.Reward += outcome.IsVoid ? 0 : reward.Of(outcome);
        (transition.HasEnded, transition.IsVoid) = (true, outcome.IsVoid);
        Finish(transition);
    }

    private void Finish(Transition transition)
    {
        if (!transition.HasNext || !transition.HasEnded) return;
        if (!transition.IsVoid) learner.Add(transition.Chosen, transition.Reward, transition.Next, transition.Count);
        if (ReferenceEquals(_last, transition)) _last = null;
        _free.Push(transition);
    }

    private sealed class Transition(int width, int candidates)
    {
        public float[] Chosen { get; } = new float[width];

        public float[] Next { get; } = new float[width * candidates];

        public int Count { get; set; }

        public float Reward { get; set; }

        public bool HasNext { get; set; }

        public bool HasEnded { get; set; }

        public bool IsVoid { get; set; }
    }
}
