namespace StreamSched.Kafka.Diagnostics;

/// <summary>
/// Ends clients. librdkafka waits for brokers, for call-backs and for its own threads when it is told to end, and has no time limit for it; a process that
/// waits with it neither works nor ends.
/// </summary>
internal static class TimeLimit
{
    /// <summary>How long a client may take to end.</summary>
    internal static readonly TimeSpan OfEnding = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Runs something on a thread of its own and waits for it. What does not end in time goes on in the background until the process ends, and keeps the
    /// memory that it uses.
    /// </summary>
    /// <param name="name">Name of the thread.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="action">What is run.</param>
    /// <param name="problem">What it threw.</param>
    /// <returns>false if it has not ended.</returns>
    internal static bool Run(string name, TimeSpan limit, Action action, out Exception? problem)
    {
        Exception? thrown = null;
        Thread thread = new(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                thrown = exception;
            }
        })
        { IsBackground = true, Name = name };
        thread.Start();
        var ended = thread.Join(limit);
        problem = ended ? thrown : null;
        return ended;
    }
}
