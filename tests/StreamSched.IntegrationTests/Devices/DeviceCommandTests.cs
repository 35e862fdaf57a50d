using System.Text.Json;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Devices;

/// <summary><c>streamsched device</c> and <c>streamsched send</c>, as a user runs them.</summary>
public class DeviceCommandTests(BrokerFixture brokers)
{
    private static readonly string Fashion = Checkout.Path("models", "frames", "fashion-2000-images-idx3-ubyte.gz");
    private static readonly string Digits = Checkout.Path("models", "frames", "digits-599-images-idx3-ubyte.gz");

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Devices_play_frames_and_one_frame_is_sent(string broker)
    {
        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync(broker), null, Installation.Worker("w", "fashion-m", "digits-m"));

        (int code, string output, string error) = await RunAsync(
            installation, "device", "--id", "cam", "--devices", "3", "--task", "fashion", "--frames", Fashion, "--rate", "200",
            "--poisson", "--count", "100", "--deadline", "20s", "30s", "--feedback", "--json");
        Assert.True(code == 0, error + output);
        JsonElement figures = JsonDocument.Parse(output).RootElement;
        Assert.Equal(
            (300, 300, 300), (figures.GetProperty("sent").GetInt64(), figures.GetProperty("ok").GetInt64(), figures.GetProperty("labelled").GetInt64()));
        Assert.InRange(figures.GetProperty("accuracy").GetDouble(), 0.86, 1);
        Assert.InRange(figures.GetProperty("latencyMs").GetProperty("p50").GetDouble(), 0.1, 20_000);

        (code, output, _) = await RunAsync(
            installation, "device", "--id", "pen", "--task", "digits", "--frames", Digits, "--rate", "500", "--seconds", "0.4", "--deadline", "1ms");
        Assert.Equal(0, code); // answered, though perhaps with a no
        Assert.Contains("sent        200", output, StringComparison.Ordinal);

        (code, output, error) = await RunAsync(installation, "send", Fashion + "#17", "--task", "fashion", "--deadline", "20s");
        Assert.True(code == 0, error + output);
        Assert.StartsWith("OK, in time", output, StringComparison.Ordinal);
        Assert.Contains("w, cpu, fashion-m", output, StringComparison.Ordinal);

        (code, output, _) = await RunAsync(
            installation, "send", Fashion + "#17", "--task", "fashion", "--deadline", "20s", "--min-accuracy", "0.999", "--json");
        Assert.Equal(1, code);
        Assert.Equal(("REJECTED", "accuracy"), (JsonDocument.Parse(output).RootElement.GetProperty("status").GetString(),
            JsonDocument.Parse(output).RootElement.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task What_cannot_be_played_is_said_before_anything_is_sent()
    {
        string image = Path.Combine(Directory.CreateTempSubdirectory("streamsched-frames-").FullName, "photo.webp");
        await File.WriteAllBytesAsync(image, [1, 2, 3]);
        (string[] Arguments, int Code, string Message)[] cases =
        [
            (["send", image, "--task", "fashion"], 1, "images of this kind are not supported"),
            (["send", Fashion, "--task", "fashion"], 2, "name one"),
            (["send", Fashion + "#2000", "--task", "fashion"], 1, "has frames 0 to 1999"),
            (["send", Fashion + "#1", "--task", "fashion", "--deadline", "soon"], 2, "no duration"),
            (["send", Fashion + "#1", "--task", "fashion", "--kafka", "connect-timeout=1s"], 1, "no Kafka broker answers"),
            (["device", "--id", "a", "--task", "fashion", "--frames", Path.GetDirectoryName(image)!], 1, "images of this kind are not supported"),
            (["device", "--id", "a", "--task", "fashion", "--frames", Fashion, "--trace", image], 1, "no column time_s"),
            (["device", "--id", "a", "--task", "fashion", "--frames", Fashion, "--rate", "0"], 2, "--rate"),
        ];
        foreach ((string[] arguments, int code, string message) in cases)
        {
            (int ended, string output, string error) = await RunAsync(null, arguments);
            Assert.Equal((code, ""), (ended, output));
            Assert.Contains(message, error, StringComparison.Ordinal);
        }
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(Installation? installation, params string[] arguments)
    {
        Cli ended = await (installation is null
            ? Cli.RunAsync(CancellationToken.None, [.. arguments, "--bootstrap", "127.0.0.1:1", "--log-level", "Error"])
            : Cli.RunAsync(installation.Broker, arguments)).WaitAsync(TimeSpan.FromSeconds(90));
        return (ended.ExitCode, ended.Output, ended.Error);
    }
}
