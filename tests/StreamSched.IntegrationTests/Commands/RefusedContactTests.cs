using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Commands;

/// <summary>Brokers that are there and take nobody: every command says why, long before its time limit.</summary>
public class RefusedContactTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(10); // connect-timeout is a minute here

    public static TheoryData<string, string, string> Cases
    {
        get
        {
            TheoryData<string, string, string> cases = [];
            foreach (string command in (string[])["topics check", "topics create", "status", "tail results", "worker list", "policy show", "dead-letters list",
                "scheduler", "worker --id w --models MODELS"])
                cases.Add(command, "password", "Check sasl-mechanism, sasl-username and sasl-password");
            foreach (string command in (string[])["topics check", "status", "scheduler"])
            {
                cases.Add(command, "mechanism", "Check sasl-mechanism, sasl-username and sasl-password");
                cases.Add(command, "certificate", "Check security-protocol and ssl-ca");
                cases.Add(command, "tls to a plain listener", "Check bootstrap and security-protocol");
            }

            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task C8_The_cause_is_said_at_once(string command, string fault, string advice)
    {
        TestBroker place = await brokers.ConnectAsync("real");
        RealKafka real = await brokers.RealAsync();
        string[] settings = fault switch
        {
            "password" => ["security-protocol=SaslSsl", "sasl-mechanism=ScramSha512", "sasl-password=not-the-password-91", $"ssl-ca={real.CaFile}"],
            "mechanism" => ["security-protocol=SaslSsl", "sasl-mechanism=Plain", $"sasl-password={RealKafka.Password}", $"ssl-ca={real.CaFile}"],
            "certificate" => ["security-protocol=SaslSsl", "sasl-mechanism=ScramSha512", $"sasl-password={RealKafka.Password}"],
            _ => ["security-protocol=Ssl", $"ssl-ca={real.CaFile}"],
        };
        if (settings.Length > 2) settings = [.. settings, $"sasl-username={RealKafka.User}"];
        string[] arguments =
        [
            .. command.Replace("MODELS", Checkout.Path("models"), StringComparison.Ordinal).Split(' '),
            "--bootstrap", fault == "tls to a plain listener" ? real.BootstrapServers : real.SecureBootstrapServers, "--prefix", place.Settings.Prefix,
            "--log-level", "None", "--kafka", "connect-timeout=1m", .. settings,
        ];
        Cli run = await Cli.RunAsync(CancellationToken.None, arguments).WaitAsync(Moment);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(advice, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-password-91", run.Error, StringComparison.Ordinal);
    }
}
