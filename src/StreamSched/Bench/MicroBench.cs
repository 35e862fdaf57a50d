using System.Diagnostics;
using StreamSched.Reports;

namespace StreamSched.Bench;

/// <summary>Times something short: many batches, of which the median counts, so that what the machine does beside it shows in the spread and not in the
/// figure.</summary>
internal static class MicroBench
{
    /// <summary>Runs batches for a while.</summary>
    /// <param name="batch">Does the thing so many times.</param>
    /// <param name="operations">How often per batch.</param>
    /// <param name="seconds">How long to measure, after as long a warm-up but half a second at most.</param>
    /// <param name="between">What is to be done after each batch, not timed.</param>
    /// <returns>Nanoseconds per operation and bytes allocated per operation.</returns>
    public static MicroFigure Measure(Action batch, int operations, double seconds, Action? between = null)
    {
        long until = Stopwatch.GetTimestamp() + (long)(Math.Min(seconds, 0.5) * Stopwatch.Frequency);
        do
        {
            batch();
            between?.Invoke();
        }
        while (Stopwatch.GetTimestamp() < until);
        List<double> times = new(1 << 12);
        long allocated = 0;
        until = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        do
        {
            long bytes = GC.GetAllocatedBytesForCurrentThread(), began = Stopwatch.GetTimestamp();
            batch();
            double elapsed = Stopwatch.GetElapsedTime(began).TotalNanoseconds;
            allocated += GC.GetAllocatedBytesForCurrentThread() - bytes;
            times.Add(elapsed / operations);
            between?.Invoke();
        }
        while (Stopwatch.GetTimestamp() < until);
        double[] sorted = [.. times.Order()];
        return new MicroFigure(
            Percentile.Of(sorted, 0.5), Percentile.Of(sorted, 0.05), Percentile.Of(sorted, 0.95), (double)allocated / times.Count / operations, times.Count);
    }
}

/// <summary>How long something short takes.</summary>
/// <param name="Nanoseconds">Median over batches.</param>
/// <param name="Low">5th percentile over batches.</param>
/// <param name="High">95th percentile over batches.</param>
/// <param name="Bytes">Allocated.</param>
/// <param name="Batches">How many batches.</param>
internal sealed record MicroFigure(double Nanoseconds, double Low, double High, double Bytes, int Batches);
