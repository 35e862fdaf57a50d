using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Hosting;

/// <summary>
/// Metrics and spans to an OpenTelemetry collector, enabled where an OTLP endpoint is set in the environment, for both signals or for one. The standard
/// variables hold: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_… and OTEL_EXPORTER_OTLP_{METRICS,TRACES}_{ENDPOINT, PROTOCOL, HEADERS,
/// TIMEOUT}, OTEL_METRIC_EXPORT_INTERVAL, OTEL_TRACES_SAMPLER, OTEL_SDK_DISABLED and OTEL_METRICS_EXPORTER or OTEL_TRACES_EXPORTER = none.
/// </summary>
/// <param name="role">What the process is, such as scheduler: its service is streamsched-scheduler unless OTEL_SERVICE_NAME says otherwise.</param>
/// <param name="time">Clock.</param>
/// <param name="variable">Reads a variable of the environment.</param>
internal sealed class OpenTelemetryExport(string role, TimeProvider time, Func<string, string?> variable)
{
    private static readonly string[] Protocols = ["grpc", "http/protobuf"];
    private readonly (bool Metrics, bool Traces) _wanted = Wanted(variable);

    /// <summary>Whether the environment asks for an export.</summary>
    public bool IsWanted => _wanted.Metrics || _wanted.Traces;

    /// <summary>Sets the export up, with a host or without one.</summary>
    /// <param name="builder">What is set up.</param>
    public void Configure(IOpenTelemetryBuilder builder)
    {
        // The one way of setting up the exporter that reads the variables of each signal.
        builder.ConfigureResource(resource => Describe(resource, role)).UseOtlpExporter();
        if (_wanted.Metrics)
        {
            // They last as long as the process: a provider ends what it was given before its last export.
            _ = new ProcessInstruments(time);
            builder.WithMetrics(provider => provider.AddMeter(Tracing.Name, "System.Runtime"));
        }

        if (_wanted.Traces) builder.WithTracing(provider => provider.AddSource(Tracing.Name));
    }

    /// <summary>Which signals the environment asks for: those with an endpoint that is a URL, and whose exporter is otlp or not said.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    public static (bool Metrics, bool Traces) Wanted(Func<string, string?> variable)
    {
        if (string.Equals(variable("OTEL_SDK_DISABLED")?.Trim(), "true", StringComparison.OrdinalIgnoreCase)) return (false, false);
        return (Signal("METRICS"), Signal("TRACES"));

        bool Signal(string name)
        {
            string own = EndpointOf(name), endpoint = IsSet(variable, own) ? own : EndpointOf(null);
            return IsUrl(variable(endpoint)) && (!IsSet(variable, ExporterOf(name)) || Listed(variable(ExporterOf(name))).Contains("otlp"));
        }
    }

    /// <summary>Values that cannot be followed, one line each.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    public static IReadOnlyList<string> Problems(Func<string, string?> variable)
    {
        List<string> problems = [];
        foreach (string? signal in (string?[])[null, "METRICS", "TRACES"])
        {
            string endpoint = EndpointOf(signal), protocol = ProtocolOf(signal);
            if (IsSet(variable, endpoint) && !IsUrl(variable(endpoint)))
                problems.Add($"{endpoint}: '{variable(endpoint)}' is no URL such as http://collector:4317; nothing is sent there");
            if (IsSet(variable, protocol) && !Protocols.Contains(variable(protocol)))
                problems.Add($"{protocol}: '{variable(protocol)}' is none of {string.Join(", ", Protocols)}; it is ignored");
            if (signal is null) continue;
            string[] others = [.. Listed(variable(ExporterOf(signal))).Where(e => e is not ("otlp" or "none"))];
            if (others.Length > 0) problems.Add($"{ExporterOf(signal)}: there is no exporter '{others[0]}' here, only otlp; it is ignored");
        }

        return problems;
    }

    // The environment comes last, and so wins over ours.
    private static void Describe(ResourceBuilder resource, string role) => resource.Clear()
        .AddService("streamsched-" + role, serviceNamespace: "streamsched", serviceVersion: typeof(OpenTelemetryExport).Assembly.GetName().Version?.ToString(3))
        .AddTelemetrySdk().AddEnvironmentVariableDetector();

    private static string EndpointOf(string? signal) => Of(signal, "ENDPOINT");

    private static string ProtocolOf(string? signal) => Of(signal, "PROTOCOL");

    private static string Of(string? signal, string what) => signal is null ? $"OTEL_EXPORTER_OTLP_{what}" : $"OTEL_EXPORTER_OTLP_{signal}_{what}";

    private static string ExporterOf(string signal) => $"OTEL_{signal}_EXPORTER";

    private static string[] Listed(string? list) =>
        (list ?? "").ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool IsUrl(string? text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is ("http" or "https");

    private static bool IsSet(Func<string, string?> variable, string name) => !string.IsNullOrWhiteSpace(variable(name));
}
