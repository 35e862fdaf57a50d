using StreamSched.Client;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Frames;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Schedulers;
using StreamSched.Workers;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>Topics that are deleted while roles run.</summary>
public class LostTopicTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly Frame Frame = EndToEndTests.Frames("digits-599")[0];

    [Fact]
    public async Task B1_While_results_is_gone_status_says_so_and_once_it_is_made_anew_what_waits_and_what_comes_is_answered()
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("real"), null, Installation.Worker("w", "digits-xs"));
        string results = installation.Kafka.Topics.Results;
        await using DeviceClient client = await installation.DeviceAsync();
        await client.PrepareAsync(["cam-1"]);
        Assert.All(await AskAsync(client, 200), AssertOk);

        await installation.Broker.DeleteAsync(results);
        Task<Answer[]> waiting = AskAsync(client, 50, deadlineMs: 60_000);
        await installation.UntilAsync(() => installation.Workers[0].NotReady is not null);
        StatusReport status = await StatusReport.AskAsync(installation.Broker);
        Assert.Equal(1, status.ExitCode);
        Assert.Contains(status.Alarms, alarm => alarm.Contains(results, StringComparison.Ordinal) && alarm.Contains("topics create", StringComparison.Ordinal));

        Cli create = await Cli.RunAsync(installation.Broker, "topics", "create");
        Assert.True(create.ExitCode == 0, create.Output + create.Error);
        Assert.All(await waiting, AssertOk);
        Assert.All(await AskAsync(client, 100), AssertOk);
        await installation.UntilAsync(() => installation.Workers[0].Unfinished == 0 && installation.Scheduler.Dispatcher.PendingCount == 0);
        await StatusReport.UntilFineAsync(installation.Broker);
    }

    [Fact]
    public async Task B1_When_the_topic_of_a_worker_is_deleted_its_items_have_answers_the_others_go_on_and_it_ends_with_the_cure()
    {
        SchedulerRoleSettings settings = new()
        {
            Dispatch = new DispatchSettings { SchedulerId = "s1" }, Scheduler = new SchedulerSettings { Policy = PolicyNames.Random, Exploration = 0 },
        };
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("real"), settings,
            Installation.Worker("w2", "digits-xs"));
        await using DeviceClient client = await installation.DeviceAsync();
        await client.PrepareAsync(["cam-1"]);
        await using (WorkerRole worker = new(installation.Kafka, Installation.Worker("w1", "digits-xs"), TestBroker.Loggers, TimeProvider.System))
        {
            using CancellationTokenSource stop = new();
            Task running = Task.Run(() => worker.Run(stop.Token));
            try
            {
                await installation.UntilAsync(() => installation.Scheduler.Scheduler.View.Workers.Count == 2);
                Answer[] before = await AskAsync(client, 100);
                Assert.All(before, AssertOk);
                Assert.Equal(["w1", "w2"], before.Select(answer => answer.Result!.Worker).Distinct().Order());
                await installation.Broker.DeleteAsync(installation.Kafka.Topics.Work("w1"));
                await TakesOverAsync(installation, client);
                KafkaFailureException failure = await Assert.ThrowsAsync<KafkaFailureException>(() => running.WaitAsync(Limit));
                Assert.Equal($"the topic {installation.Kafka.Topics.Work("w1")} does not exist. Start this worker again, which creates it", failure.Message);
            }
            finally
            {
                await stop.CancelAsync();
                await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }

        StatusReport status = await StatusReport.AskAsync(installation.Broker);
        Assert.Contains(status.Alarms, alarm => alarm.Contains("worker w1", StringComparison.Ordinal));
        installation.Start(Installation.Worker("w1", "digits-xs"));
        await installation.UntilAsync(() => installation.Workers[^1].IsReady);
        for (long began = TimeProvider.System.GetTimestamp(); (await AskAsync(client, 20)).All(answer => answer.Result!.Worker == "w2");)
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, "w1 gets no work");
        await StatusReport.UntilFineAsync(installation.Broker);
    }

    // What the lost one was given is sent again once it has ended; each has time enough for that.
    private static async Task TakesOverAsync(Installation installation, DeviceClient client)
    {
        List<Task<Answer>> asked = [];
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        for (int i = 0; i < 400; i++)
        {
            asked.Add(client.AskAsync(EndToEndTests.Request("cam-1", "digits", Frame, deadlineMs: 90_000)));
            await timer.WaitForNextTickAsync();
        }

        Answer[] answers = await Task.WhenAll(asked).WaitAsync(Limit);
        Assert.All(answers, AssertOk);
        Assert.All(answers[^100..], answer => Assert.Equal("w2", answer.Result!.Worker));
        await installation.UntilAsync(() => installation.Scheduler.Dispatcher.PendingCount == 0);
    }

    private static Task<Answer[]> AskAsync(DeviceClient client, int count, double deadlineMs = 20_000) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => client.AskAsync(EndToEndTests.Request("cam-1", "digits", Frame, deadlineMs)))).WaitAsync(Limit);

    private static void AssertOk(Answer answer) => Assert.Equal((AnswerStatus.Ok, null), (answer.Status, answer.Reason));
}
