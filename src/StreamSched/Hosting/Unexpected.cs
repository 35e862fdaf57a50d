namespace StreamSched.Hosting;

/// <summary>The last resort: a failure that nobody foresaw is one line too.</summary>
internal static class Unexpected
{
    /// <summary>Set to anything, shows the whole exception.</summary>
    public const string DebugVariable = "STREAMSCHED_DEBUG";

    /// <summary>Tells of it.</summary>
    /// <param name="exception">What happened.</param>
    /// <param name="error">Standard error.</param>
    /// <returns>The exit code.</returns>
    public static int Tell(Exception exception, TextWriter error)
    {
        Exception inner = exception is AggregateException { InnerExceptions.Count: 1 } ? exception.GetBaseException() : exception;
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(DebugVariable)))
            error.WriteLine(exception.ToString());
        error.WriteLine($"streamsched: unexpected: {Printable.Message(inner.Message)} ({inner.GetType().Name}); set {DebugVariable}=1 to see where");
        return ExitCodes.Failure;
    }
}
