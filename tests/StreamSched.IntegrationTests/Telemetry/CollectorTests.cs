using System.Text.RegularExpressions;
using StreamSched.Core.Policies;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Telemetry;

public partial class CollectorTests
{
    [Fact]
    public async Task C6_The_real_collector_gets_the_metrics_and_one_whole_trace_also_by_endpoints_of_each_signal()
    {
        string collector = Components.Require("otelcol");
        int[] ports = RunningProgram.FreePorts(5);
        string folder = Directory.CreateTempSubdirectory("streamsched-otel-").FullName, configuration = Path.Combine(folder, "otelcol.yaml");
        await File.WriteAllTextAsync(configuration, $$"""
            receivers:
              otlp:
                protocols:
                  grpc: { endpoint: 127.0.0.1:{{ports[0]}} }
                  http: { endpoint: 127.0.0.1:{{ports[1]}} }
            exporters:
              debug: { verbosity: detailed }
              prometheus: { endpoint: 127.0.0.1:{{ports[2]}} }
            service:
              telemetry:
                metrics: { level: none }
              pipelines:
                traces: { receivers: [otlp], exporters: [debug] }
                metrics: { receivers: [otlp], exporters: [prometheus] }
            """);
        using EmbeddedCluster cluster = new(1);
        KafkaSettings kafka = KafkaSettings.ForEmbedded(cluster) with { Prefix = "otel.", Partitions = 2 };
        foreach (TopicContract contract in TopicCatalogue.All)
            cluster.CreateTopic(
                kafka.Topics.Of(contract.IsFamily ? TopicCatalogue.Work("edge-1") : contract.Name), contract.Partitions == PartitionCount.One ? 1 : 2);
        string[] place = ["--bootstrap", cluster.BootstrapServers, "--prefix", "otel.", "--kafka", "fetch-wait=2ms"];
        Dictionary<string, string> grpc = new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{ports[0]}", ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=test",
        };

