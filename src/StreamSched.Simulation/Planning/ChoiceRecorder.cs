using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Planning;

/// <summary>Writes down what a policy chose for each request, and when.</summary>
internal sealed class ChoiceRecorder(Scenario scenario) : WorthRecorder(scenario)
{
    /// <summary>By number of the request: where it was placed; -1: nowhere.</summary>
    public List<int> Placements { get; } = [];

    /// <summary>By number of the request: when it was decided on, µs; -1: never, since it came too late.</summary>
    public List<long> DecidedAt { get; } = [];

    public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates candidates, long now)
    {
        while (Placements.Count <= id)
        {
            Placements.Add(-1);
            DecidedAt.Add(-1);
        }

        (Placements[(int)id], DecidedAt[(int)id]) = (decision.Placement, now);
    }
}
