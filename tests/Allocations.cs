namespace StreamSched.Tests;

/// <summary>Counts what code allocates on this thread.</summary>
internal static class Allocations
{
    /// <summary>The most runs of one count, without the warm-up.</summary>
    public const int Runs = 20;

    /// <summary>
    /// Bytes, the least of some runs after a warm-up, of which the first that allocates no more than <paramref name="expected"/> ends the count: what code
    /// allocates by itself it allocates in every run, but a collection that another test causes moves the account, and code that is not optimized yet boxes
    /// what optimized code does not. After a run above it the compiler gets its turn, which on a busy machine waits until no new methods appear for a
    /// tenth of a second.
    /// </summary>
    public static long Of(Action code, long expected = 0)
    {
        code();
        using ManualResetEventSlim turn = new();
        long least = long.MaxValue;
        for (int run = 0; run < Runs && least > expected; run++)
        {
            if (run > 0) turn.Wait(120);
            long before = GC.GetAllocatedBytesForCurrentThread();
            code();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
