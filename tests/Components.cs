using System.Diagnostics;

namespace StreamSched.Tests;

/// <summary>External components that some tests need: used where they are, skipped loudly where not, demanded by STREAMSCHED_REQUIRE.</summary>
internal static class Components
{
    private static readonly Dictionary<string, (Lazy<string?> Found, string Hint)> Known = new()
    {
        ["kafka"] = (new(() => OnPath("java") is null ? null : Variable("KAFKA_HOME")),
            "set KAFKA_HOME to a folder of Apache Kafka with libs/*.jar, and install a Java runtime"),
        ["avro-java"] = (new(() => OnPath("javac") is null && OnPath("java") is null ? null : Variable("AVRO_JAVA_HOME")),
            "set AVRO_JAVA_HOME to a folder with libs/avro-*.jar and what it needs, and install Java"),
        ["otelcol"] = (new(() => Variable("OTELCOL")), "set OTELCOL to an OpenTelemetry collector"),
        ["toxiproxy"] = (new(() => Variable("TOXIPROXY")), "set TOXIPROXY to a toxiproxy-server"),
        ["python"] =
            (new(() => PythonWith("avro, confluent_kafka")), "install Python 3 with avro and confluent-kafka (Debian: python3-avro python3-confluent-kafka)"),
        ["torch"] = (new(() => PythonWith("torch")), "install Python 3 with torch (Debian: python3-torch)"),
        ["ope"] = (new(() => Variable("STREAMSCHED_OPE")), "set STREAMSCHED_OPE to a folder with log.csv and estimates.json of a reference implementation"),
        ["obd"] = (new(() => Variable("STREAMSCHED_OBD")),
            "set STREAMSCHED_OBD to a folder of the Open Bandit Dataset: random/men/men.csv.gz and bts/men/men.csv.gz"),
        ["npm"] = (new(() => OnPath("npm")), "install npm"),
        ["docker-compose"] = (new(() => OnPath("docker-compose")), "install docker-compose"),
    };

    /// <summary>Where a component is; skips the test if it is missing, or fails it where STREAMSCHED_REQUIRE names it.</summary>
    public static string Require(string name)
    {
        var (found, hint) = Known[name];
        if (found.Value is { } path) return path;
        string reason = $"{name} is missing: {hint}";
        if ((Environment.GetEnvironmentVariable("STREAMSCHED_REQUIRE") ?? "").Split(',').Contains(name)) Assert.Fail(reason);
        Assert.Skip(reason);
        return "";
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } path && (File.Exists(path) || Directory.Exists(path)) ? path : null;

    private static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    // Debian's own first: that is where its packages are, whatever other Python comes first on the path.
    private static string? PythonWith(string modules) =>
        new[] { "/usr/bin/python3", OnPath("python3") }.FirstOrDefault(python => python is not null && File.Exists(python) && Imports(python, modules));

    private static bool Imports(string python, string modules)
    {
        using var process = Process.Start(
            new ProcessStartInfo(python, ["-c", $"import {modules}"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
