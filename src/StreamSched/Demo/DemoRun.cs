using Microsoft.Extensions.Logging;
using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Core.Policies;
using StreamSched.Frames;

namespace StreamSched.Demo;

/// <summary>Plays the devices' frames under one policy.</summary>
internal sealed class DemoRun(DemoSettings settings, string policy, ulong seed, DemoCluster cluster, ILoggerFactory loggers, TimeProvider time)
{
    private readonly DemoStatistics _statistics = new(settings, policy, seed);
    private RandomStream _labels = RandomStream.For(seed, "labels");
    private DeviceClient? _client;

    /// <summary>Seconds since it began.</summary>
    public double Seconds => cluster.Seconds;

    /// <summary>How it stands.</summary>
    public DemoReport Report => _statistics.Report(Seconds, _client?.Counters.Duplicates ?? 0, cluster.Learning);

    /// <summary>Plays until the time is over or it is told to stop, then waits for the answers.</summary>
    /// <param name="stop">Ends the sending.</param>
    /// <returns>How it went.</returns>
    public async Task<DemoReport> Play(CancellationToken stop)
    {
        DeviceClientSettings client = new() { Grace = TimeSpan.FromSeconds(1), Margin = TimeSpan.FromSeconds(3) };
        await using DeviceClient devices = await DeviceClient.OpenAsync(cluster.Kafka, client, loggers, time, stop).ConfigureAwait(false);
        await devices.PrepareAsync(settings.World.Devices.Select(d => d.Id), stop).ConfigureAwait(false);
        await Warm(devices, stop).ConfigureAwait(false);
        await cluster.LearnerReady(stop).ConfigureAwait(false);
        _client = devices;
        using CancellationTokenSource ended = new();
        Task reading = Read(devices, ended.Token);
        string[] tasks = [.. settings.World.Devices.Select(d => d.Task).Distinct()];
        Dictionary<string, IReadOnlyList<Frame>> frames = tasks.ToDictionary(t => t, t => FrameSet.Read(settings.FramesOf(t), encoding: settings.Encoding));
        Dictionary<string, IReadOnlyList<Frame>> grainy = tasks.Where(t => settings.World.IsGrainyAt(t, double.MaxValue))
            .ToDictionary(t => t, t => Encoded(GrainyFrames.Of(FrameSet.Read(settings.FramesOf(t)), seed), settings.FramesOf(t)));
        cluster.Begin();
        await Send(devices, frames, grainy, stop).ConfigureAwait(false);
        double sentFor = Seconds;
        long waiting = time.GetTimestamp();
        while (devices.Outstanding > 0 && time.GetElapsedTime(waiting) < TimeSpan.FromSeconds(6))
        {
            cluster.ThrowIfFailed();
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, CancellationToken.None).ConfigureAwait(false);
        }

        await ended.CancelAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        DemoReport report = _statistics.Report(sentFor, devices.Counters.Duplicates, cluster.Learning);
        return report with { Throughput = report.Sent / Math.Max(sentFor, 0.1) };
    }

    private IReadOnlyList<Frame> Encoded(IReadOnlyList<Frame> frames, string path) =>
        settings.Encoding is { } encoding ? [.. frames.Select(f => ImageEncoder.Encode(f, encoding, path))] : frames;

    // The first requests of a process meet code that is not compiled yet; they are not counted.
    private async Task Warm(DeviceClient devices, CancellationToken stop)
    {
        long longest = (long)(settings.World.Devices.Max(d => d.DeadlineMs) * 1000);
        for (int round = 0; round < 5; round++)
        {
            await Task.WhenAll(settings.World.Devices.Select(device =>
            {
                Frame frame = FrameSet.Read(settings.FramesOf(device.Task) + "#0", encoding: settings.Encoding)[0];
                return devices.AskAsync(
                    new InferenceRequest
                    {
                        Device = device.Id, Site = device.Site, Task = device.Task, DeadlineMicros = longest, Weight = 1, Encoding = frame.Encoding,
                        Shape = frame.Shape, Payload = frame.Payload, MinAccuracy = round % 2 == 0 ? null : device.Task == "fashion" ? 0.93f : 0.975f,
                    },
                    stop);
            })).ConfigureAwait(false);
        }
    }

    // Arrivals and frames are drawn from the seed, so that every policy meets the same ones.
    private async Task Send(
        DeviceClient devices, Dictionary<string, IReadOnlyList<Frame>> frames, Dictionary<string, IReadOnlyList<Frame>> grainy, CancellationToken stop)
    {
        RandomStream[] which = [.. settings.World.Devices.Select(d => RandomStream.For(seed, "frames of " + d.Id))];
        try
        {
            foreach ((double at, int index) in settings.World.Arrivals(seed))
            {
                double wait = at - Seconds;
                if (wait > 0) await Task.Delay(TimeSpan.FromSeconds(wait), time, stop).ConfigureAwait(false);
                stop.ThrowIfCancellationRequested();
                DemoDevice device = settings.World.Devices[index];
                IReadOnlyList<Frame> now = settings.World.IsGrainyAt(device.Task, at) ? grainy[device.Task] : frames[device.Task];
                Frame frame = now[which[index].NextInt32(now.Count)];
                InferenceRequest request = new()
                {
                    Device = device.Id, Site = device.Site, Task = device.Task, DeadlineMicros = (long)(device.DeadlineMs * 1000),
                    MinAccuracy = device.MinAccuracy > 0 ? device.MinAccuracy : null, Weight = 1, Encoding = frame.Encoding, Shape = frame.Shape,
                    Payload = frame.Payload,
                };
                await devices.SendAsync(request, frame, stop).ConfigureAwait(false);
                _statistics.Sent(device.Id);
            }
        }
        catch (OperationCanceledException)
        {
            // Somebody ended it early.
        }
    }

    private async Task Read(DeviceClient devices, CancellationToken ended)
    {
        try
        {
            await foreach (Answer answer in devices.ReadAnswersAsync(ended).ConfigureAwait(false))
            {
                int? label = (answer.State as Frame)?.Label;
                _statistics.Answered(answer, label, Seconds, cluster.Learning);
                if (settings.Learns && answer.Result is not null && label is not null && _labels.NextDouble() < settings.World.LabelShare)
                    devices.SendFeedback(answer, label);
            }
        }
        catch (OperationCanceledException)
        {
            // All answers that come have come.
        }
    }
}
