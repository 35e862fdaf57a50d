using System.IO.Compression;
using StreamSched.IntegrationTests.Telemetry;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>What a device author gets: one package with the client and what it needs, and nothing of schedulers, workers or learning.</summary>
public sealed class PackageTests(BrokerFixture brokers) : IDisposable
{
    private static readonly Dictionary<string, string> Plain = new()
    {
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1", ["MSBUILDDISABLENODEREUSE"] = "1",
    };
    private readonly string _folder = Directory.CreateTempSubdirectory("streamsched-package-").FullName;
    private readonly string _version = $"0.1.0-test{Environment.ProcessId}";

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        string unpacked = Path.Combine(
            Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"), "streamsched.client", _version);
        if (Directory.Exists(unpacked)) Directory.Delete(unpacked, recursive: true);
    }

    [Fact]
    public async Task A_program_that_has_the_package_alone_sends_a_frame_and_gets_its_answer()
    {
        string feed = Path.Combine(_folder, "feed"), program = Path.Combine(_folder, "camera");
        await RunAsync(
            Checkout.Path(), "pack", Checkout.Path("src", "StreamSched.Client"), "-c", "Release", "--no-build", "-o", feed, $"-p:Version={_version}");
        string package = Assert.Single(Directory.GetFiles(feed, "*.nupkg"));
        using (ZipArchive archive = await ZipFile.OpenReadAsync(package))
        {
            string[] assemblies =
                [.. archive.Entries.Where(e => e.Name.EndsWith(".dll", StringComparison.Ordinal)).Select(e => e.Name).Order(StringComparer.Ordinal)];
            Assert.Equal(["StreamSched.Avro.dll", "StreamSched.Client.dll", "StreamSched.Documents.dll", "StreamSched.Kafka.dll"], assemblies);
            Assert.All(assemblies, name => Assert.Contains(archive.Entries, e => e.Name == Path.ChangeExtension(name, ".xml") && e.Length > 100));
        }

        Directory.CreateDirectory(program);
        await File.WriteAllTextAsync(Path.Combine(program, "camera.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <RestoreAdditionalProjectSources>{feed}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="StreamSched.Client" Version="{_version}" />
              </ItemGroup>
            </Project>
            """);

        // The program of the package's own page, with the address and the pixels of this test.
        string page = await File.ReadAllTextAsync(Checkout.Path("src", "StreamSched.Client", "README.md"));
        await File.WriteAllTextAsync(
            Path.Combine(program, "Program.cs"),
            page.Split("```csharp\n")[1].Split("```")[0].Replace("\"broker:9092\"", "args[0], Prefix = args[2]", StringComparison.Ordinal)
                .Replace("Payload = pixels", "Payload = File.ReadAllBytes(args[1])", StringComparison.Ordinal)
                .Replace("100_000", "10_000_000", StringComparison.Ordinal));
        string pixels = Path.Combine(_folder, "pixels");
        await File.WriteAllBytesAsync(pixels, EndToEndTests.Frames("fashion-2000")[0].Payload);
        await RunAsync(program, "build", "-c", "Release", "-o", Path.Combine(program, "out"));

        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync("embedded"), null, Installation.Worker("edge", "fashion-s"));
        await using RunningProgram camera = new(
            "dotnet", Plain, program, [Path.Combine(program, "out", "camera.dll"), installation.Kafka.BootstrapServers, pixels, installation.Kafka.Prefix]);
        Assert.True(await camera.EndAsync() == 0, camera.Output);
        Assert.Matches(@"^Ok: \w", camera.Output);
    }

    private static async Task RunAsync(string folder, params string[] arguments)
    {
        await using RunningProgram dotnet = new("dotnet", Plain, folder, arguments);
        Assert.True(await dotnet.EndAsync(TimeSpan.FromMinutes(3)) == 0, dotnet.Output);
    }
}
