using System.Runtime.InteropServices;

namespace StreamSched.Onnx.Models;

/// <summary>What a name leads to, symbolic links followed, without opening it: enough to tell that it is another file, or the same one with other
/// content.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Device">The file system.</param>
/// <param name="Inode">The file's number there; a link that leads elsewhere gives another one.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Modified">When its content changed last, as programs may set it.</param>
/// <param name="Changed">When the file changed last in any way, as the kernel alone sets it: a copy of the same size and time shows here.</param>
internal readonly partial record struct FileState(FileKind Kind, ulong Device, ulong Inode, long Bytes, long Modified, long Changed)
{
    private const int WorkingDirectory = -100, NoSuchFile = 2, AccessDenied = 13, NoDirectory = 20, Loop = 40;
    private const uint Basic = 0x7FF;

    /// <summary>Whether a change of content always shows in the other members. Where it does not, contents must be compared.</summary>
    public static bool IsExact { get; } = OperatingSystem.IsLinux();

    /// <summary>What a path leads to.</summary>
    public static FileState Of(string path)
    {
        if (!IsExact)
            return Portable(path);
        try
        {
            if (Stat(WorkingDirectory, path, 0, Basic, out var found) == 0)
            {
                return new FileState(
                    KindOf(found.Mode), ((ulong)found.DeviceMajor << 32) | found.DeviceMinor, found.Inode, (long)found.Size,
                    found.Modified.Nanoseconds(), found.Changed.Nanoseconds());
            }
        }
        catch (EntryPointNotFoundException)
        {
            return Portable(path); // a C library without statx
        }

        return Marshal.GetLastPInvokeError() switch
        {
            NoSuchFile or NoDirectory or Loop => default,
            AccessDenied => new FileState(FileKind.Unreadable, 0, 0, 0, 0, 0),
            _ => Portable(path), // sandboxes that refuse the call
        };
    }

    private static FileState Portable(string path)
    {
        var file = new FileInfo(path);
        if (Directory.Exists(path))
            return new FileState(FileKind.Directory, 0, 0, 0, 0, 0);
        if (!file.Exists)
            return default;
        var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return new FileState(FileKind.File, 0, 0, target.Length, target.LastWriteTimeUtc.Ticks, 0);
    }

    private static FileKind KindOf(ushort mode) => (mode & 0xF000) switch
    {
        0x8000 => FileKind.File,
        0x4000 => FileKind.Directory,
        0x1000 => FileKind.Pipe,
        0xC000 => FileKind.Socket,
        _ => FileKind.Device,
    };

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int folder, string path, int flags, uint mask, out StatBuffer found);

    /// <summary>struct statx of Linux, the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatBuffer
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(96)]
        public StatTime Changed;

        [FieldOffset(112)]
        public StatTime Modified;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private struct StatTime
    {
        private long _seconds;
        private uint _nanoseconds;

        public readonly long Nanoseconds() => (_seconds * 1_000_000_000) + _nanoseconds;
    }
}
