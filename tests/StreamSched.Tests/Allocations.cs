namespace StreamSched.Tests;

/// <summary>Counts what code allocates on this thread.</summary>
internal static class Allocations
{
    /// <summary>
    /// Bytes, the least of a few runs after a warm-up: a collection that other tests cause in the middle of a run moves the account, and the compiler
    /// may replace the code once more.
    /// </summary>
    public static long Of(Action code)
    {
        code();
        var least = long.MaxValue;
        for (var run = 0; run < 5 && least > 0; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            code();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
