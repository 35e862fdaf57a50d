using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using StreamSched.Kafka;

namespace StreamSched.Hosting;

/// <summary>
/// Metrics and spans to an OpenTelemetry collector, on where an OTLP endpoint is set in the environment. The standard variables hold: OTEL_SERVICE_NAME,
/// OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_PROTOCOL, …_HEADERS, …_TIMEOUT, OTEL_METRIC_EXPORT_INTERVAL, OTEL_TRACES_SAMPLER, OTEL_SDK_DISABLED and
/// OTEL_METRICS_EXPORTER or OTEL_TRACES_EXPORTER = none.
/// </summary>
internal sealed class OpenTelemetryExport : IDisposable
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private readonly ProcessInstruments _process;
    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    private OpenTelemetryExport(string role, bool metrics, bool traces, TimeProvider time)
    {
        _process = new ProcessInstruments(time);
        if (metrics)
        {
            _metrics = Sdk.CreateMeterProviderBuilder().ConfigureResource(resource => Describe(resource, role)).AddMeter(Tracing.Name, "System.Runtime").AddOtlpExporter().Build();
        }

        if (traces) _traces = Sdk.CreateTracerProviderBuilder().ConfigureResource(resource => Describe(resource, role)).AddSource(Tracing.Name).AddOtlpExporter().Build();
    }

    /// <summary>Begins to export, if the environment asks for it.</summary>
    /// <param name="role">What the process is, such as scheduler: its service is streamsched-scheduler unless OTEL_SERVICE_NAME says otherwise.</param>
    /// <param name="time">Clock.</param>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <returns>To be disposed of at the end, which sends the rest; null: nothing is exported.</returns>
    public static OpenTelemetryExport? Start(string role, TimeProvider time, Func<string, string?> variable)
    {
        (bool metrics, bool traces) = Wanted(variable);
        return metrics || traces ? new OpenTelemetryExport(role, metrics, traces, time) : null;
    }

    /// <summary>Which signals the environment asks for.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    public static (bool Metrics, bool Traces) Wanted(Func<string, string?> variable)
    {
        if (string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)) return (false, false);
        bool all = IsSet(variable, Endpoint);
        return (Signal("METRICS"), Signal("TRACES"));

        bool Signal(string name) =>
            (all || IsSet(variable, $"OTEL_EXPORTER_OTLP_{name}_ENDPOINT")) && !string.Equals(variable($"OTEL_{name}_EXPORTER"), "none", StringComparison.OrdinalIgnoreCase);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
        _process.Dispose();
    }

    // The environment comes last, and so wins over ours.
    private static void Describe(ResourceBuilder resource, string role) => resource.Clear()
        .AddService("streamsched-" + role, serviceNamespace: "streamsched", serviceVersion: typeof(OpenTelemetryExport).Assembly.GetName().Version?.ToString(3))
        .AddTelemetrySdk().AddEnvironmentVariableDetector();

    private static bool IsSet(Func<string, string?> variable, string name) => !string.IsNullOrWhiteSpace(variable(name));
}
