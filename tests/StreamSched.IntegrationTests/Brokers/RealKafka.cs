using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Confluent.Kafka;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests;

/// <summary>
/// Apache Kafka from KAFKA_HOME: one or several nodes in KRaft mode, in a temporary folder, on free ports of loopback. Each node has a plain
/// listener, one with TLS and SCRAM (user dev), and one that tells clients to come by another port, where a test may put a link of its own.
/// </summary>
public sealed class RealKafka : IAsyncDisposable
{
    public const string User = "dev";
    public const string Password = "kafka-test-pw-7c31";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _home = Components.Require("kafka");
    private readonly string _folder = Directory.CreateTempSubdirectory("streamsched-kafka-").FullName;
    private readonly Node[] _nodes;
    private bool _authorizer;
    private string? _classes;

    private RealKafka(int nodes, int megabytes)
    {
        // All ports are taken before any is given back, so that none is handed out twice.
        var listeners = Enumerable.Range(0, nodes * 5).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Dispose();
        _nodes = [.. Enumerable.Range(0, nodes).Select(i => new Node(
            i + 1, ports[i * 5], ports[(i * 5) + 1], ports[(i * 5) + 2], ports[(i * 5) + 3], ports[(i * 5) + 4],
            Path.Combine(_folder, $"node-{i + 1}"), megabytes))];
    }

    public string BootstrapServers => string.Join(',', _nodes.Select(node => $"127.0.0.1:{node.Port}"));

    public string SecureBootstrapServers => string.Join(',', _nodes.Select(node => $"localhost:{node.SecurePort}"));

    /// <summary>Where clients that come by a link of the test's look for node 1; the test listens there.</summary>
    public string FarBootstrapServers => $"127.0.0.1:{_nodes[0].FarPort}";

    /// <summary>Where that link ends.</summary>
    public string FarEnd => $"127.0.0.1:{_nodes[0].FarEnd}";

    public string CaFile => Path.Combine(_folder, "ca.pem");

