using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;

namespace StreamSched.IntegrationTests.Avro;

/// <summary>The generated codecs by schema.</summary>
internal static class Codecs
{
    /// <summary>Decodes a body into its record and encodes that.</summary>
    public static byte[] Recode(WireSchema schema, byte[] body) => schema.Record switch
    {
        nameof(Experience) => Recode<Experience>(body),
        nameof(Feedback) => Recode<Feedback>(body),
        nameof(InferenceRequest) => Recode<InferenceRequest>(body),
        nameof(InferenceResult) => Recode<InferenceResult>(body),
        nameof(PolicySnapshot) => Recode<PolicySnapshot>(body),
        nameof(AccuracyEstimates) => Recode<AccuracyEstimates>(body),
        nameof(RolloutStep) => Recode<RolloutStep>(body),
        nameof(SchedulerLoad) => Recode<SchedulerLoad>(body),
        nameof(SchedulingDecision) => Recode<SchedulingDecision>(body),
        nameof(WorkItem) => Recode<WorkItem>(body),
        nameof(WorkerRegistration) => Recode<WorkerRegistration>(body),
        nameof(WorkerTelemetry) => Recode<WorkerTelemetry>(body),
        _ => throw new NotSupportedException(schema.Record),
    };

    /// <summary>The message that carries a body.</summary>
    public static byte[] Frame(WireSchema schema, byte[] body)
    {
        byte[] message = new byte[Framing.HeaderLength + body.Length];
        Framing.WriteHeader(schema.Fingerprint, message);
        body.CopyTo(message, Framing.HeaderLength);
        return message;
    }

    private static byte[] Recode<T>(byte[] body)
        where T : class, IWireRecord<T>
    {
        Assert.True(T.TryDecode(body, out var record, out var fault), fault.ToString());
        return record.ToFramed()[Framing.HeaderLength..];
    }
}
