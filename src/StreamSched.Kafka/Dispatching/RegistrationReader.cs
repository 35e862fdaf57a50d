using StreamSched.Avro;
using StreamSched.Core.Cluster;
using StreamSched.Core.Serving;
using CoreMatrix = StreamSched.Core.Cluster.InterferenceMatrix;

namespace StreamSched.Kafka.Dispatching;

/// <summary>Turns a worker's registration into what the view keeps. A registration is input from the network: what makes no sense is refused whole.</summary>
internal static class RegistrationReader
{
    private const int MaxProcessors = 64;
    private const int MaxVariants = 1024;

    /// <exception cref="ArgumentException">The registration makes no sense; the message says what.</exception>
    public static WorkerDescription Read(WorkerRegistration registration)
    {
        Demand(Topics.IsWorkerId(registration.Worker), $"worker id '{registration.Worker}'");
        Demand(registration.Processors.Length is > 0 and <= MaxProcessors, $"{registration.Processors.Length} processors");
        Demand(registration.Variants.Length <= MaxVariants, $"{registration.Variants.Length} variants");
        Demand(registration.TelemetryPeriodMicros is > 0 and <= 3_600_000_000, $"telemetry period {registration.TelemetryPeriodMicros} µs");
        Demand(registration.Processors.Select(p => p.Id).Distinct(StringComparer.Ordinal).Count() == registration.Processors.Length, "a processor twice");
        Demand(registration.Variants.Select(v => v.Name).Distinct(StringComparer.Ordinal).Count() == registration.Variants.Length, "a variant twice");
        return new WorkerDescription
        {
            Id = registration.Worker, Incarnation = registration.Incarnation, Site = registration.Site, Draining = registration.Draining,
            TelemetryPeriod = TimeSpan.FromMicroseconds(registration.TelemetryPeriodMicros),
            Processors = [.. registration.Processors.Select(Processor)],
            Variants = [.. registration.Variants.Select(Variant)],
            Interference = registration.Interference.Length == 0
                ? InterferenceTable.None
                : new InterferenceTable(registration.Interference.Select(m => new CoreMatrix(m.Variant, m.CompanyA, m.CompanyB, m.Factors))),
        };
    }

    private static ProcessorDescription Processor(ProcessorRegistration processor)
    {
        Demand(processor.Slots is > 0 and <= 1024, $"{processor.Slots} slots");
        Demand(processor.TariffPerHour is >= 0 and <= 1e9, $"tariff {processor.TariffPerHour}");
        Demand(processor.ActiveWatts is null or (>= 0 and <= 1e6) && processor.IdleWatts is null or (>= 0 and <= 1e6), "a power out of range");
        return new ProcessorDescription
        {
            Id = processor.Id, Slots = processor.Slots, IdleWatts = (float)(processor.IdleWatts ?? 0), ActiveWatts = (float)(processor.ActiveWatts ?? 0),
            TariffPerHour = (float)processor.TariffPerHour, MemoryBytes = Math.Max(0, processor.MemoryBytes),
        };
    }

    private static VariantDescription Variant(VariantRegistration variant)
    {
        Demand(variant.Task.Length is > 0 and <= RequestCheck.MaxNameBytes, $"task '{variant.Task}'");
        Demand(variant.Accuracy is >= 0 and <= 1, $"accuracy {variant.Accuracy}");
        return new VariantDescription
        {
            Name = variant.Name, Task = variant.Task, Accuracy = variant.Accuracy, MemoryBytes = Math.Max(0, variant.MemoryBytes),
            Services = variant.Services.ToDictionary(
                s => s.Processor, s => new ServiceTable(s.Batch, Array.ConvertAll(s.Micros, micros => (float)(micros / 1e6)), variant.MaxBatch), StringComparer.Ordinal),
        };
    }

    private static void Demand(bool holds, string what)
    {
        if (!holds) throw new ArgumentException($"a registration cannot have {what}");
    }
}
