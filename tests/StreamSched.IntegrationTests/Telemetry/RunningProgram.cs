using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StreamSched.IntegrationTests.Telemetry;

/// <summary>A program that runs beside the tests, with what it wrote.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    public RunningProgram(string file, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments)
        : this(file, environment, "", arguments)
    {
    }

    public RunningProgram(string file, IReadOnlyDictionary<string, string> environment, string workingDirectory, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = workingDirectory };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The executable as it is built beside the tests.</summary>
    public static string StreamSched { get; } = Path.Combine(AppContext.BaseDirectory, "streamsched");

    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>Ports of loopback that were free a moment ago.</summary>
    public static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners) listener.Start();
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners) listener.Dispose();
        return ports;
    }

    /// <summary>Asks it to end, as Ctrl-C or a container engine does.</summary>
    public async Task<int> TerminateAsync()
    {
        if (!_process.HasExited) Process.Start("kill", ["-TERM", $"{_process.Id}"]).Dispose();
        return await EndAsync();
    }

    /// <summary>Waits until it ends, a minute at most if nothing else is said.</summary>
    public async Task<int> EndAsync(TimeSpan? limit = null)
    {
        await _process.WaitForExitAsync().WaitAsync(limit ?? TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
    }
}
