using System.Runtime.InteropServices;

namespace StreamSched.Bench;

/// <summary>Waits for less than a millisecond without keeping a core busy, which would take it from what is measured.</summary>
internal static partial class FinePause
{
    /// <summary>Waits about so long; where the system has no such wait, the thread only gives way.</summary>
    /// <param name="micros">Microseconds.</param>
    public static void ForMicros(uint micros)
    {
        if (!OperatingSystem.IsLinux() || USleep(micros) != 0) Thread.Yield();
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int USleep(uint micros);
}
