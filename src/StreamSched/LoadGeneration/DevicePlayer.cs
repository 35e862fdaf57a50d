using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Frames;

namespace StreamSched.LoadGeneration;

/// <summary>
/// Plays devices: each sends its frames when their time has come, whether or not earlier ones are answered, and all answers are counted. The answers' state
/// is the <see cref="Frame"/> that was asked about.
/// </summary>
/// <param name="client">Who sends. Its answers are read by the player alone.</param>
/// <param name="time">Clock.</param>
internal sealed class DevicePlayer(DeviceClient client, TimeProvider time)
{
    private bool _allSent;

    /// <summary>What came of it, all devices together.</summary>
    public PlayFigures Figures { get; } = new();

    /// <summary>Hears of every answer, on the thread that reads them.</summary>
    public Action<Answer>? Answered { get; set; }

    /// <summary>Tells the installation the true class and when each answer came.</summary>
    public bool SendFeedback { get; set; }

    /// <summary>Plays until every device is done or told to stop, then waits for the answers that are still to come.</summary>
    /// <param name="plans">The devices.</param>
    /// <param name="stop">Ends sending.</param>
    /// <param name="abandon">Ends waiting for answers too.</param>
    /// <exception cref="Kafka.Diagnostics.KafkaFailureException">The cluster cannot be used any more.</exception>
    public async Task PlayAsync(IReadOnlyList<DevicePlan> plans, CancellationToken stop, CancellationToken abandon)
    {
        await client.PrepareAsync(plans.Select(plan => plan.Device), stop).ConfigureAwait(false);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        using CancellationTokenSource sending = CancellationTokenSource.CreateLinkedTokenSource(stop, abandon);
        Task reading = ReadAsync(enough);
        try
        {
            long began = time.GetTimestamp();
            Task all = Task.WhenAll(plans.Select(plan => Task.Run(() => SendAsync(plan, began, sending.Token), CancellationToken.None)));
            // It failed, or nobody waits.
            if (await Task.WhenAny(all, reading).ConfigureAwait(false) == reading) await sending.CancelAsync().ConfigureAwait(false);
            await all.ConfigureAwait(false);
            lock (Figures.Sync) _allSent = true;
            if (Figures.Ended == Figures.Sent) await enough.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
        catch
        {
            await enough.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task SendAsync(DevicePlan plan, long began, CancellationToken stop)
    {
        long i = 0;
        try
        {
            foreach (double arrival in plan.Arrivals)
            {
                TimeSpan wait = TimeSpan.FromSeconds(arrival) - time.GetElapsedTime(began);
                // Timers take whole milliseconds, and one cut down to 0 would send at once.
                if (wait > TimeSpan.Zero) await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), time, stop).ConfigureAwait(false);
                else if (stop.IsCancellationRequested) return;
                Frame frame = plan.Frames[(int)((plan.FirstFrame + i) % plan.Frames.Count)];
                InferenceRequest request = new()
                {
                    Device = plan.Device, Task = plan.Task, User = plan.User, Site = plan.Site, Encoding = frame.Encoding, Shape = frame.Shape,
                    Payload = frame.Payload, DeadlineMicros = (long?)plan.Deadlines[(int)(i % plan.Deadlines.Count)]?.TotalMicroseconds,
                    MinAccuracy = plan.MinAccuracies[(int)(i % plan.MinAccuracies.Count)],
                };
                lock (Figures.Sync) Figures.Sent++;
                try
                {
                    await client.SendAsync(request, frame, stop).ConfigureAwait(false);
                }
                catch
                {
                    lock (Figures.Sync) Figures.Sent--;
                    throw;
                }

                i++;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    private async Task ReadAsync(CancellationTokenSource enough)
    {
        try
        {
            await foreach (Answer answer in client.ReadAnswersAsync(enough.Token).ConfigureAwait(false))
            {
                Figures.Add(answer);
                if (SendFeedback && answer.Result is not null) client.SendFeedback(answer, (answer.State as Frame)?.Label);
                Answered?.Invoke(answer);
                lock (Figures.Sync)
                    if (_allSent && Figures.Ended == Figures.Sent) return;
            }
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            // Nothing more is to come, or nobody waits for it.
        }
    }
}
