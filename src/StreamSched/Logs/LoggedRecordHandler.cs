namespace StreamSched.Logs;

/// <summary>Takes a record of a log, which lies in a buffer that the next one overwrites.</summary>
/// <param name="body">Encoded in our schema, without a frame.</param>
/// <param name="partition">Where it was read; -1: from a file.</param>
/// <param name="offset">Its offset; from a file its number.</param>
internal delegate void LoggedRecordHandler(ReadOnlySpan<byte> body, int partition, long offset);
