using System.Diagnostics;
using System.Text;

namespace StreamSched.Tests.Commands;

/// <summary>
/// A folder with what a name can lead to. Devices are named by links, so that a command that replaces a file as a whole harms none of the machine.
/// </summary>
internal sealed class HostileFolder : IDisposable
{
    private int _pipes;

    public HostileFolder()
    {
        File.CreateSymbolicLink(Of("null"), "/dev/null");
        File.CreateSymbolicLink(Of("zero"), "/dev/zero");
        File.CreateSymbolicLink(Of("nowhere"), Of("missing"));
        File.CreateSymbolicLink(Of("itself"), Of("itself"));
        File.WriteAllText(Of("passwd"), "root:x:0:0:root:/root:/bin/sh\n");
        File.WriteAllText(Of("empty"), "");
        File.WriteAllText(Of("deep"), new string('[', 100_000));
        File.WriteAllText(Of("deep-objects"), string.Concat(Enumerable.Repeat("{\"a\":", 50_000)));
        File.WriteAllBytes(Of("binary"), [.. Enumerable.Range(0, 5000).Select(i => (byte)((i * 7919) >> 3))]);
        File.WriteAllText(Of("controls"), "\u001b[31m{\"a\": \u0007\u009b1m}\u202e,;\t\0");
        File.WriteAllText(Of("markup"), "[red]time_s[/],[blink]x\n");
        using (FileStream sparse = File.Create(Of("sparse"))) sparse.SetLength(1L << 30);
        HasPipe = MakePipe(Of("pipe-0"));
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("streamsched-hostile-").FullName;

    /// <summary>Whether the machine makes named pipes.</summary>
    public bool HasPipe { get; }

    /// <summary>A pipe at whose other end nobody is, not even a former command that still waits there.</summary>
    public string NewPipe()
    {
        string pipe = Of($"pipe-{Interlocked.Increment(ref _pipes)}");
        return MakePipe(pipe) ? pipe : throw new InvalidOperationException("mkfifo failed");
    }

    /// <summary>Names that lead to something else than a file of use, or to none. What takes seconds by its nature, a pipe without a writer, is left
    /// out.</summary>
    public IReadOnlyList<string> Paths => [Path, .. ((string[])["null", "zero", "nowhere", "itself", "missing", "passwd", "empty", "deep", "deep-objects",
        "binary", "controls", "markup", "sparse"]).Select(Of)];

    public string Of(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text) => new Place(Path).Write(name, text);

    /// <summary>A folder within it, for one run.</summary>
    public Place NewPlace() => new(Directory.CreateDirectory(Of($"place-{Interlocked.Increment(ref _pipes)}")).FullName);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static bool MakePipe(string path)
    {
        if (OperatingSystem.IsWindows()) return false;
        using Process process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    /// <summary>A folder for one run.</summary>
    internal sealed class Place(string path) : IDisposable
    {
        public string Path => path;

        public string Of(string name) => System.IO.Path.Combine(path, name);

        public string Write(string name, string text)
        {
            File.WriteAllText(Of(name), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            return Of(name);
        }

        public void Dispose()
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        }
    }
}
