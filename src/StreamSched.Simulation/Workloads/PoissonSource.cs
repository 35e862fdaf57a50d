using StreamSched.Core.Policies;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Workloads;

/// <summary>Single requests at the instants of a Poisson process; also for Markov-modulated rates and rates from a trace, whose steps are drawn or read
/// before.</summary>
internal sealed class PoissonSource(RateProfile profile, ArrivalDefinition definition, RequestMix mix, int[]? states, RandomStream random, double end)
    : IArrivalSource
{
    private double _seconds;

    public bool TryNext(out Arrival arrival)
    {
        _seconds = profile.After(_seconds, random.NextExponential());
        if (!(_seconds < end))
        {
            arrival = default;
            return false;
        }

        (int application, float deadline) = mix.Draw(_seconds, ref random);
        arrival = new Arrival
        {
            Created = (long)(_seconds * 1e6), Application = application, Deadline = deadline, Site = definition.Sites[random.NextInt32(definition.Sites.Count)],
            Partition = random.NextSingle(), State = states is null ? -1 : states[profile.Step],
        };
        return true;
    }
}
