using System.Text.Json;
using StreamSched.IntegrationTests.Telemetry;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Reliability;

/// <summary>
/// The short form of the reliability run (docs/reliability.md): three brokers, two schedulers, three workers, each kind killed by -9 under load; a reader in
/// Python, which shares no code with StreamSched, finds a first answer for every accepted request.
/// </summary>
[Collection(nameof(Alone))]
public class ReliabilityTests
{
    [Fact]
    public async Task Nothing_is_lost_when_a_scheduler_a_worker_and_a_broker_are_killed()
    {
        Components.Require("kafka");
        string python = Components.Require("python");
        string file = Path.GetTempFileName();
        try
        {
            await using RunningProgram run = new(
                python, new Dictionary<string, string>(), Checkout.Path("eng", "reliability", "run.py"), "--rate", "150", "--seconds", "16", "--every", "4",
                "--deadline", "3s", "--json", file);
            Assert.True(await run.EndAsync(TimeSpan.FromMinutes(5)) == 0, run.Output);
            using JsonDocument figures = JsonDocument.Parse(await File.ReadAllTextAsync(file));
            JsonElement root = figures.RootElement;
            Assert.Equal(0, root.GetProperty("missing").GetInt32());
            Assert.Equal(0, root.GetProperty("strangers").GetInt32());
            Assert.Equal(0, root.GetProperty("readers_differ").GetInt32());
            Assert.Empty(root.GetProperty("ended_by_themselves").EnumerateArray());
            Assert.True(root.GetProperty("accepted").GetInt32() > 1_200);
            Assert.Equal(["scheduler-1", "worker-1", "broker-2"], root.GetProperty("killed").EnumerateObject().Select(k => k.Name));
            Assert.True(root.GetProperty("statuses").TryGetProperty("OK", out JsonElement right) && right.GetInt32() > 100, root.ToString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>
    /// The short form of the learner's run (docs/reliability.md): it is killed by -9 again and again, and a scheduler too; a program in Python, which shares no
    /// code with StreamSched, joins the whole logs and finds the same experience record for record.
    /// </summary>
    [Fact]
    public async Task X0_Experience_is_that_of_the_whole_logs_however_often_the_learner_is_killed()
    {
        Components.Require("kafka");
        string python = Components.Require("python");
        string file = Path.GetTempFileName();
        try
        {
            await using RunningProgram run = new(
                python, new Dictionary<string, string>(), Checkout.Path("eng", "reliability", "learner.py"), "--kills", "4", "--every", "3", "--rate", "60",
                "--schedulers", "3", "--json", file);
            Assert.True(await run.EndAsync(TimeSpan.FromMinutes(5)) == 0, run.Output);
            using JsonDocument figures = JsonDocument.Parse(await File.ReadAllTextAsync(file));
            JsonElement root = figures.RootElement;
            foreach (string name in (string[])["missing", "twice", "unexpected", "otherwise", "other_utility", "other_site"])
                Assert.True(root.GetProperty(name).GetInt32() == 0, $"{name}: {root}");
            Assert.False(root.GetProperty("ended_by_itself").GetBoolean());
            Assert.Equal(4, root.GetProperty("killed").GetProperty("learner").GetInt32());
            Assert.True(root.GetProperty("JOINED").GetInt32() > 300 && root.GetProperty("REVISED").GetInt32() > 300, root.ToString());
        }
        finally
        {
            File.Delete(file);
        }
    }
}

/// <summary>Tests that start so many processes that no other test may run beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public class Alone;
