using StreamSched.Hosting;

namespace StreamSched.Tests.Commands;

/// <summary>What commands make of what nobody means.</summary>
public class HostileInputTests
{
    [Theory]
    [InlineData(2, "--health-port: '99999' is not a whole number within 0 and 65535", "scheduler", "--health-port", "99999")]
    [InlineData(2, "--health-port: '-1'", "worker", "--id", "w", "--health-port", "-1")]
    [InlineData(2, "there is no 'best[2].json'", "demo", "--policy", "best[2].json")]
    [InlineData(2, "two are called 'small'", "simulate", "-s", "small,small")]
    [InlineData(2, "acks", "topics", "check", "--kafka", "librdkafka.acks=0")]
    [InlineData(2, "ssl", "topics", "check", "--kafka", "security-protocol=ssl", "--kafka", "ssl-ca=/etc/passwd")]
    [InlineData(
        2, "url", "topics", "check", "--kafka", "security-protocol=sasl-ssl", "--kafka", "sasl-mechanism=oauthbearer", "--kafka",
        "librdkafka.sasl.oauthbearer.method=oidc")]
    [InlineData(2, "Unrecognized", "status", "--nonsense")]
    [InlineData(2, "--html: give the name of a file", "simulate", "-s", "small", "--html", "-")]
    [InlineData(2, "--trace: give the name of a file", "simulate", "-s", "small", "--trace", "-")]
    [InlineData(2, "is no place for a file", "train", "price", "-s", "small", "--out", "/proc/none")]
    [InlineData(2, "--user: may not be empty", "device", "--id", "d", "--task", "t", "--frames", "f", "--user=", "--feedback")]
    [InlineData(2, "'127.0.0.1:99999' is not HOST:PORT", "status", "--bootstrap", "127.0.0.1:99999")]
    [InlineData(2, "client-id: '\\u001b[31m'", "status", "--kafka", "client-id=\u001b[31m")]
    [InlineData(2, "ssl.ca.location: /dev/zero: has more than", "status", "--kafka", "security-protocol=Ssl", "librdkafka.ssl.ca.location=/dev/zero")]
    [InlineData(2, "there is no experiment '\\u000a'", "experiment", "\n")]
    [InlineData(2, "is not A,B with two variants of the folder", "profile", "--pair", "../a,b")]
    [InlineData(2, "more than 16 layers", "bench", "network", "--hidden", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1")]
    [InlineData(2, "must be 1 to 64", "worker", "--id", "W")]
    [InlineData(2, "--id", "device")]
    public async Task C5_What_was_asked_wrongly_is_said_in_a_line(int code, string text, params string[] arguments)
    {
        (int Code, string Out, string Error) run = await Cli.RunAsync(arguments);
        Assert.Equal(code, run.Code);
        Assert.Contains(text, run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Null(Refusal.Fault(run.Code, run.Out, run.Error));
    }

    [Fact]
    public async Task C5_All_wrong_options_are_told_at_once()
    {
        (int code, _, string error) = await Cli.RunAsync("scheduler", "--health-port", "99999", "--seed", "-1", "--exploration", "7", "--log-level", "loud");
        Assert.Equal(2, code);
        Assert.Equal(4, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task C5_Every_policy_that_the_list_shows_can_be_measured_on_the_route()
    {
        foreach (string policy in PolicySource.ShippedFiles.Where(f => f.EndsWith(".onnx", StringComparison.Ordinal))
            .Select(f => Path.GetFileNameWithoutExtension(f)))
            Assert.NotNull(StreamSched.Bench.SchedulerLoop.Settings(policy).Prepare);
        (int code, _, string error) = await Cli.RunAsync("bench", "route", "--policies", "nonsense");
        Assert.Equal((2, true), (code, error.Contains("there is no 'nonsense'", StringComparison.Ordinal)));
    }
}
