using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;

namespace StreamSched.Simulation.Bounds;

/// <summary>
/// An upper bound on the value of a run that no policy can beat, by weak duality: for any prices λ ≥ 0 of a second of a processor in a slice of time, no
/// schedule is worth more than Σ (the most that any state of a machine is worth) + Σ over requests of max(0, max over options of value − processor time × the
/// lowest price within the option's window). Any prices certify it; <see cref="PriceSearch"/> makes it tight.
/// </summary>
internal static class UpperBound
{
    // Temperatures of the search, in units of the most valuable answer.
    private static readonly double[] Temperatures = [0.3, 0.15, 0.07, 0.035, 0.018, 0.009, 0.004, 0.002];

    /// <summary>Computes the bound for the requests of one seed.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="settings">How hard to look.</param>
    /// <param name="cancellation">Stops it.</param>
    public static BoundResult Compute(Scenario scenario, ulong seed, BoundSettings settings, CancellationToken cancellation = default)
    {
        BoundInstance instance = BoundInstance.Of(scenario, seed, settings);
        double weight = Math.Max(instance.Weight, 1e-12);
        double unlimited = Evaluate(instance, new double[instance.Capacity.Length]);
        return new BoundResult(Descend(instance, settings, cancellation) / weight, unlimited / weight, instance.Optimistic);
    }

    /// <summary>
    /// The load that the grid of experiments calls 1: the largest at which the bound is still 99 % of its value at next to no load.
    /// </summary>
    /// <param name="scenario">The world; its own load is replaced.</param>
    /// <param name="seed">The seed of the requests.</param>
    /// <param name="settings">How hard to look.</param>
    /// <param name="cancellation">Stops it.</param>
    public static double UnitLoad(Scenario scenario, ulong seed, BoundSettings settings, CancellationToken cancellation = default)
    {
        // As many requests as make for a fine mesh; there may be millions where services are quick.
        const int Enough = 30_000;
        double low = 0, high = scenario.Load;
        Workload workload = new(scenario, seed);
        long requests = 0;
        while (workload.TryNext(out _)) requests++;
        while (Reaches(high) && high < 1e6) (low, high) = (high, 2 * high);
        while (high - low > 0.02 * high)
        {
            double middle = (low + high) / 2;
            if (Reaches(middle)) low = middle;
            else high = middle;
        }

        return low;

        bool Reaches(double load)
        {
            int every = Math.Max(1, (int)(requests * load / scenario.Load / Enough));
            BoundResult bound = Compute(scenario with { Load = load }, seed, settings with { Every = every }, cancellation);
            return bound.Value >= 0.99 * bound.Unlimited;
        }
    }

    internal static double Descend(BoundInstance instance, BoundSettings settings, CancellationToken cancellation = default)
    {
        int processors = instance.Processors, slices = instance.Slices;
        double scale = instance.Options.Count == 0 ? 1 : instance.Options.Max(o => o.Value);
        double[] falling = [.. Temperatures.Select(t => t * scale)];
        int every = Math.Max(1, (instance.First.Count - 1) / settings.Sample);

        // First one price per processor for all slices, which is nearly all there is to find where load is steady; from there each slice by itself.
        double[] one = new double[processors];
        Array.Fill(one, 1);
        new PriceSearch(instance, every, together: true).Improve(one, falling, settings.Iterations, cancellation);
        double[] all = new double[processors * slices];
        for (int k = 0; k < slices; k++) one.CopyTo(all, k * processors);
        double steady = Evaluate(instance, all);
        new PriceSearch(instance, every, together: false).Improve(all, falling.AsSpan(5), settings.Iterations, cancellation);
        return Math.Min(Math.Min(steady, Evaluate(instance, all)), Evaluate(instance, new double[all.Length]));
    }

    /// <summary>The dual's value at given prices: an upper bound, whatever they are.</summary>
    /// <param name="instance">The problem.</param>
    /// <param name="prices">[slices × processors], slice by slice; not negative.</param>
    internal static double Evaluate(BoundInstance instance, double[] prices)
    {
        int processors = instance.Processors, slices = instance.Slices;
        double sum = 0;
        foreach (SupplyGroup group in instance.Groups)
            for (int k = 0; k < slices; k++) sum += instance.Capacity[(group.First * slices) + k] * group.Worth(prices.AsSpan(k * processors, processors));
        ReadOnlySpan<BoundInstance.Option> options = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(instance.Options);
        for (int r = 0; r + 1 < instance.First.Count; r++)
        {
            double best = 0;
            for (int o = instance.First[r]; o < instance.First[r + 1]; o++)
            {
                ref readonly BoundInstance.Option option = ref options[o];
                if (option.Value <= best) continue;
                int processor = option.Start / slices, slice = option.Start % slices;
                double cheapest = double.PositiveInfinity;
                for (int k = slice; k <= slice + option.More; k++) cheapest = Math.Min(cheapest, prices[(k * processors) + processor]);
                best = Math.Max(best, option.Value - (option.Seconds * cheapest));
            }

            sum += best;
        }

        return sum;
    }
}
