using System.Runtime.InteropServices;

namespace StreamSched.Hosting;

/// <summary>
/// Notices that nobody reads standard output any more, as after <c>| head -1</c>. The run time ignores SIGPIPE and drops what cannot be written, so that a
/// command would go on for ever, and one that waits for its next record would not even try to write.
/// </summary>
internal static partial class OutputPipe
{
    private const int StandardOutput = 1;
    private const short Gone = 0x8 | 0x10; // POLLERR, POLLHUP

    /// <summary>Calls back once when the reader has gone. Does nothing where standard output is a terminal or the system has no poll.</summary>
    /// <param name="gone">Called on a thread of its own.</param>
    public static void Watch(Action gone)
    {
        if (!Console.IsOutputRedirected || OperatingSystem.IsWindows()) return;
        Thread thread = new(() => Wait(gone)) { IsBackground = true, Name = "output pipe" };
        thread.Start();
    }

    private static void Wait(Action gone)
    {
        while (true)
        {
            // Without events to wait for only errors end it; a file has none.
            PollDescriptor descriptor = new() { Descriptor = StandardOutput };
            int ready = Poll(ref descriptor, 1, -1);
            if (ready < 0 && Marshal.GetLastPInvokeError() == 4) continue; // EINTR
            if (ready > 0 && (descriptor.Returned & Gone) != 0) gone();
            return;
        }
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeout);

    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
