using System.Globalization;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Workloads;

/// <summary>What a scenario says and a run of its length would never show.</summary>
public static class ScenarioCheck
{
    private const double MostRequests = 1e9; // hours of work; far beyond it nothing ever ends

    /// <summary>One line each, beginning with a path. Empty: nothing. The length may have been changed since the scenario was read.</summary>
    /// <param name="scenario">The scenario.</param>
    public static IReadOnlyList<string> Problems(this Scenario scenario)
    {
        List<string> problems = [];
        for (int i = 0; i < scenario.Events.Count; i++)
            if (scenario.Events[i].At >= scenario.Duration) problems.Add(Behind(scenario, $"events[{i}].at_s", scenario.Events[i].At));
        for (int i = 0; i < scenario.Arrivals.Count; i++)
        {
            string key = scenario.Arrivals[i].Kind == ArrivalKind.Streams ? "per_minute" : "rate_per_s";
            IReadOnlyList<(double At, double Value)> rate = scenario.Arrivals[i].Rate;
            if (rate.Any(s => s.At >= scenario.Duration)) problems.Add(Behind(scenario, $"arrivals[{i}].{key}", rate.First(s => s.At >= scenario.Duration).At));
        }

        for (int i = 0; i < scenario.Arrivals.Count; i++)
        {
            if (!(MostPerSecond(scenario, scenario.Arrivals[i]) * scenario.Duration <= MostRequests))
                problems.Add(FormattableString.Invariant($"arrivals[{i}]: asks for more than {MostRequests:0} requests in {scenario.Duration:g6} s"));
        }

        if (problems.Count == 0 && !IsAnythingCounted(scenario))
            problems.Add(string.Create(CultureInfo.InvariantCulture,
                $"arrivals: with seed {scenario.Seed} nothing arrives between the end of the warm-up at {scenario.WarmUp:g6} s and that of the run at "
                + $"{scenario.Duration:g6} s"));
        return problems;
    }

    // Peaks as if they lasted. Events that multiply the load are left out: they have bounds of their own.
    private static double MostPerSecond(Scenario scenario, ArrivalDefinition arrival)
    {
        double most = arrival.Rate.Select(r => r.Value).Concat(arrival.States.Select(s => s.Rate)).Concat(arrival.Trace?.Rates.Select(r => r.Value) ?? [])
            .DefaultIfEmpty().Max();
        return most * arrival.Scale * scenario.Load * (arrival.Kind == ArrivalKind.Streams ? arrival.Sites.Count / 60.0 : 1);
    }

    private static string Behind(Scenario scenario, string path, double at) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}: {at:g6} s is not before the end of the run at {scenario.Duration:g6} s, so it would not happen");

    private static bool IsAnythingCounted(Scenario scenario)
    {
        Workload workload = new(scenario, scenario.Seed);
        while (workload.TryNext(out Arrival arrival))
            if (arrival.Created >= scenario.WarmUp * 1e6) return true;
        return false;
    }
}
