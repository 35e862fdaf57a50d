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
    [InlineData(2, "url", "topics", "check", "--kafka", "security-protocol=sasl-ssl", "--kafka", "sasl-mechanism=oauthbearer", "--kafka", "librdkafka.sasl.oauthbearer.method=oidc")]
    [InlineData(2, "Unrecognized", "status", "--nonsense")]
    [InlineData(2, "--id", "device")]
    public async Task C5_What_was_asked_wrongly_is_said_in_a_line(int code, string text, params string[] arguments)
    {
        (int Code, string Out, string Error) run = await Cli.RunAsync(arguments);
        Assert.Equal(code, run.Code);
        Assert.Contains(text, run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Null(Fault(run.Code, run.Error));
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
        foreach (string policy in PolicySource.ShippedFiles.Where(f => f.EndsWith(".onnx", StringComparison.Ordinal)).Select(f => Path.GetFileNameWithoutExtension(f)))
            Assert.NotNull(StreamSched.Bench.SchedulerLoop.Settings(policy).Prepare);
        (int code, _, string error) = await Cli.RunAsync("bench", "route", "--policies", "nonsense");
        Assert.Equal((2, true), (code, error.Contains("there is no 'nonsense'", StringComparison.Ordinal)));
    }

    private static string? Fault(int code, string error)
    {
        if (code is not (0 or 1 or 2)) return $"exit code {code}";
        if (code != 0 && error.Length == 0) return "fails without a word";
        if (error.Contains("   at ", StringComparison.Ordinal)) return "stack trace";
        if (error.Contains("unexpected:", StringComparison.Ordinal)) return "the last resort was needed";
        if (error.Contains("System.", StringComparison.Ordinal) || error.Contains("StreamSched.", StringComparison.Ordinal)) return "names a type of the program";
        if (error.Any(c => c is not ('\n' or '\t') && (char.IsControl(c) || c is >= '\u202A' and <= '\u202E'))) return "raw control characters";
        return null;
    }
}
