using StreamSched.Hosting;

namespace StreamSched.Tests.Hosting;

public class OpenTelemetryExportTests
{
    [Theory]
    [InlineData("", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317", true, true)]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4317", false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://c:4317", true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_TRACES_EXPORTER=none", true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_METRICS_EXPORTER=none", false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_SDK_DISABLED=true", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_TRACES_EXPORTER=console,otlp", true, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_TRACES_EXPORTER=console", true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=nonsense", true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://c:4317", false, false)]
    public void The_environment_says_what_is_exported(string environment, bool metrics, bool traces)
    {
        Dictionary<string, string> variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .ToDictionary(p => p[0], p => p[1]);
        Assert.Equal((metrics, traces), OpenTelemetryExport.Wanted(name => variables.GetValueOrDefault(name)));
    }

    [Theory]
    [InlineData(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317",
        "OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' is no URL such as http://collector:4317; nothing is sent there")]
    [InlineData(
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' is none of grpc, http/protobuf; it is ignored")]
    [InlineData("OTEL_METRICS_EXPORTER", "prometheus", "OTEL_METRICS_EXPORTER: there is no exporter 'prometheus' here, only otlp; it is ignored")]
    [InlineData("OTEL_METRICS_EXPORTER", "none", null)]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", null)]
    public void C6_A_value_that_cannot_be_followed_is_said(string name, string value, string? problem) =>
        Assert.Equal(problem is null ? [] : [problem], OpenTelemetryExport.Problems(n => n == name ? value : null));
}
