using System.Globalization;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Traces;

/// <summary>
/// Writes what happened to every request of a run, one row as it ends, with the hidden state that it was made in: what no scheduler saw. The first three columns are those of a
/// trace that a scenario can be given.
/// </summary>
public sealed class TraceWriter : WorldObserver
{
    private readonly Scenario _scenario;
    private readonly TextWriter _to;
    private readonly Workload _workload;
    private readonly Dictionary<long, Arrival> _open = [];
    private readonly string[] _states;
    private long _read = -1;

    /// <summary>Begins a trace.</summary>
    /// <param name="scenario">The scenario that is run.</param>
    /// <param name="seed">The seed that it is run with.</param>
    /// <param name="to">Where to.</param>
    public TraceWriter(Scenario scenario, ulong seed, TextWriter to)
    {
        (_scenario, _to, _workload) = (scenario, to, new Workload(scenario, seed));

        // Several sources with states have numbers in common, not names.
        ArrivalDefinition[] modulated = [.. scenario.Arrivals.Where(a => a.States.Count > 0)];
        _states = modulated.Length == 1 ? [.. modulated[0].States.Select(s => s.Name)] : [];
        to.WriteLine("time_s,app,site,state,deadline_s,status,reason,worker,accuracy,latency_s,queue_s,service_s,batch,energy_j,attempt");
    }

    /// <inheritdoc/>
    public override void Ended(in Outcome outcome, long now)
    {
        // Requests end in another order than they were made in.
        while (_read < outcome.Id && _workload.TryNext(out Arrival next)) _open[_read = next.Id] = next;
        _open.Remove(outcome.Id, out Arrival made);
        string state = made.State < 0 ? "" : _states.Length > 0 ? _states[made.State] : made.State.ToString(CultureInfo.InvariantCulture);
        string reason = outcome.Status == OutcomeStatus.Rejected ? Core.Requests.RejectReasonText.Text(outcome.Reason) : "";
        string worker = outcome.Worker < 0 ? "" : _scenario.Workers[outcome.Worker].Id;
        _to.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{made.Created * 1e-6:F6},{_scenario.Applications[outcome.Application].Name},{_scenario.Sites[made.Site].Name},{state},{outcome.Deadline:g6},{outcome.Status},{reason},{worker},{outcome.Accuracy:g4},{outcome.LatencySeconds:g6},{outcome.QueueSeconds:g6},{outcome.ServiceSeconds:g6},{outcome.Batch},{outcome.EnergyJoules:g5},{outcome.Attempt}"));
    }
}
