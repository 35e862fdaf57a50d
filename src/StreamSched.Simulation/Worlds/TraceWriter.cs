using System.Globalization;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Traces;
using StreamSched.Simulation.Workloads;

namespace StreamSched.Simulation.Worlds;

/// <summary>
/// Writes what happened to every request of a run, one row each in the order in which they were made, with the hidden state that it was made in: what no
/// scheduler saw. The file can be given to a scenario as a trace of arrivals, and to a device.
/// </summary>
public sealed class TraceWriter : WorldObserver
{
    /// <summary>The columns.</summary>
    public static IReadOnlyList<string> Columns => ArrivalTrace.WrittenColumns;

    private readonly Scenario _scenario;
    private readonly TextWriter _to;
    private readonly Workload _workload;

    // Requests end in another order than they were made in: rows wait for those before them.
    private readonly Dictionary<long, Outcome> _ended = [];
    private readonly string[] _states;
    private long _next;

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
        to.WriteLine(string.Join(',', Columns));
    }

    /// <inheritdoc/>
    public override void Ended(in Outcome outcome, long now)
    {
        _ended.Add(outcome.Id, outcome);
        while (_ended.Remove(_next, out Outcome first) && _workload.TryNext(out Arrival made))
        {
            Write(made, first);
            _next++;
        }
    }

    private void Write(in Arrival made, in Outcome outcome)
    {
        string state = made.State < 0 ? "" : _states.Length > 0 ? _states[made.State] : made.State.ToString(CultureInfo.InvariantCulture);
        string reason = outcome.Status == OutcomeStatus.Rejected ? Core.Requests.RejectReasonText.Text(outcome.Reason) : "";
        string worker = outcome.Worker < 0 ? "" : _scenario.Workers[outcome.Worker].Id;
        _to.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{made.Created * 1e-6:F6},{_scenario.Applications[outcome.Application].Name},{_scenario.Sites[made.Site].Name},{state},{outcome.Deadline:r},"
            + $"{outcome.Status},{reason},{worker},{outcome.Accuracy:g4},{outcome.LatencySeconds:g6},{outcome.QueueSeconds:g6},{outcome.ServiceSeconds:g6},"
            + $"{outcome.Batch},{outcome.EnergyJoules:g5},{outcome.Attempt}"));
    }
}
