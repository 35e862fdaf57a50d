using StreamSched.Client;
using StreamSched.Core.Scheduling;
using StreamSched.Frames;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Schedulers;
using StreamSched.Tests;
using StreamSched.Tests.Onnx;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>A worker that fails, or never answers, beside a good one.</summary>
public sealed class FailingWorkerTests(BrokerFixture brokers)
{
    private const int PerSecond = 60;

    public static TheoryData<string, string?> Cases =>
        new() { { "embedded", null }, { "embedded", "model" }, { "real", null }, { "real", "model" }, { "real", "too-large" } };

    [Theory, MemberData(nameof(Cases))]
    public async Task B3_a_worker_that_fails_or_never_answers_gets_less_than_a_twentieth_after_five_seconds_and_is_named(string broker, string? reason)
    {
        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync(broker), Settings("random"), Installation.Worker("good", "digits-s"));
        await using FakeWorker bad = await FakeWorker.StartAsync(installation.Broker, "bad", "digits", reason);
        await installation.UntilAsync(() => installation.Scheduler.Scheduler.View.Workers.Count == 2);

        Assert.InRange(await LaterShareAsync(installation, bad), 0, 0.05);
        (string code, string subject) = reason is null ? ("worker-silent", "bad") : ("worker-fails", "bad/fake");
        await installation.UntilAsync(() => installation.Scheduler.Conditions.InForce.Any(c => c.Code == code && c.Subject == subject));
    }

    [Theory]
    [InlineData("embedded", "random")]
    [InlineData("embedded", "most-accurate")]
    [InlineData("real", "price")]
    public async Task B3_a_model_that_gives_no_numbers_on_real_frames_is_left_alone_and_named_by_status_until_it_is_replaced(string broker, string policy)
    {
        using OwnModels models = new();

        // On noise, whose mean is a half, it gives numbers.
        string manifest = OnnxFile.Manifest([64], kind: "logits", classes: 10, accuracy: 0.99);
        models.Write("odd-one", OnnxFile.NotANumberBelow(0.4f, 64, 10), manifest, "digits");
        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync(broker), Settings(policy), Installation.Worker("good", "digits-s"),
            Installation.Worker("bad") with { Models = models.Path });
        Assert.InRange(await LaterShareAsync(installation), 0, 0.05);
        StatusReport status = await StatusReport.UntilToldAsync(installation.Broker, "worker-fails", "bad/odd-one (worker/variant) answers with failures");
        Assert.All(status.Conditions, condition => Assert.Equal(("worker-fails", "bad/odd-one"), (condition.Code, condition.Subject)));

        models.Copy("digits-m", "odd-one");
        await StatusReport.UntilFineAsync(installation.Broker);
        await using DeviceClient client = await installation.DeviceAsync();
        Frame frame = EndToEndTests.Frames("digits-599")[0];
        Answer answer = await client.AskAsync(EndToEndTests.Request("pen-1", "digits", frame) with { MinAccuracy = 0.97f }).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((AnswerStatus.Ok, null, "odd-one"), (answer.Status, answer.Reason, answer.Result!.Variant)); // none but it is as accurate
    }

    [Fact]
    public async Task B3_a_devices_own_faults_change_nothing()
    {
        await using Installation installation = await Installation.StartAsync(
            await brokers.ConnectAsync("embedded"), Settings("random"), Installation.Worker("good", "digits-s"));
        await using FakeWorker refusing = await FakeWorker.StartAsync(installation.Broker, "refusing", "digits", "shape");
        await installation.UntilAsync(() => installation.Scheduler.Scheduler.View.Workers.Count == 2);

        Assert.InRange(await LaterShareAsync(installation, refusing), 0.3, 0.7);
        Assert.Empty(installation.Scheduler.Conditions.InForce);
    }

    private static SchedulerRoleSettings Settings(string policy) => new()
    {
        Dispatch = new DispatchSettings { SchedulerId = "s1" }, Scheduler = new SchedulerSettings { Policy = policy, Exploration = 0 },
    };

    // Frames for five seconds, then 300 more: the share of those that a fake worker was given, or where there is none, that have FAILED. What a good worker
    // answers late on a busy machine is another matter.
    private static async Task<double> LaterShareAsync(Installation installation, FakeWorker? bad = null)
    {
        await using DeviceClient client = await installation.DeviceAsync();
        await client.PrepareAsync(["pen-1"]);
        IReadOnlyList<Frame> frames = FrameSet.Read(Checkout.Path("models", "frames", "digits-599-images-idx3-ubyte.gz"));
        Task<List<Answer>> reading = EndToEndTests.ReadAsync(client, frames.Count);
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1.0 / PerSecond), TimeProvider.System);
        int before = 0;
        foreach ((int sent, Frame frame) in frames.Index())
        {
            if (sent == 5 * PerSecond) before = bad?.Received ?? 0;
            await client.SendAsync(EndToEndTests.Request("pen-1", "digits", frame, deadlineMs: 500), frame);
            await timer.WaitForNextTickAsync();
        }

        List<Answer> answers = await reading.WaitAsync(TimeSpan.FromSeconds(60));
        HashSet<Frame> late = [.. frames.Skip(5 * PerSecond)];
        int later = bad is null ? answers.Count(a => late.Contains((Frame)a.State!) && a.Status == AnswerStatus.Failed) : bad.Received - before;
        return later / (double)late.Count;
    }
}
