using System.Diagnostics;
using StreamSched.IntegrationTests.Telemetry;
using StreamSched.Kafka.DeadLetters;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Topics;

namespace StreamSched.IntegrationTests.Commands;

/// <summary>Commands whose reader goes away, and pages of what is long.</summary>
public class PipeTests(BrokerFixture brokers)
{
    [Fact]
    public async Task C7_A_command_whose_reader_has_gone_ends_though_nothing_more_comes()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("embedded"));
        using RecordProducer producer = place.Broker.Producer();
        await producer.ProduceAsync(producer.Topic(place.Broker.Settings.Topics.Requests), 0, "cam-1"u8.ToArray(), Installation.Request().ToFramed());
        ProcessStartInfo start = new(RunningProgram.StreamSched,
        [
            "tail", "requests", "--from", "earliest", "--bootstrap", place.Broker.Settings.BootstrapServers, "--prefix", place.Broker.Settings.Prefix,
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string? line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Contains("cam-1", line, StringComparison.Ordinal);
        process.StandardOutput.Close();
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            Assert.Equal("", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Fact]
    public async Task C7_Dead_letters_come_in_pages_and_only_requests_are_sent_again()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("embedded"));
        using RecordProducer producer = place.Broker.Producer();
        ProducerTopic letters = producer.Topic(place.Broker.Settings.Topics.DeadLetters);
        for (int i = 0; i < 150; i++)
        {
            Confluent.Kafka.Headers headers = new()
            {
                { DeadLetterStore.ReasonHeader, "a reason with \e[31mcolour"u8.ToArray() }, { DeadLetterStore.TopicHeader, System.Text.Encoding.UTF8.GetBytes(
                    place.Broker.Settings.Topics.Of(i == 7 ? TopicCatalogue.Workers : TopicCatalogue.Requests)) },
                { DeadLetterStore.PartitionHeader, "0"u8.ToArray() }, { DeadLetterStore.OffsetHeader, "1"u8.ToArray() },
            };
            await producer.ProduceAsync(letters, 0, "cam-1"u8.ToArray(), "x"u8.ToArray(), headers);
        }

        Cli first = await Cli.RunAsync(place.Broker, "dead-letters", "list", "--json");
        Assert.Equal(100, first.JsonLines.Length);
        Cli rest = await Cli.RunAsync(place.Broker, "dead-letters", "list", "--json", "--from", "100", "--limit", "0");
        Assert.Equal(50, rest.JsonLines.Length);
        Assert.Equal(100, rest.JsonLines[0].GetProperty("offset").GetInt64());
        Cli table = await Cli.RunAsync(place.Broker, "dead-letters", "list", "--limit", "10");
        Assert.Contains("--from 10", table.Output, StringComparison.Ordinal);
        Assert.Contains("\\u001b[31mcolour", table.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", table.Output, StringComparison.Ordinal);

        Cli forged = await Cli.RunAsync(place.Broker, "dead-letters", "replay", "7");
        Assert.Equal(2, forged.ExitCode);
        Assert.Contains("only requests", forged.Error, StringComparison.Ordinal);
        Cli again = await Cli.RunAsync(place.Broker, "dead-letters", "replay", "8", "9", "--json");
        Assert.Equal(2, again.Json.GetArrayLength());
    }

    [Fact]
    public async Task C5_What_devices_put_into_names_reaches_no_terminal_as_it_is()
    {
        await using Installation place = await Installation.StartAsync(await brokers.ConnectAsync("embedded"));
        using RecordProducer producer = place.Broker.Producer();
        string device = "cam\e[31m\n\u202Ered[bold]";
        await producer.ProduceAsync(
            producer.Topic(place.Broker.Settings.Topics.Requests), 0, System.Text.Encoding.UTF8.GetBytes(device), Installation.Request(device).ToFramed());
        Cli lines = await Cli.RunAsync(place.Broker, "tail", "requests", "--from", "earliest", "--no-follow");
        Assert.Contains("cam\\u001b[31m\\u000a\\u202ered[bold]", lines.Output, StringComparison.Ordinal);
        Assert.Single(lines.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Cli json = await Cli.RunAsync(place.Broker, "tail", "requests", "--from", "earliest", "--no-follow", "--json");
        Assert.DoesNotContain("\u202E", json.Output, StringComparison.Ordinal);
        Assert.Equal(device, Assert.Single(json.JsonLines).GetProperty("value").GetProperty("device").GetString());
    }
}
