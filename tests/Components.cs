namespace StreamSched.Tests;

/// <summary>External components that some tests need: used where they are, skipped loudly where not, demanded by STREAMSCHED_REQUIRE.</summary>
internal static class Components
{
    private static readonly Dictionary<string, (Func<string?> Find, string Hint)> Known = new()
    {
        ["kafka"] = (() => Variable("KAFKA_HOME"), "set KAFKA_HOME to a folder of Apache Kafka with libs/*.jar"),
        ["avro-java"] = (() => Variable("AVRO_JAVA_HOME"), "set AVRO_JAVA_HOME to a folder with libs/avro-*.jar and what it needs"),
        ["otelcol"] = (() => Variable("OTELCOL"), "set OTELCOL to an OpenTelemetry collector"),
        ["toxiproxy"] = (() => Variable("TOXIPROXY"), "set TOXIPROXY to a toxiproxy-server"),
        ["python"] = (() => File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : null, "install python3 with python3-avro and python3-confluent-kafka"),
        ["torch"] = (() => Directory.Exists("/usr/lib/python3/dist-packages/torch") ? "/usr/bin/python3" : null, "install python3-torch"),
        ["npm"] = (() => OnPath("npm"), "install npm"),
        ["docker-compose"] = (() => OnPath("docker-compose"), "install docker-compose"),
    };

    /// <summary>Where a component is; skips the test if it is missing, or fails it where STREAMSCHED_REQUIRE names it.</summary>
    public static string Require(string name)
    {
        var (find, hint) = Known[name];
        if (find() is { } path) return path;
        string reason = $"{name} is missing: {hint}";
        if ((Environment.GetEnvironmentVariable("STREAMSCHED_REQUIRE") ?? "").Split(',').Contains(name)) Assert.Fail(reason);
        Assert.Skip(reason);
        return "";
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } path && (File.Exists(path) || Directory.Exists(path)) ? path : null;

    private static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
