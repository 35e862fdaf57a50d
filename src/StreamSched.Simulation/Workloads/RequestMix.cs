using StreamSched.Core.Policies;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Workloads;

/// <summary>Which application a request or stream is of. Events that multiply the load of some applications make another mix and another rate.</summary>
internal sealed class RequestMix
{
    private readonly IReadOnlyList<ApplicationDefinition> _applications;
    private readonly int[] _index;
    private readonly double[] _from;
    private readonly double[][] _upTo;

    public RequestMix(IReadOnlyList<(int Application, double Share)> shares, Scenario scenario)
    {
        _applications = scenario.Applications;
        _index = [.. shares.Select(s => s.Application)];
        EventDefinition[] events = [.. scenario.Events.Where(e => e.Kind == EventKind.Load && e.Applications.Count > 0)];
        _from = [.. events.SelectMany(e => new[] { e.At, e.At + e.For }).Where(double.IsFinite).Append(0).Distinct().Order()];
        _upTo = new double[_from.Length][];
        List<(double, double)> load = [];
        double usual = shares.Sum(s => s.Share);
        for (int k = 0; k < _from.Length; k++)
        {
            double[] now = [.. shares.Select(s => s.Share * FactorOf(events, s.Application, _from[k]))];
            double sum = 0, total = now.Sum();
            _upTo[k] = [.. now.Select(share => (sum += share) / total)];
            load.Add((_from[k], total / usual));
        }

        Load = load;
    }

    /// <summary>Times the usual arrivals, from instants on.</summary>
    public IReadOnlyList<(double At, double Value)> Load { get; }

    /// <summary>At the beginning.</summary>
    public IEnumerable<(int Application, double Share)> Shares => _index.Select((a, i) => (a, _upTo[0][i] - (i == 0 ? 0 : _upTo[0][i - 1])));

    public (int Application, float Deadline) Draw(double seconds, ref RandomStream random)
    {
        int k = _from.Length - 1;
        while (_from[k] > seconds) k--;
        double[] upTo = _upTo[k];
        double draw = random.NextDouble();
        int i = 0;
        while (i < _index.Length - 1 && upTo[i] <= draw) i++;
        return (_index[i], DeadlineOf(_index[i], ref random));
    }

    public float DeadlineOf(int application, ref RandomStream random)
    {
        (double least, double most) = _applications[application].Deadline;
        return (float)(least + ((most - least) * random.NextDouble()));
    }

    private static double FactorOf(EventDefinition[] events, int application, double at) =>
        events.Where(e => e.Applications.Contains(application) && e.At <= at && at < e.At + e.For).Aggregate(1.0, (f, e) => f * e.Factor.Least);
}
