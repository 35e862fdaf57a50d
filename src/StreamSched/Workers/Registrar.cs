using Microsoft.Extensions.Logging;
using StreamSched.Avro.Records;
using StreamSched.Onnx.Catalogue;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Workers;

/// <summary>What a worker says of itself in <c>workers</c>, and who else claims its id there.</summary>
internal sealed class Registrar(WorkerSettings settings, long incarnation, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<Registrar>();

    /// <summary>The registration of what is loaded.</summary>
    public WorkerRegistration Describe(CatalogueSnapshot snapshot, long now, bool draining)
    {
        (IReadOnlyList<InterferenceFactors> matrices, IReadOnlyList<ModelProblem> problems) = InterferenceFolder.Load(
            settings.Models, snapshot, settings.Processor);
        foreach (ModelProblem problem in problems) WorkerLog.ModelProblem(_logger, settings.Id, problem.Message);
        return new WorkerRegistration
        {
            Worker = settings.Id, Incarnation = incarnation, Site = settings.Site, DeviceClass = settings.DeviceClass, At = now,
            TelemetryPeriodMicros = (long)settings.TelemetryPeriod.TotalMicroseconds, Slowdown = (float)settings.Slowdown, Draining = draining,
            Processors =
            [
                new ProcessorRegistration
                {
                    Id = settings.Processor.Id, Provider = settings.Processor.Provider, Slots = settings.Processor.Slots, Threads = settings.Processor.Threads,
                    IdleWatts = settings.Processor.Power?.IdleWatts, ActiveWatts = settings.Processor.Power?.ActiveWatts,
                    TariffPerHour = settings.TariffPerHour,
                },
            ],
            Variants = [.. snapshot.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal).Select(Variant)],
            Interference =
            [
                .. matrices.Select(m => new Avro.Records.InterferenceMatrix
                {
                    Variant = m.Variant, CompanyA = m.CoRunnerA, CompanyB = m.CoRunnerB, Size = m.Size, Factors = [.. m.Factors],
                }),
            ],
        };
    }

    private static VariantRegistration Variant(LoadedModel model) => new()
    {
        Name = model.Name, Task = model.Manifest.Task, Digest = model.Digest.ToArray(), Accuracy = (float)model.Manifest.Accuracy,
        MemoryBytes = model.MemoryBytes, MaxBatch = model.MaxBatch,
        Services =
        [
            new Avro.Records.ServiceProfile
            {
                Processor = model.Profile!.Processor, Batch = [.. model.Profile.Batches], Micros = [.. model.Profile.Micros], Spread = model.Profile.Spread,
            },
        ],
    };
}
