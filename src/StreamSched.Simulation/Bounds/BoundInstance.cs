using StreamSched.Core.Cluster;
using StreamSched.Core.Serving;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Bounds;

/// <summary>
/// The relaxed assignment problem of one run: every counted request may use one of its options, each of which takes processor time within a window of slices;
/// a processor has so much time in each slice. Requests, noise draws and changes are those of the run; nothing is known only later.
/// </summary>
internal sealed class BoundInstance
{
    // Option arrays, those of request r from First[r] to First[r + 1].
    public List<int> First { get; } = [0];

    public List<Option> Options { get; } = [];

    /// <summary>Time that each processor's machine has in each slice, [processor × slices]: seconds, less where it is down or slow.</summary>
    public double[] Capacity { get; private set; } = [];

    /// <summary>The machines.</summary>
    public List<SupplyGroup> Groups { get; } = [];

    public int Processors { get; private set; }

    public int Slices { get; private set; }

    /// <summary>Sum of the counted requests' weights.</summary>
    public double Weight { get; private set; }

    public bool Optimistic { get; private set; }

    public static BoundInstance Of(Scenario scenario, ulong seed, BoundSettings settings)
    {
        BoundInstance instance = new();
        WorkerModel[] workers = [.. scenario.Workers.Select(w => new WorkerModel(w, scenario, seed))];
        List<Change> changes = Timeline.Of(scenario, seed);
        double longest = Math.Min(scenario.Applications.Max(a => a.Deadline.Most), scenario.Duration);
        double end = scenario.Duration + longest;
        double slice = Math.Max(settings.Slice.TotalSeconds, (end - scenario.WarmUp) / 1000);
        instance.Slices = (int)Math.Ceiling((end - scenario.WarmUp) / slice);
        instance.Processors = workers.Sum(w => w.Description.Processors.Count);
        instance.Capacity = new double[instance.Processors * instance.Slices];
        Placement[] placements = instance.Describe(scenario, workers, changes, slice, end);
        for (int i = 0; i < instance.Capacity.Length; i++) instance.Capacity[i] /= settings.Every;
        instance.AddRequests(scenario, seed, settings, placements, changes, slice);
        return instance;
    }

    /// <summary>An instance that is given outright.</summary>
    internal static BoundInstance OfOptions(double[] capacity, int slices, Option[][] requests)
    {
        BoundInstance instance = new() { Capacity = capacity, Slices = slices, Processors = capacity.Length / slices, Weight = requests.Length };
        for (int p = 0; p < instance.Processors; p++) instance.Groups.Add(new SupplyGroup(p, [[1.0]]));
        foreach (Option[] options in requests)
        {
            instance.Options.AddRange(options);
            instance.First.Add(instance.Options.Count);
        }

        return instance;
    }

    private Placement[] Describe(Scenario scenario, WorkerModel[] workers, List<Change> changes, double slice, double end)
    {
        List<Placement> placements = [];
        int processor = 0;
        for (int w = 0; w < workers.Length; w++)
        {
            WorkerModel worker = workers[w];
            Change[] own = [.. changes.Where(c => c.Target == w && c.Kind != EventKind.Link)];
            double[] speed = SpeedOf(own, slice, scenario.WarmUp, end);
            IReadOnlyList<ProcessorDescription> processors = worker.Description.Processors;
            BoundInterference?[] laws =
                [worker.Interference, .. own.Where(c => c.Kind == EventKind.Interference && c.Begins)
                    .Select(c => worker.LawOf(scenario.Events[c.Event].Law, c.Factor))];
            float[,] slowdown = LeastSlowdown(worker, laws);
            float[] accuracy = [.. worker.Variants.Select(v => MostAccuracy(v, scenario, own))];
            int others = worker.Slots - 1;
            Groups.Add(SupplyGroup.Of(processor, [.. processors.Select(p => p.Slots)], (p, coRunners) =>
                Enumerable.Range(0, worker.Variants.Length).Where(v => worker.Truth[v, p] is not null)
                    .Select(v => (double)slowdown[v, others] / slowdown[v, coRunners]).DefaultIfEmpty(0).Max()));
            Optimistic |= Array.Exists(laws, l => l is not null) || Array.Exists(own, c => c.Kind is EventKind.Accuracy or EventKind.Spread);
            for (int p = 0; p < processors.Count; p++, processor++)
            {
                Optimistic |= processors[p].Slots > 1;
                speed.CopyTo(Capacity, processor * Slices);
                for (int v = 0; v < worker.Variants.Length; v++)
                {
                    if (worker.Truth[v, p] is not { } table) continue;
                    Optimistic |= table.BestBatch > 1;
                    long memory = processors[p].MemoryBytes;
                    if (memory == 0 || worker.Variants[v].MemoryBytes <= memory)
                        placements.Add(new Placement(
                            processor, worker.Definition.Site, worker.Variants[v], accuracy[v], LeastPerRequest(table), slowdown[v, others],
                            worker.Noise[v, p]));
                }
            }
        }

        return [.. placements];
    }

