using Microsoft.Extensions.Logging;
using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Kafka.Settings;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>The program in docs/devices.md compiles and does what stands there.</summary>
public class DocumentedExampleTests(BrokerFixture brokers)
{
    [Fact]
    public async Task C6_The_program_of_the_documentation_gets_its_answer()
    {
        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync("embedded"), null, Installation.Worker("edge", "fashion-s"));
        string said = await Example(installation.Kafka, TestBroker.Loggers, EndToEndTests.Frames("fashion-2000")[0].Payload);

        // Its deadline is short: on a machine that does much else there may be no answer in time.
        Assert.Matches("^([^,]+, (in time|late))?$", said);

        string source = await File.ReadAllTextAsync(Checkout.Path("tests", "StreamSched.IntegrationTests", "Devices", "DocumentedExampleTests.cs"));
        string document = await File.ReadAllTextAsync(Checkout.Path("docs", "devices.md"));
        string[] lines = [.. document.Split("```csharp\n")[1].Split("```")[0].Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        Assert.True(lines.Length > 5);
        Assert.All(lines, line => Assert.Contains(line, source, StringComparison.Ordinal));
    }

    private static async Task<string> Example(KafkaSettings kafka, ILoggerFactory loggers, byte[] pixels)
    {
        StringWriter Console = new();
        await using DeviceClient client = await DeviceClient.OpenAsync(kafka, new DeviceClientSettings(), loggers, TimeProvider.System);
        Answer answer = await client.AskAsync(new InferenceRequest
        {
            Device = "cam-1", Task = "fashion", Encoding = PayloadEncoding.Grey8, Shape = [1, 28, 28], Payload = pixels, DeadlineMicros = 100_000,
        });
        if (answer.Status == AnswerStatus.Ok) Console.WriteLine($"{answer.Result!.Output!.LabelName}, {(answer.OnTime ? "in time" : "late")}");
        return Console.ToString().Trim();
    }
}
