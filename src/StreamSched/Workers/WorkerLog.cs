using Microsoft.Extensions.Logging;

namespace StreamSched.Workers;

/// <summary>Everything that a worker logs; ids 3000 to 3099.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(3000, LogLevel.Information, "worker {Id}: took up {Variant} with the digest {Digest}, {Milliseconds} ms a frame")]
    internal static partial void ModelTakenUp(ILogger logger, string id, string variant, string digest, string milliseconds);

    [LoggerMessage(3010, LogLevel.Information, "worker {Id}: gave up {Variant}: its file is gone")]
    internal static partial void ModelGivenUp(ILogger logger, string id, string variant);

    [LoggerMessage(3001, LogLevel.Information, "worker {Id}: registered as incarnation {Incarnation} with {Variants} variants at site '{Site}'{Emulated}")]
    internal static partial void Registered(ILogger logger, string id, long incarnation, int variants, string site, string emulated);

    [LoggerMessage(3002, LogLevel.Warning, "worker {Id}: {Problem}")]
    internal static partial void ModelProblem(ILogger logger, string id, string problem);

    [LoggerMessage(3003, LogLevel.Warning, "worker {Id}: offset {Offset} of its topic is skipped: {Reason}")]
    internal static partial void Skipped(ILogger logger, string id, long offset, string reason);

    [LoggerMessage(3004, LogLevel.Warning, "worker {Id}: a batch of {Variant} failed: {Failure}")]
    internal static partial void BatchFailed(ILogger logger, string id, string variant, string failure);

    [LoggerMessage(3005, LogLevel.Information, "worker {Id}: draining, {Count} requests left")]
    internal static partial void Draining(ILogger logger, string id, int count);

    [LoggerMessage(3006, LogLevel.Information, "worker {Id}: drained and withdrawn")]
    internal static partial void Drained(ILogger logger, string id);

    [LoggerMessage(3007, LogLevel.Warning, "worker {Id}: {Count} results so far were not stored before their deadlines were over: {Reason}")]
    internal static partial void ResultsNotStored(ILogger logger, string id, long count, string reason);

    [LoggerMessage(3020, LogLevel.Warning, "worker {Id}: an answer of {Variant} with {Bytes} bytes was refused; FAILED(too-large) stands for it")]
    internal static partial void ResultRefused(ILogger logger, string id, string variant, int bytes);

    [LoggerMessage(3008, LogLevel.Warning, "worker {Worker}: no broker took its withdrawal within {Seconds} s; schedulers find out by its silence")]
    internal static partial void NotWithdrawn(ILogger logger, string worker, double seconds);
}
