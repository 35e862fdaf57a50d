using StreamSched.Core.Cluster;
using StreamSched.Core.Serving;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Planning;

/// <summary>
/// One run as somebody sees it who knows the future: every request with the instant at which a scheduler decides on it, when its work would be at each site,
/// by when the result must leave there, and how long its service takes beside the mean.
/// </summary>
internal sealed class PlanningProblem
{
    private readonly PlannedRequest[] _requests;
    private readonly Trip[] _trips; // of the links as they are at the beginning, on the way back
    private readonly int[][] _options;
    private readonly int[] _siteOf;
    private readonly int[] _noiseOf;
    private readonly float[] _factors;
    private readonly int _noises;
    private readonly List<(long From, NetworkModel Network)> _networks = [];
    private readonly Scenario _scenario;
    private readonly int _sites;

    /// <summary>Describes a run.</summary>
    /// <param name="scenario">The world; nobody crashes in it.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="placements">Worker, processor and variant of each placement.</param>
    /// <param name="decidedAt">By number of the request, µs; -1: never. The same under every policy.</param>
    public PlanningProblem(Scenario scenario, ulong seed, IReadOnlyList<(int Worker, int Processor, int Variant)> placements, IReadOnlyList<long> decidedAt)
    {
        (_scenario, Placements, _sites) = (scenario, placements, scenario.Sites.Count);
        Workers = [.. scenario.Workers.Select(w => new WorkerModel(w, scenario, seed))];
        Changes = Timeline.Of(scenario, seed);
        _siteOf = [.. placements.Select(p => Workers[p.Worker].Definition.Site)];
        _options = [.. scenario.Applications.Select(a => Enumerable.Range(0, placements.Count).Where(k => Serves(k, a)).ToArray())];
        ServiceNoise[] noises = [.. placements.Select(p => Workers[p.Worker].Noise[p.Variant, p.Processor]).Distinct()];
        _noiseOf = [.. placements.Select(p => Array.IndexOf(noises, Workers[p.Worker].Noise[p.Variant, p.Processor]))];
        _noises = noises.Length;
        _factors = new float[decidedAt.Count * _noises];
        NetworkModel network = new(scenario);
        _networks.Add((long.MinValue, network));
        foreach (IGrouping<long, Change> changes in Changes.Where(c => c.Kind == EventKind.Link).GroupBy(c => c.At))
        {
            network = new NetworkModel(scenario);
            foreach (Change change in Changes.Where(c => c.Kind == EventKind.Link && c.At <= changes.Key))
                network.Change(change.Target, change.Begins ? change.Factor : 1 / change.Factor, change.Begins ? change.Bandwidth : 1 / change.Bandwidth);
            _networks.Add((changes.Key, network));
        }

        _requests = new PlannedRequest[decidedAt.Count];
        _trips = new Trip[decidedAt.Count * _sites];
        NetworkMap map = NetworkModel.Nominal(scenario);
        long warmUp = (long)(scenario.WarmUp * 1e6);
        Workload workload = new(scenario, seed);
        while (workload.TryNext(out Arrival arrival) && arrival.Id < decidedAt.Count)
        {
            ApplicationDefinition application = scenario.Applications[arrival.Application];
            long decided = decidedAt[(int)arrival.Id], deadline = arrival.Created + (long)(arrival.Deadline * 1e6);
            _requests[arrival.Id] = new PlannedRequest(
                decided, deadline, arrival.Application, arrival.Site, arrival.Created, arrival.Created >= warmUp, new RequestDraws(arrival.Draws, 0));
            for (int i = 0; i < _noises; i++) _factors[((int)arrival.Id * _noises) + i] = _requests[arrival.Id].Draws.ServiceFactor(noises[i]);
            for (int s = 0; s < _sites && decided >= 0; s++)
            {
                float there = NetworkAt(decided).Delay((arrival.Site * _sites) + s, application.PayloadBytes, _requests[arrival.Id].Draws.Out, decided);
                _trips[((int)arrival.Id * _sites) + s] = new Trip(
                    decided + Micros(there), deadline - Micros(map[s + 1, arrival.Site + 1].Latency),
                    Micros(_networks[0].Network.Delay((s * _sites) + arrival.Site, 0, _requests[arrival.Id].Draws.Back, decided)));
            }
        }
    }

