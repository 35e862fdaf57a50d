using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using StreamSched.Core.Serving;
using StreamSched.Kafka.Topics;
using CoreMatrix = StreamSched.Core.Cluster.InterferenceMatrix;

namespace StreamSched.Schedulers;

/// <summary>Turns a worker's registration into what the view keeps. A registration is input from the network: what makes no sense is refused whole. What each
/// value lies within stands in the schema.</summary>
internal static class RegistrationReader
{
    // How a variant slows another one down is looked up by (variant, kind, kind): the cube of them all.
    private const int MaxInterferingVariants = 100;

    /// <summary>Why schedulers ignore a registration, whatever else they hold; null: they do not.</summary>
    /// <param name="key">The record's key.</param>
    /// <param name="registration">The record, which the schema's ranges have let through.</param>
    /// <param name="now">µs.</param>
    public static string? Problem(string key, WorkerRegistration registration, long now) => TryRead(key, registration, now, out _);

    /// <summary>Reads a registration.</summary>
    /// <param name="key">The record's key.</param>
    /// <param name="registration">The record, which the schema's ranges have let through.</param>
    /// <param name="now">µs.</param>
    /// <param name="description">What it says.</param>
    /// <returns>Why it is ignored; null: it is read.</returns>
    internal static string? TryRead(string key, WorkerRegistration registration, long now, out WorkerDescription? description)
    {
        description = null;
        try
        {
            if (registration.Worker != key) return $"the key is not its worker id, '{registration.Worker}'";
            description = Read(registration, now);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Reads what the schema's ranges have let through.</summary>
    /// <param name="registration">The record.</param>
    /// <param name="now">µs.</param>
    /// <exception cref="ArgumentException">The registration makes no sense; the message says what.</exception>
    internal static WorkerDescription Read(WorkerRegistration registration, long now)
    {
        Require(TopicCatalogue.IsWorkerId(registration.Worker), $"worker id '{registration.Worker}'");
        Require(Plausible.Incarnation(registration.Incarnation, now), $"incarnation {registration.Incarnation}, which lies ahead");
        Require(registration.Processors.Select(p => p.Id).Distinct(StringComparer.Ordinal).Count() == registration.Processors.Length, "a processor twice");
        Require(registration.Variants.Select(v => v.Name).Distinct(StringComparer.Ordinal).Count() == registration.Variants.Length, "a variant twice");
        Require(
            registration.Interference.Length == 0 || registration.Variants.Length <= MaxInterferingVariants,
            $"interference among {registration.Variants.Length} variants, more than {MaxInterferingVariants}");
        return new WorkerDescription
        {
            Id = registration.Worker, Incarnation = registration.Incarnation, Site = registration.Site, Class = registration.DeviceClass,
            Draining = registration.Draining,
            TelemetryPeriod = TimeSpan.FromMicroseconds(registration.TelemetryPeriodMicros),
            Processors = [.. registration.Processors.Select(Processor)],
            Variants = [.. registration.Variants.Select(Variant)],
            Interference = InterferenceOf(registration),
        };
    }

    /// <summary>The interference matrices of a registration.</summary>
    internal static InterferenceTable InterferenceOf(WorkerRegistration registration) => registration.Interference.Length == 0
        ? InterferenceTable.None
        : new InterferenceTable(registration.Interference.Select(m => new CoreMatrix(m.Variant, m.CompanyA, m.CompanyB, m.Factors)));

    private static ProcessorDescription Processor(ProcessorRegistration processor) => new()
    {
        Id = processor.Id, Slots = processor.Slots, IdleWatts = (float)(processor.IdleWatts ?? 0), ActiveWatts = (float)(processor.ActiveWatts ?? 0),
        TariffPerHour = (float)processor.TariffPerHour, MemoryBytes = processor.MemoryBytes,
    };

    private static VariantDescription Variant(VariantRegistration variant) => new()
    {
        Name = variant.Name, Task = variant.Task, Accuracy = variant.Accuracy, MemoryBytes = variant.MemoryBytes,
        Services = variant.Services.ToDictionary(
            s => s.Processor, s => new ServiceTable(s.Batch, Array.ConvertAll(s.Micros, micros => (float)(micros / 1e6)), variant.MaxBatch),
            StringComparer.Ordinal),
    };

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new ArgumentException($"a registration cannot have {what}");
    }
}
