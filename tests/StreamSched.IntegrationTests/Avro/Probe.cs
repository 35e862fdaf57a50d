using System.Diagnostics;
using StreamSched.Avro.Schemas;

namespace StreamSched.IntegrationTests.Avro;

/// <summary>A program in another language that runs Apache's Avro of that language over files in a folder of its own.</summary>
internal sealed class Probe : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("avro-probe-");
    private readonly List<string> _commands = [];

    public static string Source(string name) => StreamSched.Tests.Checkout.Path("tests", "StreamSched.IntegrationTests", "Avro", name);

    public static string SchemaFile(WireSchema schema) => StreamSched.Tests.Checkout.Path("schemas", schema.Name + ".avsc");

    public void Dispose() => _folder.Delete(recursive: true);

    public string File(string name) => Path.Combine(_folder.FullName, name.Replace(' ', '-'));

    public string Text(string name, string content)
    {
        System.IO.File.WriteAllText(File(name), content);
        return File(name);
    }

    public string Bodies(string name, IEnumerable<byte[]> bodies)
    {
        BodyFile.Write(File(name), bodies);
        return File(name);
    }

    /// <summary>Adds a command; its last part is the file that it writes.</summary>
    public string Command(params string[] parts)
    {
        _commands.Add(string.Join('\t', parts));
        return parts[^1];
    }

    /// <summary>Runs all commands.</summary>
    public void Run(string program, params string[] arguments) =>
        Execute(program, [.. arguments, Text("commands", string.Join('\n', _commands) + "\n")], _folder.FullName);

    public static void Execute(string program, string[] arguments, string folder)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill();
            Assert.Fail($"{program} did not end within {Limit}");
        }
        string said = output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{said}");
    }
}
