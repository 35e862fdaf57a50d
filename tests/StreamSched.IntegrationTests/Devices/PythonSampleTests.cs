using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using StreamSched.Avro.Records;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Topics;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>The sample in Python, which shares no code with this, as its users run it.</summary>
public class PythonSampleTests(BrokerFixture brokers)
{
    private static readonly string Folder = Checkout.Path("samples", "python");

    [Theory]
    [InlineData("fashion", "fashion-2000", "fashion-m", 600)]
    [InlineData("digits", "digits-599", "digits-m", 599)]
    public async Task Frames_sent_from_python_are_answered_as_accurately_as_the_manifest_says(string task, string frames, string variant, int count)
    {
        Components.Require("python");
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("real"), null, Installation.Worker("w", variant));

        (int code, string output, string error) = await SendAsync(
            installation, "--task", task, "--images", Checkout.Path("models", "frames", $"{frames}-images-idx3-ubyte.gz"),
            "--labels", Checkout.Path("models", "frames", $"{frames}-labels-idx1-ubyte.gz"), "--count", count.ToString(CultureInfo.InvariantCulture),
            "--feedback");

        Assert.True(code == 0, output + error);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal($$"""{"OK": {{count}}}""", report.GetProperty("statuses").GetRawText());
        Assert.Equal((count, 0), (report.GetProperty("onTime").GetInt32(), report.GetProperty("duplicates").GetInt32()));
        Assert.InRange(report.GetProperty("accuracy").GetDouble(), task == "fashion" ? 0.88 : 0.97, 1);
        Assert.Equal(count, Feedback(installation).Count(f => f is { Label: >= 0 and <= 9, OnTime: true, Received: > 0 }));
    }

    [Fact]
    public async Task Its_fingerprints_are_those_of_the_schemas()
    {
        string script = "import pathlib, json, streamsched_client as s\n"
            + "for f in sorted(s.SCHEMAS.glob('*.avsc')): print(f.stem, '%016X' % s.crc64_avro(s.canonical_form(json.loads(f.read_text())).encode()))";
        (int code, string output, string error) = await RunAsync(Components.Require("python"), "-c", script);
        Assert.True(code == 0, error);
        Assert.Equal(
            WireSchemas.All.Select(schema => $"{schema.Name} {schema.Fingerprint:X16}").Order(StringComparer.Ordinal),
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    private static List<Feedback> Feedback(Installation installation)
    {
        string topic = installation.Kafka.Topics.Of(TopicCatalogue.Feedback);
        List<Feedback> told = [];
        using TopicReader reader = new(installation.Kafka, TestBroker.Loggers, TimeProvider.System, topic);
        reader.FollowAll(installation.Kafka, topic);
        reader.CatchUp((in ReceivedRecord record) =>
        {
            Assert.True(StreamSched.Avro.Records.Feedback.TryDecodeFramed(record.Value, out Feedback? feedback, out _));
            Assert.Null(feedback.RangeFault());
            told.Add(feedback);
        }, TimeSpan.FromSeconds(30));
        return told;
    }

    /// <summary>Runs the sample on an installation, with a JSON report.</summary>
    internal static Task<(int Code, string Output, string Error)> SendAsync(Installation installation, params string[] arguments) => RunAsync(
        Components.Require("python"),
        [
            Path.Combine(Folder, "send_frames.py"), "--bootstrap", installation.Kafka.BootstrapServers, "--prefix", installation.Kafka.Prefix, "--rate",
                "300", "--deadline-ms", "20000", "--json",
            .. arguments,
        ]);

    private static async Task<(int Code, string Output, string Error)> RunAsync(string python, params string[] arguments)
    {
        ProcessStartInfo start = new(python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        return (process.ExitCode, await output, await error);
    }
}
