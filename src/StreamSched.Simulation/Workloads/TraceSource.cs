using StreamSched.Core.Policies;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Traces;

namespace StreamSched.Simulation.Workloads;

/// <summary>
/// Requests at the instants of a file. A scale above 1 repeats each row, one below 1 leaves rows out at random; what a row does not say is drawn.
/// </summary>
internal sealed class TraceSource : IArrivalSource
{
    private readonly ArrivalDefinition _definition;
    private readonly RequestMix _mix;
    private readonly Dictionary<string, int> _applications;
    private readonly Dictionary<string, int> _sites;
    private readonly double _scale;
    private readonly double _end;
    private RandomStream _random;
    private int _row = -1;
    private int _left;

    public TraceSource(ArrivalDefinition definition, Scenario scenario, RequestMix mix, RandomStream random)
    {
        (_definition, _mix, _random) = (definition, mix, random);
        (_scale, _end) = (definition.Scale * scenario.Load, scenario.Duration);
        _applications = scenario.Applications.Select((a, i) => (a.Name, i)).ToDictionary(a => a.Name, a => a.i, StringComparer.Ordinal);
        _sites = scenario.Sites.Select((s, i) => (s.Name, i)).ToDictionary(s => s.Name, s => s.i, StringComparer.Ordinal);
    }

    public bool TryNext(out Arrival arrival)
    {
        arrival = default;
        IReadOnlyList<TraceRow> rows = _definition.Trace!.Requests;
        while (_left == 0)
        {
            if (++_row >= rows.Count) return false;
            _left = (int)_scale + (_random.NextDouble() < _scale - Math.Truncate(_scale) ? 1 : 0);
        }

        _left--;
        (double at, string app, string site, double due) = rows[_row];
        at /= _definition.Speed;
        if (at >= _end) return false;
        (int application, float deadline) = _mix.Draw(at, ref _random);
        if (_applications.TryGetValue(app, out int named)) (application, deadline) = (named, _mix.DeadlineOf(named, ref _random));
        if (due > 0) deadline = (float)due;
        arrival = new Arrival
        {
            Created = (long)Math.Round(at * 1e6), Application = application, Deadline = deadline,
            Site = _sites.TryGetValue(site, out int there) ? there : _definition.Sites[_random.NextInt32(_definition.Sites.Count)],
            Partition = _random.NextSingle(), State = -1,
        };
        return true;
    }
}
