using StreamSched.Core.Policies;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Workloads;

/// <summary>
/// Clients that come as a Poisson process at every access site and send frames at their application's rate for as long as they stay (ASET's workload).
/// </summary>
internal sealed class StreamSource : IArrivalSource
{
    private readonly ArrivalDefinition _definition;
    private readonly IReadOnlyList<ApplicationDefinition> _applications;
    private readonly RequestMix _mix;
    private readonly RateProfile _profile;
    private readonly double _end;
    private readonly List<Client> _clients = [];
    private readonly PriorityQueue<int, (long, int)> _next = new();
    private RandomStream _random;
    private double _nextClient;

    public StreamSource(
        ArrivalDefinition definition, RateProfile clientsPerSecond, IReadOnlyList<ApplicationDefinition> applications, RequestMix mix,
        RandomStream random, double end)
    {
        (_definition, _profile, _applications, _mix, _random, _end) = (definition, clientsPerSecond, applications, mix, random, end);
        if (definition.WarmStart) Warm();
        _nextClient = _profile.After(0, _random.NextExponential());
    }

    public bool TryNext(out Arrival arrival)
    {
        while (_nextClient < _end && (_next.Count == 0 || _clients[_next.Peek()].NextFrame > _nextClient))
        {
            double now = _nextClient;
            (int application, float deadline) = _mix.Draw(now, ref _random);
            (double least, double most) = _applications[application].Duration;
            Start(application, deadline, now, now + least + ((most - least) * _random.NextDouble()));
            _nextClient = _profile.After(now, _random.NextExponential());
        }

        arrival = default;
        if (!_next.TryDequeue(out int index, out _)) return false;
        Client client = _clients[index];
        if (client.NextFrame >= _end) return false;
        arrival = new Arrival
        {
            Created = (long)(client.NextFrame * 1e6), Application = client.Application, Deadline = client.Deadline, Site = client.Site,
            Partition = client.Partition, State = -1,
        };
        client.NextFrame += client.Interval;
        _clients[index] = client;
        if (client.NextFrame < client.Until) Enqueue(index);
        return true;
    }

    private void Start(int application, float deadline, double firstFrame, double until)
    {
        (double least, double most) = _applications[application].FramesPerSecond;
        double interval = 1 / (least + ((most - least) * _random.NextDouble()));
        _clients.Add(new Client
        {
            Application = application, Deadline = deadline, Site = _definition.Sites[_random.NextInt32(_definition.Sites.Count)],
            Partition = _random.NextSingle(), Interval = interval, NextFrame = firstFrame + (interval * _random.NextDouble()), Until = until,
        });
        Enqueue(_clients.Count - 1);
    }

    private void Enqueue(int index) => _next.Enqueue(index, ((long)(_clients[index].NextFrame * 1e6), index));

    // As many as there are in equilibrium. Those found at work are the long ones (length-biased), somewhere within their stay.
    private void Warm()
    {
        double rate = _profile.At(0);
        foreach ((int application, double share) in _mix.Shares)
        {
            (double least, double most) = _applications[application].Duration;
            double mean = rate * share * (least + most) / 2;
            for (double sum = _random.NextExponential(); sum < mean; sum += _random.NextExponential())
            {
                double stay;
                do
                {
                    stay = least + ((most - least) * _random.NextDouble());
                }
                while (_random.NextDouble() * most > stay);
                Start(application, _mix.DeadlineOf(application, ref _random), 0, stay * _random.NextDouble());
            }
        }
    }

    private struct Client
    {
        public int Application;
        public int Site;
        public float Deadline;
        public float Partition;
        public double Interval;
        public double NextFrame;
        public double Until;
    }
}
