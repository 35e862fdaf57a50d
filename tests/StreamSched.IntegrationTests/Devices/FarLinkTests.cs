using System.Net.Http.Json;
using StreamSched.Client;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Frames;
using StreamSched.IntegrationTests.Telemetry;
using StreamSched.Schedulers;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>A worker that reaches the brokers by a link that is made slow, then dead, then whole again.</summary>
public class FarLinkTests(BrokerFixture brokers)
{
    [Fact]
    public async Task A_slow_link_is_found_out_a_dead_one_costs_no_request_and_its_worker_gets_work_again()
    {
        RealKafka real = await brokers.RealAsync();
        int port = RunningProgram.FreePorts(1)[0];
        await using RunningProgram proxy = new(Components.Require("toxiproxy"), new Dictionary<string, string>(), "-host", "127.0.0.1", "-port", $"{port}");
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await PostAsync(http, "proxies", new { name = "far", listen = real.FarBootstrapServers, upstream = real.FarEnd });

        // Both have the same model, and requests are spread over those that can be in time: only what is measured tells them apart.
        SchedulerRoleSettings settings = new()
        {
            Dispatch = new DispatchSettings { SchedulerId = "s1" }, Scheduler = new SchedulerSettings { Policy = PolicyNames.Random, Exploration = 0 },
        };
        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync("real"), settings, Installation.Worker("near", "fashion-s"));
        installation.Start(Installation.Worker("far", "fashion-s"), installation.Kafka with { BootstrapServers = real.FarBootstrapServers });
        await installation.UntilAsync(() => IsAvailable("far"));
        await using DeviceClient client = await installation.DeviceAsync();
        await client.PrepareAsync(["cam-1"]);
        IReadOnlyList<Frame> frames = EndToEndTests.Frames("fashion-2000");

        List<Answer> answers = await AskAsync(200, 20_000);
        Assert.Contains(answers, a => a.Result!.Worker == "far");
        Assert.Contains(answers, a => a.Result!.Worker == "near");

        // 150 ms each way: requests with 200 ms left soon go to the near one alone.
        await PostAsync(
            http, "proxies/far/toxics", new { name = "slow", type = "latency", stream = "downstream", attributes = new { latency = 150, jitter = 10 } });
        await AskAsync(200, 20_000);
        int rounds = 0;
        do answers = await AskAsync(60, 150);
        while (!answers.TrueForAll(a => (a.Status, a.Result?.Worker) == (AnswerStatus.Ok, "near")) && ++rounds < 10);
        Assert.True(rounds < 10, string.Join(", ", answers.GroupBy(a => (a.Status, a.Result?.Worker)).Select(g => $"{g.Key}: {g.Count()}")));

        // Nothing passes any more: what is at the far worker is sent to the near one when it is found dead, within deadlines that allow it.
        await http.DeleteAsync(new Uri("proxies/far/toxics/slow", UriKind.Relative));
        await installation.UntilAsync(() => IsAvailable("far"));
        await PostAsync(http, "proxies/far/toxics", new { name = "dead", type = "timeout", stream = "downstream", attributes = new { timeout = 0 } });
        await PostAsync(http, "proxies/far/toxics", new { name = "dead-up", type = "timeout", stream = "upstream", attributes = new { timeout = 0 } });
        answers = await AskAsync(300, 30_000);
        Assert.All(answers, a => Assert.Equal(AnswerStatus.Ok, a.Status));
        Assert.True(installation.Counters.SentAgain > 0, "nothing was sent again");

        foreach (string toxic in (string[])["dead", "dead-up"]) await http.DeleteAsync(new Uri($"proxies/far/toxics/{toxic}", UriKind.Relative));
        await installation.UntilAsync(() => IsAvailable("far"));
        answers = await AskAsync(200, 20_000);
        Assert.Contains(answers, a => a.Result!.Worker == "far");
        Assert.Equal((0, 0), (client.Counters.NoAnswer, client.Counters.NotSent));

        async Task<List<Answer>> AskAsync(int count, double deadlineMs)
        {
            Task<List<Answer>> reading = EndToEndTests.ReadAsync(client, count);
            for (int i = 0; i < count; i++)
            {
                Frame frame = frames[i];
                await client.SendAsync(EndToEndTests.Request("cam-1", "fashion", frame, deadlineMs), frame);
                if (i % 10 == 9) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System); // a stream, not a burst
            }

            List<Answer> got = await reading.WaitAsync(TimeSpan.FromSeconds(60));
            Assert.Equal(count, got.Select(a => a.Request.Id).Distinct().Count());
            return got;
        }

        bool IsAvailable(string worker) =>
            installation.Scheduler.Scheduler.View.Workers.TryGetValue(worker, out Core.Cluster.WorkerState? state)
            && state.Liveness == Core.Serving.Liveness.Fresh;
    }

    private static async Task PostAsync<T>(HttpClient http, string path, T body)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using HttpResponseMessage response = await http.PostAsJsonAsync(path, body);
                Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
                return;
            }
            catch (HttpRequestException) when (attempt < 200)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }
}
