namespace StreamSched.Rebuilds;

/// <summary>A record of the topics, when schedulers had it.</summary>
/// <param name="At">µs since 1970.</param>
/// <param name="Kind">Which topic it is of.</param>
/// <param name="Body">Its encoded bytes, without a frame; of requests without the payload, of decisions without the full part.</param>
/// <param name="Bytes">How long its message was.</param>
internal readonly record struct LogEvent(long At, LogEventKind Kind, byte[] Body, int Bytes);