    // Batches as large as the table goes: a worker would not form them beyond its best one, but then a bound must not rely on that.
    private static float LeastPerRequest(ServiceTable table)
    {
        float least = table.Seconds(1);
        for (int b = 2; b <= table.MaxBatch; b++) least = Math.Min(least, table.PerRequest(b));
        return least;
    }

    // The most that its true accuracy is at any time of the run.
    private static float MostAccuracy(VariantDefinition variant, Scenario scenario, Change[] changes)
    {
        double most = 1;
        for (int origin = 0; origin < scenario.Sites.Count; origin++)
        {
            double factor = 1;
            foreach (Change change in changes.Where(c => c.Kind == EventKind.Accuracy))
            {
                EventDefinition occasion = scenario.Events[change.Event];
                if (occasion.Variant != variant.Name || !occasion.Origins.Contains(origin)) continue;
                most = Math.Max(most, factor *= change.Begins ? change.Factor : 1 / change.Factor);
            }
        }

        return (float)Math.Min(1, variant.Accuracy * most);
    }

    // By variant and number of others on the machine: the least that so many co-runners slow it down under any law of the run.
    private static float[,] LeastSlowdown(WorkerModel worker, BoundInterference?[] laws)
    {
        float[,] least = new float[worker.Variants.Length, worker.Slots];
        for (int v = 0; v < worker.Variants.Length; v++)
            for (int n = 0; n < worker.Slots; n++) least[v, n] = laws.Contains(null) ? 1 : float.PositiveInfinity;
        if (Array.TrueForAll(laws, l => l is null)) return least;
        float[] counts = new float[worker.Variants.Length];
        Visit(0, 0);
        return least;

        void Visit(int kind, int total)
        {
            if (kind == counts.Length)
            {
                for (int v = 0; v < counts.Length; v++) least[v, total] = Math.Min(least[v, total], laws.Min(l => l?.Factor(v, counts) ?? 1));
                return;
            }

            for (int n = 0; total + n < worker.Slots; n++)
            {
                counts[kind] = n;
                Visit(kind + 1, total + n);
            }

            counts[kind] = 0;
        }
    }

    // Seconds of usual work that a worker can do in each slice; the first one begins with the first request that counts.
    private double[] SpeedOf(Change[] changes, double slice, double start, double end)
    {
        double[] speed = new double[Slices];
        double at = 0, slowness = 1;
        int down = changes.Count(c => c.Kind == EventKind.Join);
        foreach (Change change in changes.Where(c => c.Kind is EventKind.SlowDown or EventKind.Crash or EventKind.Join))
        {
            Fill(Math.Min(end, change.At * 1e-6));
            if (change.Kind == EventKind.Join) down--;
            else if (change.Kind == EventKind.Crash) down += change.Begins ? 1 : -1;
            else slowness *= change.Begins ? change.Factor : 1 / change.Factor;
        }

        Fill(end);
        return speed;

        void Fill(double until)
        {
            // By the slice's number: a sum of slices and their product differ in the last bit.
            for (int k = Math.Max(0, (int)((at - start) / slice)); k < Slices && start + (k * slice) < until; k++)
            {
                double inside = Math.Min(until, start + ((k + 1) * slice)) - Math.Max(at, start + (k * slice));
                if (inside > 0 && down == 0) speed[k] += inside / slowness;
            }

            at = Math.Max(at, until);
        }
    }

