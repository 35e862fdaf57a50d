using System.Globalization;
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
            Worker = settings.Id, Incarnation = incarnation, Site = settings.Site, DeviceClass = ClassOf(settings), At = now,
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

    /// <summary>The class of a worker: machines of which nobody said it are not all alike.</summary>
    internal static string ClassOf(WorkerSettings settings)
    {
        if (settings.DeviceClass.Length > 0) return settings.DeviceClass;
        const int Longest = 128; // bytes, by the schema
        var here = MachineDescription.Current;
        string kind = string.Create(CultureInfo.InvariantCulture, $"{here.Cores} cores of {here.Cpu}, {settings.Processor.Provider}");
        if (settings.Slowdown > 1) kind = string.Create(CultureInfo.InvariantCulture, $"{kind}, emulated, {settings.Slowdown:0.###} times slower");
        string plain = string.Concat(kind.Select(c => char.IsAscii(c) && !char.IsControl(c) ? c : '?'));
        return plain.Length <= Longest ? plain : plain[^Longest..];
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
