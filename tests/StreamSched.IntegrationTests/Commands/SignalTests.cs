using System.Diagnostics;
using StreamSched.IntegrationTests.Telemetry;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Settings;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Commands;

/// <summary>SIGTERM ends a process within its drain time and 5 s, whatever it waits for.</summary>
public class SignalTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // The drain time of each, and 5 s.
    private static readonly (string Command, int Seconds)[] Roles =
    [
        ("scheduler --id s", 10), ("worker --id w --models MODELS --variants digits-xs", 15),
        ("device --id d --task digits --frames FRAMES --rate 20 --deadline 1h", 10), ("tail results", 5),
    ];

    [Fact]
    public async Task B2_Sigterm_ends_every_role_whose_brokers_have_stopped_answering()
    {
        Components.Require("kafka");
        await using RealKafka kafka = await RealKafka.StartAsync();
        KafkaSettings settings = new() { BootstrapServers = kafka.BootstrapServers, Partitions = 2 };
        using (TopicAdmin admin = new(settings, TestBroker.Loggers, TimeProvider.System)) Assert.Empty((await admin.CreateAsync()).Refused);
        List<(RunningProgram Program, int Seconds, string Command)> running = [];
        try
        {
            foreach ((string command, int seconds) in Roles) running.Add((Start(kafka, command), seconds, command));
            await Until(() => running[0].Program.Output.Contains("assigned 0 1", StringComparison.Ordinal), running[0].Program);
            await Until(() => running[1].Program.Output.Contains("registered", StringComparison.Ordinal), running[1].Program);
            await Until(() => running[2].Program.Output.Contains("sent", StringComparison.Ordinal), running[2].Program);
            await kafka.FreezeAsync(1);

            // These begin now, and get no answer.
            foreach (string command in (string[])["status", "topics check", "worker list", "send FRAMES#0 --task digits", "scheduler --id t",
                "worker --id v --models MODELS --variants digits-xs", "dead-letters list"])
                running.Add((Start(kafka, command),
                    command.StartsWith("scheduler", StringComparison.Ordinal) ? 10 : command.StartsWith("worker --id", StringComparison.Ordinal) ? 15 : 5,
                    command));
            await Task.WhenAll(running.Select(async role =>
            {
                Task<int> ended = role.Program.TerminateAsync();
                Assert.True(
                    await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(role.Seconds), TimeProvider.System)) == ended,
                    $"{role.Command} goes on after {role.Seconds} s:\n{role.Program.Output}");
            }));
        }
        finally
        {
            await kafka.FreezeAsync(1, frozen: false);
            foreach ((RunningProgram program, _, _) in running) await program.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("demo --seconds 60", "frames", 15)]
    [InlineData("simulate metro --seeds 20", "", 5)]
    [InlineData("bench route --seconds 60", "", 5)]
    public async Task B2_Sigterm_ends_what_needs_no_broker(string command, string sign, int seconds)
    {
        await using RunningProgram program = new(RunningProgram.StreamSched, new Dictionary<string, string>(), command.Split(' '));
        if (sign.Length > 0) await Until(() => program.Output.Contains(sign, StringComparison.Ordinal), program);
        else await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System); // it is somewhere
        Task<int> ended = program.TerminateAsync();
        Assert.True(await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System)) == ended, program.Output);
        Assert.DoesNotContain("   at ", program.Output, StringComparison.Ordinal); // no stack trace
    }

    [Fact]
    public async Task B2_Sigterm_ends_a_command_that_reads_a_file_that_never_ends()
    {
        string folder = Directory.CreateTempSubdirectory("streamsched-fifo-").FullName;
        try
        {
            string fifo = Path.Combine(folder, "settings.json");
            using (Process make = Process.Start("mkfifo", [fifo])) await make.WaitForExitAsync();
            await using RunningProgram program = new(RunningProgram.StreamSched, new Dictionary<string, string>(), "scheduler", "--settings", fifo);
            // Opens when the program has opened it: it reads, and nothing comes.
            await using FileStream writer = await Task.Run(() => new FileStream(fifo, FileMode.Open, FileAccess.Write, FileShare.ReadWrite));
            Assert.False(program.HasEnded, program.Output);
            Task<int> ended = program.TerminateAsync();
            Assert.True(await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System)) == ended);
            Assert.Equal(1, await ended);
            Assert.Contains("it was asked to end and had not ended after 3.5 s", program.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static RunningProgram Start(RealKafka kafka, string command) => new(
        RunningProgram.StreamSched, new Dictionary<string, string>(),
        [
            .. command.Replace("MODELS", Checkout.Path("models"), StringComparison.Ordinal)
                .Replace("FRAMES", Checkout.Path("models", "frames", "digits-599-images-idx3-ubyte.gz"), StringComparison.Ordinal).Split(' '),
            "--bootstrap", kafka.BootstrapServers,
        ]);

    private static async Task Until(Func<bool> condition, RunningProgram program)
    {
        for (long began = Stopwatch.GetTimestamp(); !condition();)
        {
            Assert.False(program.HasEnded, program.Output);
            Assert.True(Stopwatch.GetElapsedTime(began) < Limit, program.Output);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
