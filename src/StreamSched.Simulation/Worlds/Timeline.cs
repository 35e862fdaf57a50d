using StreamSched.Core.Policies;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Worlds;

/// <summary>When the world changes: drawn before anything happens, so that it is the same under every policy.</summary>
internal static class Timeline
{
    public static List<Change> Of(Scenario scenario, ulong seed)
    {
        List<Change> changes = [];
        for (int i = 0; i < scenario.Events.Count; i++)
        {
            EventDefinition occasion = scenario.Events[i];
            if (occasion.Kind == EventKind.Load) continue;
            int sites = scenario.Sites.Count;
            IEnumerable<int> targets = occasion.Kind == EventKind.Link ? occasion.Links.Select(l => (l.From * sites) + l.To) : occasion.Workers;
            foreach (int target in targets)
            {
                RandomStream random = RandomStream.For(seed, $"events/{i}/{target}");
                if (double.IsNaN(occasion.Every)) Add(changes, occasion, target, occasion.At, occasion.For, ref random);
                else AddAtRandom(changes, occasion, target, scenario.Duration, ref random);
            }
        }

        // A stable sort: what ends at an instant was begun before what begins then.
        return [.. changes.OrderBy(c => c.At)];
    }

    private static void AddAtRandom(List<Change> changes, EventDefinition occasion, int target, double end, ref RandomStream random)
    {
        double at = random.NextExponential() * occasion.Every;
        while (at < end)
        {
            double stay = occasion.For * random.NextExponential();
            Add(changes, occasion, target, at, stay, ref random);
            if (double.IsInfinity(stay)) return;
            at += stay + (random.NextExponential() * occasion.Every);
        }
    }

    private static void Add(List<Change> changes, EventDefinition occasion, int target, double at, double stay, ref RandomStream random)
    {
        (double least, double most) = occasion.Factor;
        float factor = (float)(least + ((most - least) * random.NextDouble())), bandwidth = (float)occasion.BandwidthFactor;
        changes.Add(new Change((long)(at * 1e6), occasion.Kind, target, factor, bandwidth, Begins: true));
        if (double.IsFinite(stay)) changes.Add(new Change((long)((at + stay) * 1e6), occasion.Kind, target, factor, bandwidth, Begins: false));
    }
}
