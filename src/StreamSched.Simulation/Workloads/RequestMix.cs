using StreamSched.Core.Policies;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Workloads;

/// <summary>Which application a request or stream is of.</summary>
internal sealed class RequestMix
{
    private readonly IReadOnlyList<ApplicationDefinition> _applications;
    private readonly int[] _index;
    private readonly double[] _upTo;

    public RequestMix(IReadOnlyList<(int Application, double Share)> shares, IReadOnlyList<ApplicationDefinition> applications)
    {
        _applications = applications;
        _index = [.. shares.Select(s => s.Application)];
        _upTo = new double[shares.Count];
        double sum = 0, total = shares.Sum(s => s.Share);
        for (int i = 0; i < shares.Count; i++) _upTo[i] = (sum += shares[i].Share) / total;
    }

    public IEnumerable<(int Application, double Share)> Shares => _index.Select((a, i) => (a, _upTo[i] - (i == 0 ? 0 : _upTo[i - 1])));

    public (int Application, float Deadline) Draw(ref RandomStream random)
    {
        double draw = random.NextDouble();
        int i = 0;
        while (i < _index.Length - 1 && _upTo[i] <= draw) i++;
        return (_index[i], DeadlineOf(_index[i], ref random));
    }

    public float DeadlineOf(int application, ref RandomStream random)
    {
        (double least, double most) = _applications[application].Deadline;
        return (float)(least + ((most - least) * random.NextDouble()));
    }
}
