using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;

namespace StreamSched.Simulation.Judges;

/// <summary>A policy that is judged, or that another one is held against.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Constants">The rule's, the same for both policies of a comparison, so that both see the same predictions and prices.</param>
/// <param name="Create">Makes it, for one scheduler.</param>
internal sealed record JudgedPolicy(string Name, RuleConstants Constants, Func<ISchedulingPolicy> Create)
{
    /// <summary>As a scheduler serves with it.</summary>
    /// <param name="version">Its version.</param>
    public ServingPolicy Serving(int version) => Serving(Create(), version);

    /// <summary>As a scheduler serves with it that asks another policy besides.</summary>
    /// <param name="challenger">The other policy.</param>
    public ServingPolicy Asking(JudgedPolicy challenger) => Serving(new AskingPolicy(Create(), challenger.Create()), 1);

    private ServingPolicy Serving(ISchedulingPolicy policy, int version) => new(new PreparedPolicy(policy, Constants, PolicyDigest.Of(Name)), version);
}
