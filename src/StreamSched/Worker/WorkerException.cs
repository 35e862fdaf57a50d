namespace StreamSched.Worker;

/// <summary>A worker cannot run as it was asked to; the message says what to change.</summary>
internal sealed class WorkerException(string message) : Exception(message);
