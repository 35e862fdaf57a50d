using System.Text.Json;
using System.Text.RegularExpressions;
using StreamSched.Commands;
using StreamSched.Hosting;
using StreamSched.IntegrationTests.Telemetry;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Compose;

public partial class ComposeTests
{
    private static readonly string File = Checkout.Path("compose", "docker-compose.yml");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_file_is_valid_with_and_without_the_collector(bool telemetry)
    {
        string[] profile = telemetry ? ["--profile", "telemetry"] : [];
        await using RunningProgram config = new(Components.Require("docker-compose"), new Dictionary<string, string>(), ["-f", File, .. profile, "config"]);
        Assert.True(await config.EndAsync() == 0, config.Output);
        foreach (string service in (string[])["kafka", "topics", "scheduler", "learner", "edge-1", "edge-2", "cloud-1", "cameras", "readers"])
            Assert.Contains($"\n  {service}:", config.Output, StringComparison.Ordinal);
        if (telemetry) Assert.Contains("otel/opentelemetry-collector", config.Output, StringComparison.Ordinal); // version 1 shows it without the profile too
    }

    // The file that is mounted there.
    private static string AsHere(string argument) => argument == "/etc/streamsched/settings.json" ? Checkout.Path("compose", "settings.json") : argument;

    [Fact]
    public void Every_command_in_it_is_one_that_the_executable_knows()
    {
        string[][] commands = [.. Commands().Matches(System.IO.File.ReadAllText(File)).Select(m => JsonSerializer.Deserialize<string[]>(m.Groups[1].Value)!)
            .Where(c => c[0] != "--config")];
        Assert.Equal(8, commands.Length);
        foreach (string[] command in commands)
            Assert.Empty(CommandLine.Create().Parse([.. command.Select(AsHere)]).Errors.Select(e => $"{command[0]}: {e.Message}"));
    }

    [Fact]
    public void Its_settings_are_valid() => Assert.Equal(3, SettingsFile.Read(Checkout.Path("compose", "settings.json")).Links.Count);

    [GeneratedRegex(@"^    command: (\[.*\])$", RegexOptions.Multiline)]
    private static partial Regex Commands();
}
