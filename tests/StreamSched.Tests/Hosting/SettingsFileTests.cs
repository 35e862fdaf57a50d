using StreamSched.Hosting;

namespace StreamSched.Tests.Hosting;

public sealed class SettingsFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void C6_All_faults_come_at_once_with_path_and_line_and_no_type_of_ours()
    {
        string said = Fault("""
            {
              "linkz": [],
              "links": [
                { "from": "a", "to": "b", "latencyMs": "4" },
                { "from": "b", "to": "a", "jitterMs": -1 },
                { "to": "c", "mbitPerSecond": 0, "mbit": 5 }
              ],
              "local": [],
              "tasks": { "fashion": { "deadlineMs": "150" }, "digits": { "deadlineMs": 0 }, "digits": { "deadlineMs": 5 } },
              "users": { "inspector": { "minAccuracy": 92 } },
              "value": "speed"
            }
            """);
        Assert.Equal(
            [
                "tasks.digits (line 9): is given a second time",
                "links[0].latencyMs (line 4): is a text where a number belongs",
                "links[1].jitterMs (line 5): -1 is not in 0 .. 60000",
                "links[1] (line 5): there is a link between 'b' and 'a' already",
                "links[2].from (line 6): is missing",
                "links[2].mbitPerSecond (line 6): 0 is not in 0.001 .. 1000000000",
                "links[2].mbit (line 6): unknown key; link has: from, jitterMs, latencyMs, mbitPerSecond, moneyPerGigabyte, to",
                "local (line 8): is a list where an object belongs",
                "tasks.fashion.deadlineMs (line 9): is a text where a number belongs",
                "tasks.digits.deadlineMs (line 9): 0 is not in 0.001 .. 3600000",
                "users.inspector.minAccuracy (line 10): 92 is not in 0 .. 1",
                "value (line 11): there is no 'speed'; there are: balanced, latency, energy, accuracy, throughput",
                "linkz (line 2): unknown key; settings has: links, local, other, tasks, users, value",
            ],
            said.Split("\n  ")[1..]);
        Assert.DoesNotContain("StreamSched.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"value\": ", "line 1: ")]
    [InlineData("{\n \"value\": \"latency\"\n \"local\": {} }", "line 3: ")]
    [InlineData("[]", "document (line 1): is a list where an object belongs")]
    [InlineData("", "is empty")]
    public void C6_What_is_no_JSON_is_said_with_its_line(string text, string expected)
    {
        string said = Fault(text);
        Assert.Contains(expected, said, StringComparison.Ordinal);
        Assert.DoesNotContain("BytePosition", said, StringComparison.Ordinal);
    }

    [Fact]
    public void C6_What_is_left_out_has_its_default()
    {
        File.WriteAllText(
            _file, "\uFEFF{ \"tasks\": { \"a\": {} }, /* nothing */ \"users\": { \"b\": {} }, \"links\": [{ \"from\": \"x\", \"to\": \"y\" },], }");
        SettingsFile settings = SettingsFile.Read(_file);
        Assert.Equal((1000.0, 0f, "accuracy", 0.0, null), (settings.Tasks["a"], settings.Users["b"], settings.Value, settings.Links[0].LatencyMs,
            settings.Links[0].MbitPerSecond));
        Assert.Equal((0.5, 5.0), (settings.Local.LatencyMs, settings.Other.LatencyMs));
    }

    private string Fault(string text)
    {
        File.WriteAllText(_file, text);
        string said = Assert.Throws<UsageException>(() => SettingsFile.Read(_file)).Message;
        Assert.StartsWith(_file, said, StringComparison.Ordinal);
        return said;
    }
}
