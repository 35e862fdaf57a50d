using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Serving;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Worlds;

/// <summary>A worker as it really is, and as it registers itself. Shared by the world and the bound.</summary>
internal sealed class WorkerModel
{
    public WorkerModel(WorkerDefinition definition, Scenario scenario, ulong seed)
    {
        Definition = definition;
        IReadOnlyList<ProcessorDescription> processors = definition.Class.Processors;
        Variants = [.. definition.Variants];
        Truth = new ServiceTable?[Variants.Length, processors.Count];
        Profile = new ServiceTable?[Variants.Length, processors.Count];
        Noise = new ServiceNoise[Variants.Length, processors.Count];
        float scale = (float)(scenario.ServiceScale * definition.TrueScale);
        foreach (ServiceDefinition service in definition.Class.Services)
        {
            int v = Array.FindIndex(Variants, x => x.Name == service.Variant);
            if (v < 0) continue;
            int p = 0;
            while (processors[p].Id != service.Processor) p++;
            ServiceTable measured = new(service.Batches, service.Seconds, service.MaxBatch);
            Truth[v, p] = measured.Scaled(scale);
            ServiceTable told = service.Registered is { } registered ? new ServiceTable(registered.Batches, registered.Seconds, service.MaxBatch) : measured;
            Profile[v, p] = told.Scaled(scale * (float)RegisteredScale(definition, service, seed));
            Noise[v, p] = scenario.Noise ?? service.Noise;
        }

        Description = new WorkerDescription
        {
            Id = definition.Id, Incarnation = 1, Class = definition.Class.Registered, Site = scenario.Sites[definition.Site].Name, Processors = processors,
            Interference = definition.Registered, TelemetryPeriod = TimeSpan.FromSeconds(scenario.Schedulers.TelemetryPeriod),
            Variants = [.. Variants.Select(Describe)],
        };
        Slots = processors.Sum(p => p.Slots);
        Interference = Bound(definition.Class.Interference);
        Registered = definition.Registered == definition.Class.Interference ? Interference : Bound(definition.Registered);
    }

    public WorkerDefinition Definition { get; }

    public WorkerDescription Description { get; }

    public VariantDefinition[] Variants { get; }

    /// <summary>[variant, processor]; null where it does not run.</summary>
    public ServiceTable?[,] Truth { get; }

    /// <summary>What the worker itself goes by and registers.</summary>
    public ServiceTable?[,] Profile { get; }

    public ServiceNoise[,] Noise { get; }

    /// <summary>How its models really slow each other.</summary>
    public BoundInterference? Interference { get; }

    /// <summary>How it says that they do.</summary>
    public BoundInterference? Registered { get; }

    /// <summary>Whether what runs beside a batch matters, really or as registered.</summary>
    public bool HasInterference => Interference is not null || Registered is not null;

    /// <summary>How its models really slow each other while an event is in force.</summary>
    /// <param name="table">The matrices; null: those of its class.</param>
    /// <param name="factor">What they take beyond 1 is multiplied by this.</param>
    public BoundInterference? LawOf(InterferenceTable? table, float factor)
    {
        table ??= Definition.Class.Interference;
        return Bound(factor == 1 ? table : new InterferenceTable(Variants.SelectMany(v => table.Of(v.Name)).Select(m => Scaled(m, factor))));
    }

    public int Slots { get; }

    /// <summary>How a batch is slowed by those that run beside it: really, and as the worker has registered it.</summary>
    /// <param name="variant">Its variant.</param>
    /// <param name="counts">Batches that run, by variant, this one among them.</param>
    /// <param name="law">The law that is in force.</param>
    public (float True, float Registered) SlowDown(int variant, float[] counts, BoundInterference? law)
    {
        if (law is null && Registered is null) return (1, 1);
        counts[variant]--;
        float factor = law?.Factor(variant, counts) ?? 1;
        float registered = Registered == law ? factor : Registered?.Factor(variant, counts) ?? 1;
        counts[variant]++;
        return (factor, registered);
    }

    private static double RegisteredScale(WorkerDefinition definition, ServiceDefinition service, ulong seed)
    {
        IReadOnlyList<double> scales = definition.RegisteredScales;
        if (scales.Count == 1) return scales[0];
        RandomStream random = RandomStream.For(seed, $"profile/{definition.Id}/{service.Processor}/{service.Variant}");
        return scales[random.NextInt32(scales.Count)];
    }

    // A pace that were infinite or negative cannot be: nothing runs more than a hundred times as fast beside others.
    private static InterferenceMatrix Scaled(InterferenceMatrix matrix, float factor)
    {
        int side = matrix.Size + 1;
        return new InterferenceMatrix(matrix.Variant, matrix.CoRunnerA, matrix.CoRunnerB,
            [.. Enumerable.Range(0, side * side).Select(i => Math.Max(0.01f, 1 + (factor * (matrix.Factor(i / side, i % side) - 1))))]);
    }

    private BoundInterference? Bound(InterferenceTable table) =>
        Slots > 1 && !table.IsEmpty ? new BoundInterference(table, [.. Variants.Select(v => v.Name)]) : null;

    private VariantDescription Describe(VariantDefinition variant, int v)
    {
        Dictionary<string, ServiceTable> services = new(StringComparer.Ordinal);
        for (int p = 0; p < Definition.Class.Processors.Count; p++)
            if (Profile[v, p] is { } table) services.Add(Definition.Class.Processors[p].Id, table);
        return new VariantDescription
        {
            Name = variant.Name, Task = variant.Task, Accuracy = variant.Accuracy, MemoryBytes = variant.MemoryBytes, Services = services,
        };
    }
}