    /// <summary>Starts the nodes and waits until all of them answer. With an authorizer only the plain listener's clients, who are nobody, may do
    /// everything.</summary>
    /// <param name="nodes">How many.</param>
    /// <param name="megabytes">Heap of each.</param>
    /// <param name="authorizer">Whether users have only the rights that they are given.</param>
    /// <param name="settings">More lines for <c>server.properties</c>, which win.</param>
    /// <param name="classes">Folder of classes of the test's own; null: none.</param>
    public static async Task<RealKafka> StartAsync(int nodes = 1, int megabytes = 512, bool authorizer = false, string settings = "", string? classes = null)
    {
        var cluster = new RealKafka(nodes, megabytes) { _authorizer = authorizer, _classes = classes };
        try
        {
            await cluster.PrepareAsync(settings);
            foreach (var node in cluster._nodes) cluster.Start(node);
            await Task.WhenAll(cluster._nodes.Select(node => cluster.ListeningAsync(node)));
            await cluster.CompleteAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends a node at once, as a power cut would.</summary>
    /// <param name="node">From 1.</param>
    public async Task KillAsync(int node)
    {
        var process = _nodes[node - 1].Process!;
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>Stops a node as SIGSTOP does: its connections stay, and nothing is answered; or lets it go on.</summary>
    /// <param name="node">From 1.</param>
    /// <param name="frozen">Whether it stops.</param>
    public async Task FreezeAsync(int node, bool frozen = true)
    {
        using var kill = Process.Start("kill", [frozen ? "-STOP" : "-CONT", $"{_nodes[node - 1].Process!.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Starts a node again on its data.</summary>
    public async Task RestartAsync(int node)
    {
        Start(_nodes[node - 1]);
        await ListeningAsync(_nodes[node - 1]);
    }

    /// <summary>The end of a node's log.</summary>
    public string Log(int node)
    {
        lock (_nodes[node - 1].Output) return _nodes[node - 1].Output.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            if (node.Process is not { } process) continue;
            try
            {
                if (!process.HasExited) process.Kill();
                await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
            }
            finally
            {
                process.Dispose();
            }
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task PrepareAsync(string settings)
    {
        var store = Path.Combine(_folder, "keystore.p12");
        var voters = string.Join(',', _nodes.Select(node => $"{node.Id}@127.0.0.1:{node.ControllerPort}"));
        await RunAsync(
            "keytool", "-genkeypair", "-alias", "broker", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "SAN=dns:localhost,ip:127.0.0.1", "-validity",
            "30", "-keystore", store, "-storetype", "PKCS12", "-storepass", Password);
        await RunAsync("keytool", "-exportcert", "-rfc", "-alias", "broker", "-keystore", store, "-storepass", Password, "-file", CaFile);
        var copies = Math.Min(3, _nodes.Length);
        foreach (var node in _nodes)
        {
            Directory.CreateDirectory(node.Folder);
            await File.WriteAllTextAsync(Path.Combine(node.Folder, "server.properties"), $"""
                process.roles=broker,controller
                node.id={node.Id}
                controller.quorum.voters={voters}
                listeners=PLAINTEXT://127.0.0.1:{node.Port},CONTROLLER://127.0.0.1:{node.ControllerPort},\
                    SASL_SSL://127.0.0.1:{node.SecurePort},FAR://127.0.0.1:{node.FarEnd}
                advertised.listeners=PLAINTEXT://127.0.0.1:{node.Port},SASL_SSL://localhost:{node.SecurePort},FAR://127.0.0.1:{node.FarPort}
                controller.listener.names=CONTROLLER
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,FAR:PLAINTEXT,SASL_SSL:SASL_SSL
                inter.broker.listener.name=PLAINTEXT
                log.dirs={Path.Combine(node.Folder, "data")}
                ssl.keystore.location={store}
                ssl.keystore.password={Password}
                ssl.keystore.type=PKCS12
                sasl.enabled.mechanisms=SCRAM-SHA-512
                listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
                default.replication.factor={copies}
                min.insync.replicas={Math.Max(1, copies - 1)}
                offsets.topic.replication.factor={copies}
                offsets.topic.num.partitions=4
                transaction.state.log.replication.factor={copies}
                transaction.state.log.min.isr={Math.Max(1, copies - 1)}
                transaction.state.log.num.partitions=4
                group.initial.rebalance.delay.ms=0
                group.min.session.timeout.ms=1000
                group.consumer.min.heartbeat.interval.ms=500
                group.consumer.heartbeat.interval.ms=500
                auto.create.topics.enable=false
                authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
                super.users=User:ANONYMOUS
                allow.everyone.if.no.acl.found=true
                broker.session.timeout.ms=3000
                broker.heartbeat.interval.ms=500
                controlled.shutdown.enable=false
                {settings}
                """ + (_authorizer ? "\nauthorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\nsuper.users=User:ANONYMOUS\n" : ""));
            await File.WriteAllTextAsync(Path.Combine(node.Folder, "log4j2.properties"), """
                rootLogger.level = warn
                rootLogger.appenderRef.out.ref = out
                appender.out.type = Console
                appender.out.name = out
                appender.out.layout.type = PatternLayout
                appender.out.layout.pattern = [%d] %p %m (%c)%n
                """);
        }

        var id = Convert.ToBase64String(Guid.NewGuid().ToByteArray()).Replace('+', 'A').Replace('/', 'B')[..22];
        await Task.WhenAll(_nodes.Select(node => RunAsync(
            "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", ClassPath, "kafka.tools.StorageTool", "format", "-t", id, "-c",
            Path.Combine(node.Folder, "server.properties"), "--add-scram", $"SCRAM-SHA-512=[name={User},password={Password}]")));
    }

    private string ClassPath => Path.Combine(_home, "libs", "*") + (_classes is null ? "" : Path.PathSeparator + _classes);

    private void Start(Node node)
    {
        var start = new ProcessStartInfo("java") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[]
        {
            $"-Xmx{node.Megabytes}m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", ClassPath,
            "-Dlog4j2.configurationFile=" + Path.Combine(node.Folder, "log4j2.properties"), "kafka.Kafka", Path.Combine(node.Folder, "server.properties"),
        }) start.ArgumentList.Add(argument);
        node.Process?.Dispose();
        node.Process = new Process { StartInfo = start };
        node.Process.OutputDataReceived += (_, line) => Keep(line.Data);
        node.Process.ErrorDataReceived += (_, line) => Keep(line.Data);
        node.Process.Start();
        var process = node.Process;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => // a test run that is interrupted leaves no broker behind
        {
            try
            {
                process.Kill();
            }
            catch (InvalidOperationException)
            {
            }
        };
        node.Process.BeginOutputReadLine();
        node.Process.BeginErrorReadLine();

        void Keep(string? line)
        {
            if (line is null) return;
            lock (node.Output)
            {
                node.Output.AppendLine(line);
                if (node.Output.Length > 20_000) node.Output.Remove(0, node.Output.Length - 10_000);
            }
        }
    }

    private async Task ListeningAsync(Node node)
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            if (node.Process!.HasExited) throw new InvalidOperationException($"Kafka node {node.Id} ended with {node.Process.ExitCode}:\n{Log(node.Id)}");
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, node.Port);
                return;
            }
            catch (SocketException)
            {
                if (Stopwatch.GetElapsedTime(began) > StartLimit)
                    throw new TimeoutException($"Kafka node {node.Id} does not listen after {StartLimit.TotalSeconds} s:\n{Log(node.Id)}");
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    private async Task CompleteAsync()
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers }).SetLogHandler((_, _) => { }).Build();
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                if (admin.GetMetadata(TimeSpan.FromSeconds(5)).Brokers.Count == _nodes.Length) return;
            }
            catch (KafkaException) when (Stopwatch.GetElapsedTime(began) < StartLimit)
            {
            }

            if (Stopwatch.GetElapsedTime(began) > StartLimit)
                throw new TimeoutException($"the cluster is not complete after {StartLimit.TotalSeconds} s:\n{Log(1)}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(StartLimit);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}:\n{await output}\n{await error}");
    }

    private sealed class Node(int id, int port, int controllerPort, int securePort, int farPort, int farEnd, string folder, int megabytes)
    {
        public int Id { get; } = id;
        public int Port { get; } = port;
        public int ControllerPort { get; } = controllerPort;
        public int SecurePort { get; } = securePort;
        public int FarPort { get; } = farPort;
        public int FarEnd { get; } = farEnd;
        public string Folder { get; } = folder;
        public int Megabytes { get; } = megabytes;
        public StringBuilder Output { get; } = new();
        public Process? Process { get; set; }
    }
}