    /// <summary>Worker, processor and variant of each placement.</summary>
    public IReadOnlyList<(int Worker, int Processor, int Variant)> Placements { get; }

    /// <summary>The workers.</summary>
    public WorkerModel[] Workers { get; }

    /// <summary>When what changes.</summary>
    public List<Change> Changes { get; }

    /// <summary>Number of requests.</summary>
    public int Count => _requests.Length;

    /// <summary>A request.</summary>
    /// <param name="request">Its number.</param>
    public ref readonly PlannedRequest this[int request] => ref _requests[request];

    /// <summary>The placements that serve a request, however late.</summary>
    /// <param name="request">Its number.</param>
    public ReadOnlySpan<int> OptionsOf(int request) => _options[_requests[request].Application];

    /// <summary>When its work is at the worker of a placement, µs.</summary>
    public long ArrivesAt(int request, int placement) => _trips[(request * _sites) + _siteOf[placement]].ArrivesAt;

    /// <summary>When the worker believes that the result must leave, µs.</summary>
    public long AnswerBy(int request, int placement) => _trips[(request * _sites) + _siteOf[placement]].AnswerBy;

    /// <summary>Its service time beside the mean.</summary>
    public float ServiceFactor(int request, int placement) => _factors[(request * _noises) + _noiseOf[placement]];

    /// <summary>What an answer is worth, if its result sets out at an instant, µs.</summary>
    public double Worth(int request, int placement, long finished)
    {
        ref readonly PlannedRequest r = ref _requests[request];
        long back = _networks.Count == 1 ? _trips[(request * _sites) + _siteOf[placement]].Back
            : Micros(NetworkAt(finished).Delay((_siteOf[placement] * _sites) + r.Site, 0, r.Draws.Back, finished));
        return finished + back <= r.DeadlineAt ? Worth(request, placement) : 0;
    }

    /// <summary>What an answer in time is worth.</summary>
    public double Worth(int request, int placement)
    {
        (int worker, _, int variant) = Placements[placement];
        float weight = _scenario.Applications[_requests[request].Application].Weight;
        return weight * (_scenario.ValueIsAccuracy ? Workers[worker].Variants[variant].Accuracy : 1);
    }

    /// <summary>Seconds of the processor that a request takes at the least, alone or in the best batch.</summary>
    public float LeastSeconds(int request, int placement)
    {
        (int worker, int processor, int variant) = Placements[placement];
        ServiceTable table = Workers[worker].Truth[variant, processor]!;
        return table.PerRequest(table.BestBatch) * ServiceFactor(request, placement);
    }

    /// <summary>Whether it could be in time if it had the processor to itself.</summary>
    public bool CouldBeInTime(int request, int placement)
    {
        (int worker, int processor, int variant) = Placements[placement];
        float alone = Workers[worker].Truth[variant, processor]!.Seconds(1);
        return ArrivesAt(request, placement) + Micros(alone) <= AnswerBy(request, placement);
    }

    /// <summary>Seconds in whole microseconds, as the world rounds them.</summary>
    public static long Micros(double seconds) => (long)((seconds * 1e6) + 0.5);

    private bool Serves(int placement, ApplicationDefinition application)
    {
        (int worker, int processor, int variant) = Placements[placement];
        VariantDefinition v = Workers[worker].Variants[variant];
        long memory = Workers[worker].Description.Processors[processor].MemoryBytes;
        return v.Task == application.Task && v.Accuracy >= application.MinAccuracy && (memory == 0 || v.MemoryBytes <= memory);
    }

    private NetworkModel NetworkAt(long now)
    {
        int i = _networks.Count - 1;
        while (_networks[i].From > now) i--;
        return _networks[i].Network;
    }

    /// <summary>A request.</summary>
    /// <param name="DecidedAt">µs; -1: never.</param>
    /// <param name="DeadlineAt">µs.</param>
    /// <param name="Application">Index.</param>
    /// <param name="Site">Index of the device's site.</param>
    /// <param name="Made">µs.</param>
    /// <param name="Counted">Whether it was made after the warm-up.</param>
    /// <param name="Draws">Its noise.</param>
    internal readonly record struct PlannedRequest(long DecidedAt, long DeadlineAt, int Application, int Site, long Made, bool Counted, RequestDraws Draws);

    private readonly record struct Trip(long ArrivesAt, long AnswerBy, long Back);
}
