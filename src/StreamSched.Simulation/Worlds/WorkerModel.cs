using StreamSched.Core.Cluster;
using StreamSched.Core.Serving;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Worlds;

/// <summary>A worker as it really is, and as it registers itself. Shared by the world and the bound.</summary>
internal sealed class WorkerModel
{
    public WorkerModel(WorkerDefinition definition, Scenario scenario)
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
            Profile[v, p] = measured.Scaled(scale * (float)definition.RegisteredScale);
            Noise[v, p] = service.Noise;
        }

        Description = new WorkerDescription
        {
            Id = definition.Id, Incarnation = 1, Site = scenario.Sites[definition.Site].Name, Processors = processors,
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

    public int Slots { get; }

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
