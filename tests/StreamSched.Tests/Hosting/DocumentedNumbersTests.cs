using System.Globalization;
using StreamSched.Client;
using StreamSched.Core.Requests;
using StreamSched.Core.Serving;
using StreamSched.Kafka.Settings;
using StreamSched.Schedulers;
using StreamSched.Workers;

namespace StreamSched.Tests.Hosting;

/// <summary>Numbers in documents are those of the program.</summary>
public class DocumentedNumbersTests
{
    private static readonly string Contract = File.ReadAllText(Checkout.Path("schemas", "README.md"));
    private static readonly string Devices = File.ReadAllText(Checkout.Path("docs", "devices.md"));
    private static readonly string Operations = File.ReadAllText(Checkout.Path("docs", "operations.md"));
    private static readonly string Settings = File.ReadAllText(Checkout.Path("docs", "settings.md"));

    [Fact]
    public void C6_What_a_device_may_send_and_how_long_it_waits()
    {
        DispatchSettings dispatch = new() { SchedulerId = "s" };
        DeviceClientSettings device = new();
        KafkaSettings kafka = new() { BootstrapServers = "b:1" };
        RequestClock clock = new();
        Assert.Equal((1.0, 6.0), (clock.FutureTolerance.TotalSeconds, clock.PastTolerance.TotalHours));
        Says(Contract, "clock ahead by more than a second, or behind by more than six hours");
        Assert.Equal(1, dispatch.MaxDeadline.TotalHours);
        Says(Contract, "a deadline of 0 or less, or more than an hour");
        Assert.Equal((1.0, 1.0), (dispatch.Lifecycle.Grace.TotalSeconds, device.Grace.TotalSeconds));
        Says(Contract, "plus a grace of one second");
        Assert.Equal((10.0, 6.0), (device.Margin.TotalSeconds, kafka.SessionTimeout.TotalSeconds));
        Says(Contract, "session time-out (6 s by default)");
        Says(Contract, "gives up eleven seconds after the deadline");
        Says(Devices, "deadline, grace (1 s) and margin (10 s)");
        Assert.Equal(10, dispatch.Deduplication.TotalMinutes);
        Says(Contract, "within ten minutes that is the same request");
        Assert.Equal(128, RequestCheck.MaxNameBytes);
        Says(Contract, "Device ids have 1 to 128 bytes, tasks, users and sites up to 128");
        Assert.Equal(8 * 1024 * 1024, dispatch.MaxPayloadBytes);
        Says(Contract, "no payload or more than 8 MiB of it, a weight that is not above 0 and at most 1,000,000"); // held by DispatcherTests
    }

    [Fact]
    public void C6_How_workers_and_schedulers_keep_each_other_informed()
    {
        TimeSpan period = new WorkerSettings { Id = "w", Models = "m" }.TelemetryPeriod;
        Assert.Equal(250, period.TotalMilliseconds);
        Says(Operations, "four times a second unless told otherwise");
        LivenessRule rule = new();
        long micros = (long)period.TotalMicroseconds;
        Assert.Equal(
            (Liveness.Fresh, Liveness.Quiet, Liveness.Quiet, Liveness.Dead), (rule.Evaluate(3 * micros, micros), rule.Evaluate((3 * micros) + 1, micros),
                rule.Evaluate(8 * micros, micros), rule.Evaluate((8 * micros) + 1, micros)));
        Says(Operations, "up to 3 periods");
        Says(Operations, "up to 8 *quiet*, no new work; older *dead*");
        Assert.Equal(10, new SchedulerRoleSettings { Dispatch = new DispatchSettings { SchedulerId = "s" } }.LoadPeriod.TotalMilliseconds);
        Says(Operations, "every 10 ms while several share the work");
    }

    [Fact]
    public void C6_The_defaults_of_the_settings_of_Kafka()
    {
        KafkaSettings kafka = new() { BootstrapServers = "b:1" };
        (string Name, string Default)[] known =
        [
            ("prefix", kafka.Prefix), ("client-id", kafka.ClientId), ("group-protocol", kafka.GroupProtocol.ToString()),
            ("static-member-id", kafka.StaticMemberId ?? "none"), ("session-timeout", Text(kafka.SessionTimeout)),
            ("compression", kafka.Compression.ToString()), ("linger", Text(kafka.Linger)), ("delivery-timeout", Text(kafka.DeliveryTimeout)),
            ("connect-timeout", Text(kafka.ConnectTimeout)), ("fetch-wait", Text(kafka.FetchWait)), ("security-protocol", kafka.Security.Protocol.ToString()),
            ("sasl-mechanism", kafka.Security.Mechanism?.ToString() ?? "none"),
        ];
        foreach ((string name, string value) in known)
        {
            string row = Assert.Single(Settings.Split('\n'), line => line.StartsWith($"| `{name}` |", StringComparison.Ordinal));
            Assert.Equal(value, row.Split('|')[4].Trim().Trim('`'));
        }

        static string Text(TimeSpan time) => time < TimeSpan.FromSeconds(1)
            ? time.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture) + "ms"
            : time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) + "s";
    }

    private static void Says(string document, string sentence) =>
        Assert.Contains(sentence, document.Replace("\n", " ", StringComparison.Ordinal), StringComparison.Ordinal);
}
