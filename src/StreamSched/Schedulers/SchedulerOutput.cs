using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;

namespace StreamSched.Schedulers;

/// <summary>Writes a dispatcher's records to their topics.</summary>
/// <param name="kafka">The installation.</param>
/// <param name="producers">Write.</param>
/// <param name="acknowledge">Acknowledges an offset of a partition of requests.</param>
internal sealed class SchedulerOutput(KafkaSettings kafka, SchedulerProducers producers, Action<int, long> acknowledge) : IDispatchSink
{
    private readonly ProducerTopic _results = producers.Other.Topic(kafka.Topics.Results);
    private readonly ProducerTopic _requests = producers.Other.Topic(kafka.Topics.Requests);

    /// <inheritdoc/>
    public void Work(string worker, Guid id, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long token)
    {
        Span<byte> key = stackalloc byte[36];
        id.TryFormat(key, out _);
        producers.Work(worker, key, value, trace, token);
    }

    /// <inheritdoc/>
    public void Carry(int partition, ReadOnlySpan<byte> device, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long received) =>
        producers.Other.Produce(_requests, partition, device, value, TraceContext.Unpack(trace), timestampMillis: received / 1000);

    /// <inheritdoc/>
    public void Result(int partition, ReadOnlySpan<byte> device, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace) =>
        producers.Other.Produce(_results, partition, device, value, TraceContext.Unpack(trace));

    /// <inheritdoc/>
    public void Decision(int partition, Guid id, ReadOnlySpan<byte> value)
    {
        Span<byte> key = stackalloc byte[36];
        id.TryFormat(key, out _);
        producers.Decision(partition, key, value);
    }

    /// <inheritdoc/>
    public void Acknowledge(int partition, long offset) => acknowledge(partition, offset);
}
