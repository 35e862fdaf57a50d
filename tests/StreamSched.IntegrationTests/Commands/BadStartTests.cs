using System.Net;
using System.Net.Sockets;
using StreamSched.IntegrationTests.Telemetry;
using StreamSched.Kafka.Administration;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Commands;

/// <summary>What cannot start says why, what to change, and ends with another code than 0.</summary>
public class BadStartTests(BrokerFixture brokers)
{
    [Fact]
    public async Task C1_A_role_takes_nothing_from_the_working_directory_and_nothing_that_others_set()
    {
        TestBroker broker = await PlaceAsync();
        string folder = Directory.CreateTempSubdirectory("streamsched-elsewhere-").FullName;
        try
        {
            int[] ports = RunningProgram.FreePorts(3);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "appsettings.json"),
                "{ \"Kestrel\": { \"Endpoints\": { \"Other\": { \"Url\": \"http://127.0.0.1:" + ports[1] + "\" } } }, broken");
            await File.WriteAllTextAsync(Path.Combine(folder, "price"), "no policy");
            Dictionary<string, string> others = new()
            {
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{ports[2]}", ["ASPNETCORE_CONTENTROOT"] = "/nowhere", ["DOTNET_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_PREVENTHOSTINGSTARTUP"] = "false", ["STREAMSCHED_KAFKA_PORT"] = "tcp://10.0.0.7:9092", ["STREAMSCHED_KAFKA_BOOTSTRAP"] = "",
                ["STREAMSCHED_KAFKA_LINGERR"] = "1ms", ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "",
            };
            await using RunningProgram scheduler = new(
                RunningProgram.StreamSched, others, folder,
                ["scheduler", "--bootstrap", broker.Settings.BootstrapServers, "--prefix", broker.Settings.Prefix, "--kafka", "fetch-wait=2ms",
                    "--health-port", $"{ports[0]}"]);
            await UntilReadyAsync(scheduler, ports[0]);
            foreach (int closed in ports[1..])
            {
                using TcpClient client = new();
                await Assert.ThrowsAnyAsync<SocketException>(() => client.ConnectAsync(IPAddress.Loopback, closed));
            }

            Assert.Contains("STREAMSCHED_KAFKA_LINGERR is ignored", scheduler.Output, StringComparison.Ordinal);
            if (OperatingSystem.IsLinux())
            {
                string[] handles = [.. Directory.GetFiles($"/proc/{scheduler.Id}/fdinfo").Select(ReadWhileOpen)];
                Assert.NotEmpty(handles);
                Assert.DoesNotContain(handles, handle => handle.Contains("inotify wd", StringComparison.Ordinal));
            }

            Assert.Equal(0, await scheduler.TerminateAsync());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_missing_folder_of_models_is_named()
    {
        Cli run = await Cli.RunAsync(await brokers.ConnectAsync("embedded"), "worker", "--id", "w", "--models", "/nowhere/models");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'/nowhere/models' does not exist: give its path with --models", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_onnx_model_is_named_and_the_others_serve()
    {
        TestBroker broker = await PlaceAsync();
        string folder = Directory.CreateTempSubdirectory("streamsched-models-").FullName;
        try
        {
            File.Copy(Checkout.Path("models", "digits-xs.json"), Path.Combine(folder, "digits-xs.json"));
            await File.WriteAllTextAsync(Path.Combine(folder, "digits-xs.onnx"), "this is no model");
            Cli alone = await Cli.RunAsync(broker, "worker", "--id", "w", "--models", folder);
            Assert.Equal(1, alone.ExitCode);
            Assert.Contains("no model can be served", alone.Error, StringComparison.Ordinal);
            Assert.Contains("digits-xs", alone.Error, StringComparison.Ordinal);

            foreach (string end in (string[])["json", "onnx"]) File.Copy(Checkout.Path("models", $"digits-s.{end}"), Path.Combine(folder, $"digits-s.{end}"));
            int port = RunningProgram.FreePorts(1)[0];
            await using RunningProgram worker = Start(broker, "worker", "--id", "w", "--models", folder, "--health-port", $"{port}");
            await UntilReadyAsync(worker, port);
            Assert.Contains("digits-xs", worker.Output, StringComparison.Ordinal); // a warning
            Assert.Equal(0, await worker.TerminateAsync());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task An_id_that_a_live_worker_has_is_refused_and_the_live_one_goes_on()
    {
        TestBroker broker = await PlaceAsync();
        int port = RunningProgram.FreePorts(1)[0];
        string[] worker = ["worker", "--id", "w", "--models", Checkout.Path("models"), "--variants", "digits-xs"];
        await using RunningProgram first = Start(broker, [.. worker, "--health-port", $"{port}"]);
        await UntilReadyAsync(first, port);
        Cli second = await Cli.RunAsync(broker, worker);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("a live worker has the id 'w' already: give this one another --id", second.Error, StringComparison.Ordinal);
        Assert.False(first.HasEnded);
        Assert.Equal(0, await first.TerminateAsync());
    }

    [Theory]
    [InlineData("scheduler")]
    [InlineData("worker")]
    public async Task A_port_in_use_is_named(string role)
    {
        using TcpListener listener = new(IPAddress.Any, 0);
        listener.Start();
        string port = $"{((IPEndPoint)listener.LocalEndpoint).Port}";
        string[] arguments = role == "worker" ? [role, "--id", "w", "--models", Checkout.Path("models"), "--health-port", port] : [role, "--health-port", port];
        Cli run = await Cli.RunAsync(await brokers.ConnectAsync("embedded"), arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(port, run.Error, StringComparison.Ordinal);
        Assert.Contains("--health-port", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scheduler")]
    [InlineData("worker")]
    public async Task Brokers_that_nobody_reaches_are_named_with_the_settings_to_check(string role)
    {
        string bootstrap = $"127.0.0.1:{RunningProgram.FreePorts(1)[0]}";
        string[] arguments = role == "worker" ? [role, "--id", "w", "--models", Checkout.Path("models")] : [role];
        Cli run = await Cli.RunAsync(CancellationToken.None, [.. arguments, "--bootstrap", bootstrap, "--kafka", "connect-timeout=1s", "--log-level", "Error"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"no Kafka broker answers at {bootstrap}", run.Error, StringComparison.Ordinal);
        Assert.Contains("Check bootstrap and security-protocol", run.Error, StringComparison.Ordinal);
    }

    private async Task<TestBroker> PlaceAsync()
    {
        TestBroker broker = await brokers.ConnectAsync("embedded");
        broker = broker with { Settings = broker.Settings with { Partitions = 2 } };
        using TopicAdmin admin = new(broker.Settings, TestBroker.Loggers, TimeProvider.System, broker.Embedded);
        await admin.CreateAsync();
        broker.Embedded!.CreateTopic(broker.Settings.Topics.Work("w"), 1); // another process cannot create topics on the embedded cluster
        return broker;
    }

    private static RunningProgram Start(TestBroker broker, params string[] arguments) => new(
        RunningProgram.StreamSched, new Dictionary<string, string>(),
        [.. arguments, "--bootstrap", broker.Settings.BootstrapServers, "--prefix", broker.Settings.Prefix, "--kafka", "fetch-wait=2ms"]);

    private static async Task UntilReadyAsync(RunningProgram program, int port)
    {
        using HttpClient http = new();
        for (long began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60);)
        {
            Assert.False(program.HasEnded, program.Output);
            try
            {
                using HttpResponseMessage response = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
                if (response.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        Assert.Fail(program.Output);
    }

    // Handles come and go.
    private static string ReadWhileOpen(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
