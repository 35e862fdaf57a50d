using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;

namespace StreamSched.Simulation.Judges;

/// <summary>A policy that asks another one what it would choose, on the same candidates and at the same moment, and then decides as it always does.</summary>
/// <param name="champion">The one that decides.</param>
/// <param name="challenger">The one that is asked.</param>
internal sealed class AskingPolicy(ISchedulingPolicy champion, ISchedulingPolicy challenger) : ISchedulingPolicy
{
    private readonly ChoiceDistribution _champion = new(), _challenger = new();
    private bool _asked;

    public string Name => champion.Name;

    public WaitingRule Waiting => champion.Waiting;

    public FirstPassRule? FirstPass => champion.FirstPass;

    public Choice Choose(ref DecisionContext context)
    {
        DecisionContext other = context;
        _challenger.Take(other, challenger.Choose(ref other));
        context.Candidates.HasCorrection = false;
        Choice choice = champion.Choose(ref context);
        _champion.Take(context, choice);
        _asked = true;
        return choice;
    }

    /// <summary>Both policies in the light of the decision that has just been taken. Where there was nothing to choose, both do what was done.</summary>
    /// <param name="decision">The decision.</param>
    public (PolicyView Champion, PolicyView Challenger) Of(in Decision decision)
    {
        PolicyView same = new(1, 0);
        if (!_asked) return (same, same);
        _asked = false;
        return (_champion.Of(decision), _challenger.Of(decision));
    }
}
