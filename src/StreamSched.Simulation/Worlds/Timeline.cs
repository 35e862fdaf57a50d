using StreamSched.Core.Policies;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Worlds;

/// <summary>When the world changes: drawn before anything happens, so that it is the same under every policy.</summary>
internal static class Timeline
{
    private const int Steps = 20; // of an accuracy that changes gradually

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
                if (double.IsNaN(occasion.Every)) Add(changes, occasion, i, target, occasion.At, occasion.For, ref random);
                else AddAtRandom(changes, occasion, i, target, scenario.Duration, ref random);
            }
        }

        // A stable sort: what ends at an instant was begun before what begins then.
        return [.. changes.OrderBy(c => c.At)];
    }

    private static void AddAtRandom(List<Change> changes, EventDefinition occasion, int index, int target, double end, ref RandomStream random)
    {
        double at = random.NextExponential() * occasion.Every;
        while (at < end)
        {
            double stay = occasion.For * random.NextExponential();
            Add(changes, occasion, index, target, at, stay, ref random);
            if (double.IsInfinity(stay)) return;
            at += stay + (random.NextExponential() * occasion.Every);
        }
    }

    private static void Add(List<Change> changes, EventDefinition occasion, int index, int target, double at, double stay, ref RandomStream random)
    {
        (double least, double most) = occasion.Factor;
        float factor = (float)(least + ((most - least) * random.NextDouble())), bandwidth = (float)occasion.BandwidthFactor;
        double before = 1;
        for (int step = 1, steps = occasion.Over > 0 ? Steps : 1; step <= steps; step++)
        {
            double after = 1 + ((factor - 1.0) * step / steps);
            Add(at + (occasion.Over * step / steps), (float)(after / before), begins: true);
            before = after;
        }

        if (double.IsFinite(stay)) Add(at + stay, factor, begins: false);

        void Add(double seconds, float change, bool begins) =>
            changes.Add(new Change((long)(seconds * 1e6), occasion.Kind, index, target, change, bandwidth, begins));
    }
}
