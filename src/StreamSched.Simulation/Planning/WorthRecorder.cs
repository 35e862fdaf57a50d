using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Planning;

/// <summary>Writes down what each request was worth.</summary>
internal class WorthRecorder(Scenario scenario) : WorldObserver
{
    private readonly List<double> _worth = [];

    /// <summary>By number of the request: what its answer in time was worth, else 0.</summary>
    public IReadOnlyList<double> Worth => _worth;

    public override void Ended(in Outcome outcome, long now)
    {
        while (_worth.Count <= outcome.Id) _worth.Add(0);
        if (outcome.Status != OutcomeStatus.Success) return;
        _worth[(int)outcome.Id] = scenario.Applications[outcome.Application].Weight * (scenario.ValueIsAccuracy ? outcome.Accuracy : 1);
    }
}
