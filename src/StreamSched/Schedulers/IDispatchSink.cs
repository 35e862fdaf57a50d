namespace StreamSched.Schedulers;

/// <summary>Where a <see cref="Dispatcher"/>'s records go. Spans are valid during the call only.</summary>
internal interface IDispatchSink
{
    /// <summary>A work item for a worker.</summary>
    /// <param name="worker">The worker's id.</param>
    /// <param name="id">The request's id: the key.</param>
    /// <param name="value">The framed work item.</param>
    /// <param name="trace">The request's trace context, packed; empty: none.</param>
    /// <param name="token">Names it for <see cref="Dispatcher.NotSent"/>, should it not be stored.</param>
    void Work(string worker, Guid id, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long token);

    /// <summary>A request that stays open for long goes to the end of its partition of requests once more, so that what is committed does not stay behind
    /// with it.</summary>
    /// <param name="partition">Of requests.</param>
    /// <param name="device">The device's id: the key.</param>
    /// <param name="value">The framed request as received.</param>
    /// <param name="trace">Its trace context, packed; empty: none.</param>
    /// <param name="received">When the broker got it first, µs since 1970: the time of the copy.</param>
    void Carry(int partition, ReadOnlySpan<byte> device, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long received);

    /// <summary>A terminal answer of the scheduler's own.</summary>
    /// <param name="partition">Of results.</param>
    /// <param name="device">The device's id: the key.</param>
    /// <param name="value">The framed result.</param>
    /// <param name="trace">The request's trace context, packed; empty: none.</param>
    void Result(int partition, ReadOnlySpan<byte> device, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace);

    /// <summary>A decision record.</summary>
    /// <param name="partition">Of decisions.</param>
    /// <param name="id">The request's id: the key.</param>
    /// <param name="value">The framed record.</param>
    void Decision(int partition, Guid id, ReadOnlySpan<byte> value);

    /// <summary>A request is finished: its answer was read back from the log.</summary>
    /// <param name="partition">Of requests.</param>
    /// <param name="offset">Its offset.</param>
    void Acknowledge(int partition, long offset);
}
