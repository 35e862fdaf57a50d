using System.Globalization;
using StreamSched.IntegrationTests.Telemetry;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Commands;

/// <summary>The program itself, as a process, given what nobody means: what the tests within a process cannot see of exit codes, of the log and of the
/// environment.</summary>
public class HostileProcessTests
{
    [Theory]
    [InlineData("", "scheduler", "--settings", "/dev/zero")]
    [InlineData("", "scheduler", "--policy", "/dev/zero")]
    [InlineData("", "worker", "--id", "w", "--schemas", "/etc/passwd")]
    [InlineData("", "demo", "--policy", "best[2].json")]
    [InlineData("", "demo", "--policy", "\u001b[31mbest\n[red]x[/]")]
    [InlineData("", "simulate", "-s", "/dev/zero")]
    [InlineData("", "simulate", "-s", "small,small")]
    [InlineData("", "bench", "route", "--policies", "neural,nope")]
    [InlineData("", "experiment", "\u001b]0;x\u0007")]
    [InlineData("", "policy", "use", "price", "--reject-score=99999999999999999999")]
    [InlineData("", "train", "price", "-s", "small", "--out", "/proc/none")]
    [InlineData("SSL_CA=/dev/zero", "topics", "check", "--kafka", "security-protocol=Ssl")]
    [InlineData("SSL_CA=/etc/passwd", "topics", "check", "--kafka", "security-protocol=Ssl")]
    [InlineData("SASL_PASSWORD_FILE=/dev/zero", "status", "--kafka", "security-protocol=SaslPlaintext", "sasl-mechanism=Plain", "sasl-username=u")]
    [InlineData("PARTITIONS=1e999", "status")]
    [InlineData("BOOTSTRAP=\u001b[31m[red]:x", "status")]
    public async Task C5_It_ends_with_a_line(string variable, params string[] arguments)
    {
        Dictionary<string, string> environment = variable.Length == 0
            ? [] : new() { ["STREAMSCHED_KAFKA_" + variable.Split('=')[0]] = variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..] };
        await using RunningProgram program = new(RunningProgram.StreamSched, environment, arguments);
        Assert.Contains(await program.EndAsync(), (int[])[1, 2]);
        Assert.Null(Refusal.Fault(2, "", program.Output, mostLines: 4));
    }

    [Theory]
    [InlineData("scheduler")]
    [InlineData("worker")]
    public async Task C5_A_port_that_is_not_for_this_user_is_named(string role)
    {
        const string FirstOpen = "/proc/sys/net/ipv4/ip_unprivileged_port_start", SetUser = "/usr/bin/setpriv";
        Assert.SkipUnless(
            File.Exists(FirstOpen) && int.Parse(await File.ReadAllTextAsync(FirstOpen), CultureInfo.InvariantCulture) > 80,
            "skipped: every user of this machine may open port 80");
        bool isRoot = Environment.IsPrivilegedProcess;
        Assert.SkipUnless(!isRoot || File.Exists(SetUser), "skipped: this is root, and there is no setpriv to be another user");
        string folder = Path.GetDirectoryName(RunningProgram.StreamSched)!;
        string[] asNobody = isRoot ? [SetUser, "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
        if (isRoot)
        {
            await using RunningProgram look = new(
                asNobody[0], new Dictionary<string, string>(), [.. asNobody[1..], "test", "-r", Path.Combine(folder, "streamsched.dll")]);
            Assert.SkipUnless(await look.EndAsync() == 0, $"skipped: another user may not read {folder}");
        }

        string[] command =
        [
            .. asNobody, "dotnet", Path.Combine(folder, "streamsched.dll"), role,
            .. role == "worker" ? ["--id", "w", "--models", Checkout.Path("models")] : Array.Empty<string>(),
            "--health-port", "80", "--bootstrap", "127.0.0.1:1",
        ];
        await using RunningProgram program = new(command[0], new Dictionary<string, string> { ["HOME"] = Path.GetTempPath() }, command[1..]);
        int code = await program.EndAsync();
        Assert.True(code == 2, program.Output);
        Assert.Contains("port 80 cannot be opened for health checks", program.Output, StringComparison.Ordinal);
        Assert.Null(Refusal.Fault(code, "", program.Output, mostLines: 1));
    }
}
