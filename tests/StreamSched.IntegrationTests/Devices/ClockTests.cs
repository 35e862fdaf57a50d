using System.Text;
using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Core.Serving;
using StreamSched.Frames;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Topics;
using StreamSched.Schedulers;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>Clocks of roles and devices that are off.</summary>
public sealed class ClockTests(BrokerFixture brokers)
{
    private const int Frames = 200;

    private static SchedulerRoleSettings Random => new()
    {
        Dispatch = new DispatchSettings { SchedulerId = "s1" }, Scheduler = new SchedulerSettings { Policy = PolicyNames.Random, Exploration = 0 },
    };

    [Theory]
    [InlineData("embedded", 0.3)]
    [InlineData("real", 0.3)]
    [InlineData("real", -0.3)]
    [InlineData("embedded", 3600)]
    [InlineData("embedded", -3600)]
    [InlineData("real", -3600)]
    [InlineData("real", 3000)]
    public async Task B4_a_worker_whose_clock_is_off_answers_as_one_without_and_is_named(string broker, double secondsAhead)
    {
        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync(broker), Random, Installation.Worker("right", "digits-s"));
        installation.Start(Installation.Worker("wrong", "digits-s"), time: new OtherTime(TimeSpan.FromSeconds(secondsAhead)));
        await installation.UntilAsync(() => installation.Scheduler.Scheduler.View.Workers.Values.Count(w => w.Liveness == Liveness.Fresh) == 2);

        List<Answer> answers = await AskAsync(installation);

        List<Answer> wrong = [.. answers.Where(a => a.Result?.Worker == "wrong")];
        Assert.InRange(wrong.Count, Frames / 4, Frames);
        AssertInTime(answers);
        AssertInTime(wrong);
        Assert.All(wrong.Where(IsInTime), a => Assert.InRange(a.Result!.NetworkMicros, 1, 500_000));
        await installation.UntilAsync(() => installation.Scheduler.Conditions.InForce.Any(c => c is { Code: "clock-offset", Subject: "worker wrong" }));
        Assert.DoesNotContain(installation.Scheduler.Conditions.InForce, c => c.Code == "clock-offset" && c.Subject != "worker wrong");
        if (broker == "real")
            await installation.UntilAsync(() => installation.Workers[1].Conditions.InForce.Any(c => c is { Code: "clock-offset", Subject: "wrong" }));
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(3600)]
    [InlineData(-3600)]
    public async Task B4_a_scheduler_whose_clock_is_off_decides_as_one_without_and_says_so(double secondsAhead)
    {
        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync("real"), Random, new OtherTime(TimeSpan.FromSeconds(secondsAhead)), Installation.Worker("w1", "digits-s"),
            Installation.Worker("w2", "digits-s"));

        List<Answer> answers = await AskAsync(installation);

        AssertInTime(answers);
        Assert.All(answers, a => Assert.False(a.Result!.CreatedImplausible));
        Assert.All(answers, a => Assert.InRange((a.Result!.Deadline - a.Request.Created) / 1000, 495, 505));
        await installation.UntilAsync(() => installation.Scheduler.Conditions.InForce.Any(c => c is { Code: "clock-offset", Subject: "s1" }));
        Assert.Equal(["s1"], installation.Scheduler.Conditions.InForce.Where(c => c.Code == "clock-offset").Select(c => c.Subject));
    }

    [Fact]
    public async Task B4_a_device_that_is_ahead_is_answered_and_told()
    {
        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync("real"), Random, Installation.Worker("w1", "digits-s"));
        await using DeviceClient client = await installation.DeviceAsync(time: new OtherTime(TimeSpan.FromMinutes(30)));
        await client.PrepareAsync(["pen-1"]);
        Frame frame = EndToEndTests.Frames("digits-599")[0];
        await client.SendAsync(EndToEndTests.Request("pen-1", "digits", frame, deadlineMs: 2000), frame);
        Answer answer = (await EndToEndTests.ReadAsync(client, 1).WaitAsync(TimeSpan.FromSeconds(30)))[0];
        Assert.Equal((AnswerStatus.Ok, true), (answer.Status, answer.Result!.CreatedImplausible));
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B4_a_worker_whose_clock_went_back_after_a_restart_has_a_later_incarnation_and_gets_work(string broker)
    {
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync(broker), Random);

        // The former life died an hour ahead, without a word.
        long former = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds() * 1000;
        using (RecordProducer producer = installation.Broker.Producer())
        {
            WorkerRegistration registration = new()
            {
                Worker = "w1", Incarnation = former, At = former, TelemetryPeriodMicros = 250_000, Slowdown = 1,
                Processors = [new ProcessorRegistration { Id = "cpu", Provider = "cpu", Slots = 1, Threads = 1 }],
            };
            await producer.ProduceAsync(
                producer.Topic(installation.Kafka.Topics.Of(TopicCatalogue.Workers)), -1, Encoding.UTF8.GetBytes("w1"), registration.ToFramed());
        }

        installation.Start(Installation.Worker("w1", "digits-s"));
        await installation.UntilAsync(() =>
            installation.Scheduler.Scheduler.View.Workers.TryGetValue("w1", out var worker) && worker.Description.Incarnation > former);
        Assert.Equal(former + 1, installation.Workers[0].Incarnation);
        AssertInTime(await AskAsync(installation));
    }

    private static bool IsInTime(Answer answer) => answer is { Status: AnswerStatus.Ok, Result.Late: false };

    // A clock that is off makes all of them late or expire; a machine that stands still for a moment, some.
    private static void AssertInTime(List<Answer> answers) => Assert.InRange(answers.Count(IsInTime), (int)(0.8 * answers.Count), answers.Count);

    private static async Task<List<Answer>> AskAsync(Installation installation)
    {
        await using DeviceClient client = await installation.DeviceAsync();
        await client.PrepareAsync(["pen-1"]);
        IReadOnlyList<Frame> frames = EndToEndTests.Frames("digits-599");
        Task<List<Answer>> reading = EndToEndTests.ReadAsync(client, Frames);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(15), TimeProvider.System);
        foreach (Frame frame in frames.Take(Frames))
        {
            await client.SendAsync(EndToEndTests.Request("pen-1", "digits", frame, deadlineMs: 500), frame);
            await timer.WaitForNextTickAsync();
        }

        return await reading.WaitAsync(TimeSpan.FromSeconds(60));
    }
}
