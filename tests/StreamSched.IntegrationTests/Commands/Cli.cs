using System.Text.Json;
using StreamSched.Commands;

namespace StreamSched.IntegrationTests.Commands;

/// <summary>What a command said and how it ended.</summary>
internal sealed record Cli(int ExitCode, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public JsonElement[] JsonLines => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>Runs a command of the executable in this process, on a test's broker.</summary>
    public static Task<Cli> RunAsync(TestBroker broker, params string[] arguments) => RunAsync(broker, CancellationToken.None, arguments);

    public static Task<Cli> RunAsync(TestBroker broker, CancellationToken stop, params string[] arguments) => RunAsync(
        stop, [.. arguments, "--bootstrap", broker.Settings.BootstrapServers, "--prefix", broker.Settings.Prefix, "--kafka", "fetch-wait=2ms",
            "connect-timeout=2s", "--log-level", "Error"]);

    public static async Task<Cli> RunAsync(CancellationToken stop, params string[] arguments)
    {
        StringWriter output = new(), error = new();
        int code = await Task.Run(() => CommandLine.RunAsync(arguments, output, error, stop)); // many block
        return new Cli(code, output.ToString(), error.ToString());
    }
}
