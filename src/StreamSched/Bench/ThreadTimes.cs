using System.Diagnostics;
using System.Globalization;

namespace StreamSched.Bench;

/// <summary>
/// Processor time of this process by thread, so that the parts of a benchmark that run in one process can be told apart. Threads are known by their number;
/// Linux only, elsewhere there is only the whole.
/// </summary>
internal sealed class ThreadTimes
{
    private const string Tasks = "/proc/self/task";
    private readonly Dictionary<int, long> _nanoseconds = [];

    private ThreadTimes()
    {
    }

    /// <summary>Whether the system tells.</summary>
    public static bool IsSupported => Directory.Exists(Tasks);

    /// <summary>The whole process, in seconds.</summary>
    public double ProcessSeconds { get; private init; }

    /// <summary>The threads that are there now.</summary>
    public IReadOnlyCollection<int> Threads => _nanoseconds.Keys;

    /// <summary>Reads all clocks.</summary>
    public static ThreadTimes Take()
    {
        using Process process = Process.GetCurrentProcess();
        ThreadTimes times = new() { ProcessSeconds = process.TotalProcessorTime.TotalSeconds };
        if (!IsSupported) return times;
        foreach (string folder in Directory.EnumerateDirectories(Tasks))
        {
            try
            {
                string text = File.ReadAllText(Path.Combine(folder, "schedstat"));
                times._nanoseconds[int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)] = long.Parse(
                    text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // The thread ended between the listing and the reading.
            }
        }

        return times;
    }

    /// <summary>Whether a thread of this process is the loop under test, by its name.</summary>
    /// <param name="thread">Its number.</param>
    public static bool IsLoop(int thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(Tasks, thread.ToString(CultureInfo.InvariantCulture), "comm")).TrimEnd() == "loop";
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>What some threads have used since an earlier reading, in seconds.</summary>
    /// <param name="earlier">The earlier reading.</param>
    /// <param name="threads">Which threads.</param>
    public double Since(ThreadTimes earlier, IEnumerable<int> threads)
    {
        long sum = 0;
        foreach (int thread in threads) sum += _nanoseconds.GetValueOrDefault(thread) - earlier._nanoseconds.GetValueOrDefault(thread);
        return sum * 1e-9;
    }
}
