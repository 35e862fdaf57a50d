using StreamSched.Core.Policies;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Workloads;

/// <summary>All requests of a scenario and a seed, in order of time. Nothing that schedulers do can change them.</summary>
internal sealed class Workload
{
    private readonly List<IArrivalSource> _sources = [];
    private readonly List<Arrival> _heads = [];
    private readonly ulong _drawSeed;
    private long _count;

    public Workload(Scenario scenario, ulong seed)
    {
        _drawSeed = RandomStream.For(seed, "draws").State;
        List<(double, double)> events = LoadSteps(scenario);
        for (int i = 0; i < scenario.Arrivals.Count; i++)
        {
            IArrivalSource source = Source(scenario, scenario.Arrivals[i], seed, i, events);
            if (!source.TryNext(out Arrival first)) continue;
            _sources.Add(source);
            _heads.Add(first);
        }
    }

    public bool TryNext(out Arrival arrival)
    {
        arrival = default;
        if (_sources.Count == 0) return false;
        int first = 0;
        for (int i = 1; i < _heads.Count; i++)
            if (_heads[i].Created < _heads[first].Created) first = i;
        arrival = _heads[first];
        arrival.Id = _count++;
        arrival.Draws = _drawSeed + ((ulong)arrival.Id * 0xD1B5_4A32_D192_ED03);
        if (_sources[first].TryNext(out Arrival next))
        {
            _heads[first] = next;
        }
        else
        {
            _sources.RemoveAt(first);
            _heads.RemoveAt(first);
        }

        return true;
    }

    private static IArrivalSource Source(Scenario scenario, ArrivalDefinition definition, ulong seed, int index, List<(double, double)> events)
    {
        RequestMix mix = new(definition.Applications, scenario);
        List<(double, double)> load = RateProfile.Product(events, mix.Load);
        RandomStream random = RandomStream.For(seed, $"arrivals/{index}");
        double scale = definition.Scale * scenario.Load;
        switch (definition.Kind)
        {
            case ArrivalKind.Streams:
                double perSecond = scale * definition.Sites.Count / 60;
                RateProfile clients = new(RateProfile.Product(Scaled(definition.Rate, perSecond), load));
                return new StreamSource(definition, clients, scenario.Applications, mix, random, scenario.Duration);
            case ArrivalKind.Trace when !definition.Trace!.IsRates:
                return new TraceSource(definition, scenario, mix, random);
            case ArrivalKind.Trace:
                List<(double, double)> rows = [.. definition.Trace.Rates.Select(r => (r.At / definition.Speed, r.Value * scale))];
                return new PoissonSource(new RateProfile(RateProfile.Product(rows, load)), definition, mix, null, random, scenario.Duration);
            case ArrivalKind.MarkovModulated:
                (List<(double, double)> steps, List<int> states) = Modulation(
                    definition, RandomStream.For(seed, $"arrivals/{index}/states"), scenario.Duration, scale);
                List<(double At, double Value)> product = RateProfile.Product(steps, load);
                RateProfile lookup = new([.. steps.Zip(states, (s, state) => (s.Item1, (double)state))]);
                return new PoissonSource(new RateProfile(product), definition, mix, [.. product.Select(s => (int)lookup.At(s.At))], random, scenario.Duration);
            default:
                return new PoissonSource(
                    new RateProfile(RateProfile.Product(Scaled(definition.Rate, scale), load)), definition, mix, null, random, scenario.Duration);
        }
    }

    private static List<(double, double)> Scaled(IReadOnlyList<(double At, double Value)> steps, double scale) =>
        [.. steps.Select(s => (s.At, s.Value * scale))];

    // A path of the hidden chain: exponential stays, then one of the other states, each as likely.
    internal static (List<(double, double)> Steps, List<int> States) Modulation(ArrivalDefinition definition, RandomStream random, double end, double scale)
    {
        List<(double, double)> steps = [];
        List<int> states = [];
        int state = random.NextInt32(definition.States.Count);
        for (double t = 0; t < end; t += random.NextExponential() * definition.States[states[^1]].MeanSeconds)
        {
            if (states.Count > 0) state = (state + 1 + random.NextInt32(definition.States.Count - 1)) % definition.States.Count;
            steps.Add((t, definition.States[state].Rate * scale));
            states.Add(state);
        }

        return (steps, states);
    }

    private static List<(double, double)> LoadSteps(Scenario scenario)
    {
        List<(double At, double Value)> load = [(0, 1)];
        foreach (EventDefinition step in scenario.Events.Where(e => e.Kind == EventKind.Load && e.Applications.Count == 0))
        {
            List<(double, double)> one = step.At > 0 ? [(0, 1), (step.At, step.Factor.Least)] : [(0, step.Factor.Least)];
            if (double.IsFinite(step.For)) one.Add((step.At + step.For, 1));
            load = RateProfile.Product(load, one);
        }

        return load;
    }
}