        // The device has no endpoint but those of its signals: spans by HTTP, metrics by gRPC.
        Dictionary<string, string> http = new(grpc)
        {
            ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = $"http://127.0.0.1:{ports[1]}/v1/traces", ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/protobuf",
            ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = grpc["OTEL_EXPORTER_OTLP_ENDPOINT"], ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"] = "grpc",
            ["OTEL_SERVICE_NAME"] = "my-camera",
        };
        http.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        try
        {
            await using RunningProgram otelcol = new(collector, new Dictionary<string, string>(), "--config", configuration);
            await Installation.Until(() => otelcol.Output.Contains("Everything is ready", StringComparison.Ordinal));
            await using RunningProgram worker = new(
                RunningProgram.StreamSched, grpc,
                ["worker", "--id", "edge-1", "--site", "plant", "--models", Checkout.Path("models"), "--variants", "digits-xs", "--idle-watts", "2",
                    "--active-watts", "6", "--health-port", $"{ports[3]}", .. place]);
            await using RunningProgram scheduler = new(RunningProgram.StreamSched, grpc, ["scheduler", "--id", "s1", "--health-port", $"{ports[4]}", .. place]);
            using HttpClient web = new();
            foreach (int port in ports[3..]) await Ready(web, $"http://127.0.0.1:{port}/health/ready", worker, scheduler);
            for (int i = 0; i < 3; i++)
            {
                await using RunningProgram device = new(
                    RunningProgram.StreamSched, http,
                    ["send", Checkout.Path("models", "frames", "digits-599-images-idx3-ubyte.gz") + $"#{i}", "--task", "digits", "--id", "cam-1", "--site",
                        "plant", "--deadline", "10s", .. place]);
                Assert.True(await device.EndAsync() == 0, device.Output + scheduler.Output + worker.Output);
            }

            // One trace: each span is the child of the one before. Every program sends its own in its own time, and the last line may be half written.
            IReadOnlyList<Span> spans = [];
            string read = "";
            await Installation.Until(() =>
            {
                string before = read;
                spans = Spans(read = otelcol.Output);
                return read == before && new[] { "request", "schedule", "infer", "receive" }.All(name => spans.Count(s => s.Name == name) >= 3);
            });
            Span infer = spans.First(s => s.Name == "infer"), schedule = Assert.Single(spans, s => s.Id == infer.Parent);
            Span request = Assert.Single(spans, s => s.Id == schedule.Parent), receive = Assert.Single(spans, s => s.Parent == infer.Id);
            Assert.Equal(("schedule", "request", "receive", ""), (schedule.Name, request.Name, receive.Name, request.Parent));
            Assert.Single(new[] { request, schedule, infer, receive }.Select(s => s.Trace).Distinct());
            Assert.Equal(
                ["my-camera", "streamsched-scheduler", "streamsched-worker", "my-camera"], new[] { request, schedule, infer, receive }.Select(s => s.Service));
            Assert.Equal(4, new[] { request, schedule, infer, receive }.Count(s => s.Attributes["messaging.system"] == "kafka"));
            Assert.Single(new[] { request, schedule, infer, receive }.Select(s => s.Attributes["messaging.message.id"]).Distinct());
            Assert.Equal(("otel.requests", "otel.scheduler", "edge-1", PolicyNames.Neural), (schedule.Attributes["messaging.destination.name"],
                schedule.Attributes["messaging.consumer.group.name"], schedule.Attributes["streamsched.worker"], schedule.Attributes["streamsched.policy"]));
            Assert.Equal(("otel.work.edge-1", "digits-xs", "process"), (infer.Attributes["messaging.destination.name"], infer.Attributes["streamsched.variant"],
                infer.Attributes["messaging.operation.type"]));

            string metrics = "";
            string[] expected =
            [
                "messaging_client_sent_messages_total", "messaging_client_consumed_messages_total", "messaging_client_operation_duration_seconds_bucket",
                "process_cpu_time_seconds_total", "process_memory_usage_bytes", "dotnet_gc_collections_total", "streamsched_scheduler_requests_total",
                "streamsched_scheduler_request_duration_seconds_bucket", "streamsched_scheduler_decision_duration_seconds_bucket",
                "streamsched_scheduler_pending", "streamsched_scheduler_lag", "streamsched_processor_price_ratio",
                "streamsched_processor_virtual_queue_seconds", "streamsched_worker_queue_duration_seconds_bucket",
                "streamsched_worker_service_duration_seconds_bucket", "streamsched_worker_batch_size_bucket", "streamsched_worker_power_watts",
                "streamsched_worker_energy_joules_total", "streamsched_device_request_duration_seconds_bucket",
            ];

            // Each program sends its own in its own time here too: the third request is counted when it is.
            (string Name, string[] Labels)[] counted =
            [
                ("streamsched_scheduler_decisions_total", [$"streamsched_policy=\"{PolicyNames.Neural}\"", "streamsched_outcome=\"placed\""]),
                ("streamsched_scheduler_answers_total", ["streamsched_outcome=\"on_time\""]),
                ("streamsched_worker_answers_total", ["streamsched_status=\"Ok\"", "streamsched_worker=\"edge-1\""]),
                ("messaging_client_sent_messages_total", ["messaging_destination_name=\"otel.work.edge-1\"", "messaging_system=\"kafka\""]),
                ("messaging_client_consumed_messages_total", ["messaging_destination_name=\"otel.requests\""]),
            ];
            for (long began = TimeProvider.System.GetTimestamp(); Missing().Any();)
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30), $"missing: {string.Join(", ", Missing())} in\n{metrics}");
                metrics = "\n" + await web.GetStringAsync(new Uri($"http://127.0.0.1:{ports[2]}/metrics"));
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }

            Assert.All(counted, c => Assert.Equal(3, Value(metrics, c.Name, c.Labels)));
            Assert.Contains("deployment_environment_name=\"test\"", metrics, StringComparison.Ordinal);
            Assert.Equal((0, 0), (await scheduler.TerminateAsync(), await worker.TerminateAsync()));

            IEnumerable<string> Missing() => expected.Where(name => !metrics.Contains("\n" + name + "{", StringComparison.Ordinal))
                .Concat(counted.Where(c => Value(metrics, c.Name, c.Labels) < 3).Select(c => c.Name));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_collectors_configuration_for_compose_is_valid()
    {
        await using RunningProgram validate = new(
            Components.Require("otelcol"), new Dictionary<string, string>(), "validate", "--config", Checkout.Path("compose", "otelcol.yaml"));
        Assert.True(await validate.EndAsync() == 0, validate.Output);
    }

    private static async Task Ready(HttpClient web, string address, params RunningProgram[] programs)
    {
        for (long began = TimeProvider.System.GetTimestamp(); ;)
        {
            try
            {
                if ((await web.GetAsync(new Uri(address))).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // it does not listen yet
            }

            foreach (RunningProgram program in programs) Assert.False(program.HasEnded, program.Output);
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), string.Join("\n", programs.Select(p => p.Output)));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static double Value(string metrics, string name, params string[] labels) => metrics.Split('\n')
        .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && labels.All(label => line.Contains(label, StringComparison.Ordinal)))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The spans in what the debug exporter printed.</summary>
    private static List<Span> Spans(string output)
    {
        List<Span> spans = [];
        string service = "";
        foreach (string line in output.Split('\n'))
        {
            if (Attribute().Match(line) is { Success: true } attribute)
            {
                if (attribute.Groups[1].Value == "service.name") service = attribute.Groups[2].Value;
                else if (spans.Count > 0) spans[^1].Attributes.TryAdd(attribute.Groups[1].Value, attribute.Groups[2].Value);
            }
            else if (Field().Match(line) is { Success: true } field)
            {
                string value = field.Groups[2].Value.Trim();
                if (field.Groups[1].Value == "Trace ID") spans.Add(new Span { Trace = value, Service = service });
                else if (spans.Count == 0) continue;
                else if (field.Groups[1].Value == "Parent ID") spans[^1].Parent = value;
                else if (field.Groups[1].Value == "ID") spans[^1].Id = value;
                else if (spans[^1].Name.Length == 0) spans[^1].Name = value;
            }
        }

        return spans;
    }

    [GeneratedRegex(@"^\s+-> ([\w.]+): \w+\((.*)\)\s*$")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"^    (Trace ID|Parent ID|ID|Name)\s*: (.*)$")]
    private static partial Regex Field();

    private sealed class Span
    {
        public required string Trace { get; init; }
        public required string Service { get; init; }
        public string Id { get; set; } = "";
        public string Parent { get; set; } = "";
        public string Name { get; set; } = "";
        public Dictionary<string, string> Attributes { get; } = [];
    }
}
