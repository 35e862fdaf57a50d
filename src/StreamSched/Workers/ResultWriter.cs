using System.Buffers;
using System.Text;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Onnx.Execution;
using StreamSched.Onnx.Inference;

namespace StreamSched.Workers;

/// <summary>Writes a worker's results. From several threads: each has buffers of its own.</summary>
/// <param name="settings">The worker.</param>
internal sealed class ResultWriter(WorkerSettings settings)
{
    [ThreadStatic]
    private static Buffers? _buffers;

    private readonly byte[] _worker = Encoding.UTF8.GetBytes(settings.Id);
    private readonly byte[] _processor = Encoding.UTF8.GetBytes(settings.Processor.Id);
    private readonly Utf8Names _utf8 = new();

    /// <summary>The worker's incarnation; known before anything is answered.</summary>
    public long Incarnation { get; set; }

    /// <summary>An answer without inference: EXPIRED or FAILED. Valid until the thread's next one.</summary>
    public ReadOnlySpan<byte> NotRun(WorkEntry entry, ResultStatus status, string reason, long now)
    {
        Buffers buffers = _buffers ??= new Buffers();
        InferenceResultView result = Begin(entry, status, now);
        result.Reason = Utf8(reason);
        result.QueueMicros = Math.Max(0, now - entry.Received);
        return result.ToFramed(ref buffers.Record);
    }

    /// <summary>The answer to an item of a batch. Valid until the thread's next one.</summary>
    public ReadOnlySpan<byte> Ran(WorkEntry entry, in BatchResult batch, int item, long started, long now)
    {
        Buffers buffers = _buffers ??= new Buffers();
        InferenceOutcome outcome = batch.Outcomes[item];
        string? reason = outcome.Fault.Reason();
        InferenceResultView result = Begin(entry, reason is null ? ResultStatus.Ok : ResultStatus.Failed, now);
        if (reason is not null) result.Reason = Utf8(reason);
        result.QueueMicros = Math.Max(0, started - entry.Received);
        result.ServiceMicros = (long)batch.Service.TotalMicroseconds;
        result.Batch = batch.Ran;
        result.Slowdown = (float)batch.Slowdown;
        if (batch.Model is { } model)
        {
            result.Digest = model.Digest.Span;
            result.Accuracy = (float)model.Manifest.Accuracy;
        }

        result.EnergyJoules = batch.Energy.Joules;
        result.EnergySource = (EnergySource)batch.Energy.Source;
        if (batch.Ran > 0) result.Money = settings.TariffPerHour / 3600 * batch.Service.TotalSeconds / batch.Ran;
        AvroWriter parts = new(buffers.Parts);
        int coRunnersLength = 0;
        if (batch.CoRunners.Count > 0)
        {
            parts.WriteBlock(batch.CoRunners.Count);
            foreach ((string variant, int count) in batch.CoRunners)
            {
                parts.WriteBytes(Utf8(variant));
                parts.WriteInt(count);
            }

            parts.WriteEnd();
            coRunnersLength = parts.Written.Length;
            result.Company = buffers.Parts.AsSpan(0, coRunnersLength);
        }

        if (reason is null)
        {
            ReadOnlySpan<float> values = batch.Values(item);
            int needed = coRunnersLength + (values.Length * sizeof(float)) + 256;
            if (buffers.Parts.Length < needed)
            {
                buffers.Parts = new byte[2 * needed];
                return Ran(entry, batch, item, started, now);
            }

            Output(ref parts, batch, item, values);
            result.Output = buffers.Parts.AsSpan(coRunnersLength, parts.Written.Length - coRunnersLength);
        }

        return result.ToFramed(ref buffers.Record);
    }

    private void Output(ref AvroWriter parts, in BatchResult batch, int item, ReadOnlySpan<float> values)
    {
        int label = batch.Outcomes[item].Label;
        byte[] arrays = ArrayPool<byte>.Shared.Rent((values.Length * sizeof(float)) + 64);
        AvroWriter writer = new(arrays);
        writer.WriteInts([values.Length]);
        int shapeLength = writer.Written.Length;
        writer.WriteFloats(values);
        InferenceOutputView output = new()
        {
            Label = label < 0 ? null : label, Shape = arrays.AsSpan(0, shapeLength), Values = arrays.AsSpan(shapeLength, writer.Written.Length - shapeLength),
        };
        if (batch.LabelName(item) is { } name) output.LabelName = Utf8(name);
        output.Write(ref parts);
        ArrayPool<byte>.Shared.Return(arrays);
    }

    private InferenceResultView Begin(WorkEntry entry, ResultStatus status, long now) => new()
    {
        Id = entry.Id, Device = entry.Device, Task = entry.Task, Site = entry.Site, Status = status, Late = now > entry.AnswerBy,
        CreatedImplausible = entry.CreatedImplausible, Scheduler = entry.Scheduler, Worker = _worker, Incarnation = Incarnation, Processor = _processor,
        Variant = Utf8(entry.Variant), Attempt = entry.Attempt, Created = entry.Created, Deadline = entry.Deadline, Finished = now,
        NetworkMicros = entry.NetworkMicros, Slowdown = (float)settings.Slowdown,
    };

    private byte[] Utf8(string text) => _utf8.Of(text);

    private sealed class Buffers
    {
        public byte[] Record = new byte[2048];
        public byte[] Parts = new byte[1024];
    }
}