    private void AddRequests(Scenario scenario, ulong seed, BoundSettings settings, Placement[] placements, List<Change> changes, double slice)
    {
        NetworkModel network = new(scenario);
        float leastDelay = (float)changes.Where(c => c.Kind == EventKind.Link && c.Begins).Select(c => (double)c.Factor).Append(1).Min();
        float mostBandwidth = (float)changes.Where(c => c.Kind == EventKind.Link && c.Begins).Select(c => (double)c.Bandwidth).Append(1).Max();
        Placement[][] byApplication =
            [.. scenario.Applications.Select(a => placements.Where(p => p.Variant.Task == a.Task && p.Variant.Accuracy >= a.MinAccuracy).ToArray())];
        Workload workload = new(scenario, seed);
        double start = scenario.WarmUp;
        long warmUp = (long)(start * 1e6);
        (double From, double To)[] windows = new (double, double)[scenario.Sites.Count];
        bool[] crashes = [.. scenario.Workers.Select((_, w) => changes.Exists(c => c.Kind == EventKind.Crash && c.Target == w))];
        bool redraws = crashes.Contains(true);
        while (workload.TryNext(out Arrival arrival))
        {
            if (arrival.Created < warmUp || arrival.Id % settings.Every != 0) continue;
            ApplicationDefinition application = scenario.Applications[arrival.Application];
            Weight += application.Weight;

            // An attempt after a crash has noise draws of its own: where there are crashes, take the best of as many as the deadline can hold.
            RequestDraws draws = new(arrival.Draws, 0);
            double made = arrival.Created * 1e-6;
            for (int s = 0; s < windows.Length; s++)
            {
                float noiseOut = redraws ? -4 : draws.Out, noiseBack = redraws ? -4 : draws.Back;
                float access = network.LeastDelay(network.Index(arrival.Site, arrival.Site), application.PayloadBytes, draws.Access, leastDelay, mostBandwidth);
                float networkOut = network.LeastDelay(network.Index(arrival.Site, s), application.PayloadBytes, noiseOut, leastDelay, mostBandwidth);
                float networkBack = network.LeastDelay(network.Index(s, arrival.Site), 0, noiseBack, leastDelay, mostBandwidth);
                windows[s] = (made + access + networkOut, made + arrival.Deadline - networkBack);
            }

            foreach (Placement placement in byApplication[arrival.Application])
            {
                // The world counts in whole microseconds: each network delay and the batch time may be half of one shorter than computed.
                double seconds = placement.PerRequest * (redraws
                    ? Math.Min(draws.ServiceFactor(placement.Noise), SmallestDraw(placement.Noise)) : draws.ServiceFactor(placement.Noise));
                (double from, double to) = windows[placement.Site];
                if (to - from + 3e-6 < seconds) continue;
                double value = application.Weight * (settings.Accuracy ? placement.Accuracy : 1);
                int first = Math.Clamp((int)((from - start - 2e-6) / slice), 0, Slices - 1),
                    last = Math.Clamp((int)((to - start + 2e-6) / slice), first, Slices - 1);
                AddOption(new Option((placement.Processor * Slices) + first, last - first, (float)(seconds * placement.Slowdown), (float)value));
            }

            First.Add(Options.Count);
        }
    }

    // Of two variants on one processor the one that is worth no more and takes no less time is never chosen.
    private void AddOption(in Option option)
    {
        for (int o = Options.Count - 1; o >= First[^1] && Options[o].Start / Slices == option.Start / Slices; o--)
        {
            Option other = Options[o];
            if (other.Start != option.Start || other.More != option.More) continue;
            if (other.Value >= option.Value && other.Seconds <= option.Seconds) return;
            if (other.Value <= option.Value && other.Seconds >= option.Seconds) Options.RemoveAt(o);
        }

        Options.Add(option);
    }

    // Four standard deviations below the mean; exponential service can be as short as it likes.
    private static float SmallestDraw(in ServiceNoise noise) =>
        noise.Exponential ? 0 : MathF.Exp((float)((-4 * noise.Sigma) - (noise.Sigma * noise.Sigma / 2)));

    /// <summary>One way to answer a request.</summary>
    /// <param name="Start">Index of the processor's first slice in the window.</param>
    /// <param name="More">Slices of the window after the first.</param>
    /// <param name="Seconds">Processor time, among as many co-runners as there is room for on the machine.</param>
    /// <param name="Value">What the answer is worth.</param>
    internal readonly record struct Option(int Start, int More, float Seconds, float Value);

    private readonly record struct Placement(
        int Processor, int Site, VariantDefinition Variant, float Accuracy, float PerRequest, float Slowdown, ServiceNoise Noise);
}
