using StreamSched.Core.Policies;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Planning;

/// <summary>The policy that does what a plan says. The world tells it which request is next.</summary>
internal sealed class PlanPlayer(Scenario scenario, IReadOnlyList<int> plan) : WorthRecorder(scenario), ISchedulingPolicy
{
    private int _placement = -1;

    public string Name => "oracle";

    public override void Received(long id, long now) => _placement = id < plan.Count ? plan[(int)id] : -1;

    public Choice Choose(ref DecisionContext context)
    {
        context.Candidates.Score.Clear();
        return _placement < 0 ? Choice.Reject : new Choice(context.Candidates.Placement[..context.Candidates.Count].IndexOf(_placement));
    }
}
