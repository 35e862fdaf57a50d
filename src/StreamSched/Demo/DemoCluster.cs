using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StreamSched.Core.Cluster;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;
using StreamSched.Onnx.Processors;
using StreamSched.Onnx.Profiling;
using StreamSched.Schedulers;
using StreamSched.Workers;

namespace StreamSched.Demo;

/// <summary>Everything but the devices, in this process: an embedded cluster with a near and a far broker, a scheduler, three workers.</summary>
internal sealed class DemoCluster : IAsyncDisposable
{
    private const int Near = 1;
    private const int Far = 2;
    private readonly DemoSettings _settings;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly EmbeddedCluster _cluster;
    private readonly CancellationTokenSource _stopScheduler = new();
    private readonly CancellationTokenSource _stopWorkers = new();
    private readonly List<WorkerRole> _workers = [];
    private readonly List<Task> _running = [];
    private SchedulerRole? _scheduler;
    private WorkerGauge[] _gauges = [];

    private DemoCluster(DemoSettings settings, EmbeddedCluster cluster, string prefix, ILoggerFactory loggers, TimeProvider time)
    {
        (_settings, _cluster, _loggers, _time) = (settings, cluster, loggers, time);
        Kafka = KafkaSettings.ForEmbedded(cluster) with { Prefix = prefix, Partitions = 4 };
    }

    /// <summary>How to reach it.</summary>
    public KafkaSettings Kafka { get; }

    /// <summary>Measured one-way delay to the cloud's broker and back out of it, in milliseconds.</summary>
    public double CloudDelayMs { get; private set; }

    /// <summary>How the workers stand, a moment ago.</summary>
    public IReadOnlyList<WorkerGauge> Gauges => Volatile.Read(ref _gauges);

    /// <summary>Starts everything.</summary>
    public static async Task<DemoCluster> Start(
        DemoSettings settings, PolicySource policy, EmbeddedCluster cluster, string prefix, Action<string> progress, ILoggerFactory loggers, TimeProvider time,
        CancellationToken stop)
    {
        DemoCluster demo = new(settings, cluster, prefix, loggers, time);
        try
        {
            progress("creating topics on the embedded cluster");
            await demo.CreateTopics().ConfigureAwait(false);
            progress("measuring the emulated link to the cloud");
            demo.CloudDelayMs = demo.MeasureCloudDelay();
            progress("measuring the models of three workers");
            foreach (DemoWorker worker in settings.Workers) demo.StartWorker(worker);
            demo.StartScheduler(policy);
            long began = time.GetTimestamp();
            while (!demo.IsReady)
            {
                stop.ThrowIfCancellationRequested();
                demo.ThrowIfFailed();
                if (time.GetElapsedTime(began) > TimeSpan.FromSeconds(60))
                    throw new RoleException("the workers were not ready within a minute: is this machine overloaded?");
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, stop).ConfigureAwait(false);
            }

            return demo;
        }
        catch
        {
            await demo.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Throws what ended a part of it.</summary>
    public void ThrowIfFailed()
    {
        foreach (Task part in _running)
            if (part.IsFaulted) throw part.Exception!.GetBaseException();
    }

    /// <summary>Ends it: the scheduler hands over, the workers drain.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopScheduler.CancelAsync().ConfigureAwait(false);
        await _stopWorkers.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (WorkerRole worker in _workers) await worker.DisposeAsync().ConfigureAwait(false);
        _scheduler?.Dispose();
        _stopScheduler.Dispose();
        _stopWorkers.Dispose();
    }

    private bool IsReady => _workers.All(w => w.IsReady) && _scheduler!.IsReady && Gauges.Count(g => g.Available) == _settings.Workers.Count;

    private async Task CreateTopics()
    {
        using TopicAdmin admin = new(Kafka, _loggers, _time, _cluster);
        await admin.CreateAsync().ConfigureAwait(false);
        foreach (TopicContract topic in TopicCatalogue.All.Where(t => !t.IsFamily))
            for (int p = 0; p < (topic.Partitions == PartitionCount.One ? 1 : 4); p++) _cluster.SetLeader(Kafka.Topics.Of(topic.Name), p, Near);
        foreach (DemoWorker worker in _settings.Workers)
        {
            await admin.CreateWorkTopicAsync(worker.Id).ConfigureAwait(false);
            _cluster.SetLeader(Kafka.Topics.Work(worker.Id), 0, worker.Site == "cloud" ? Far : Near);
            _cluster.SetCoordinator(Kafka.Group("worker." + worker.Id), Near);
        }

        _cluster.SetCoordinator(Kafka.Group("scheduler"), Near);
        _cluster.CreateTopic(Kafka.Prefix + "probe", 1);
        _cluster.SetLeader(Kafka.Prefix + "probe", 0, Far);
        _cluster.SetRoundTrip(Far, _settings.CloudRoundTrip);
    }

    // From produce to consume through the far broker, as a work item travels; the median of a few.
    private double MeasureCloudDelay()
    {
        string topic = Kafka.Prefix + "probe";
        using RecordProducer producer = new(Kafka, _loggers, _time, linger: _settings.Linger);
        using TopicReader reader = new(Kafka, _loggers, _time, topic);
        reader.Follow(topic, 0);
        List<double> delays = [];
        ProducerTopic probe = producer.Topic(topic);
        for (int i = 0; i < 12; i++)
        {
            long began = Stopwatch.GetTimestamp();
            producer.Produce(probe, 0, "probe"u8, "probe"u8);
            bool arrived = false;
            while (!arrived && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(5))
                arrived = reader.Poll(TimeSpan.FromMilliseconds(5), static (in ReceivedRecord _) => { }) > 0;
            if (i >= 2) delays.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return Reports.Percentile.Median(delays);
    }

    private void StartWorker(DemoWorker worker)
    {
        WorkerSettings settings = new()
        {
            Id = worker.Id, Site = worker.Site, Models = _settings.Models, Variants = worker.Variants, Slowdown = worker.Slowdown,
            Noise = _settings.Noise, NoiseSeed = _settings.Seed,
            TariffPerHour = worker.TariffPerHour, DeviceClass = worker.Site == "cloud" ? "cloud" : "board",
            Profiler = new ServiceProfilerSettings { Budget = TimeSpan.FromMilliseconds(300) },
            Processor = new ProcessorSettings { Power = new PowerSettings(worker.IdleWatts, worker.ActiveWatts) },
        };
        WorkerRole role = new(Kafka, settings, _loggers, _time, _cluster);
        _workers.Add(role);
        _running.Add(
            Task.Factory.StartNew(() => role.Run(_stopWorkers.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap());
    }

    private void StartScheduler(PolicySource policy)
    {
        float delay = (float)(CloudDelayMs / 1000);
        SchedulerRoleSettings settings = new()
        {
            Scheduler = policy.Into(new SchedulerSettings()),
            Dispatch = new DispatchSettings { SchedulerId = "scheduler-1" },
            Network = () => Links(delay),
            Batching = new BatchingRule { Slow = _settings.Linger, Fast = _settings.Linger },
        };
        _scheduler = new SchedulerRole(Kafka, settings, _loggers, _time) { AfterRound = Gauge };
        SchedulerRole host = _scheduler;
        _running.Add(Task.Factory.StartNew(
            () => host.Run(_stopScheduler.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    // Work to the cloud goes through the far broker; its answers come back through the near one.
    private static NetworkMap Links(float delay)
    {
        NetworkMap map = new(new Link(0.003f, 0.001f), new Link(0.004f, 0.001f));
        int cloud = map.Add("cloud");
        foreach (string plant in (string[])["plant-a", "plant-b"])
            map[map.Add(plant), cloud] = new Link(delay, 0.1f * delay, float.PositiveInfinity, (float)DemoSettings.CloudCostPerGigabyte);
        return map;
    }

    private long _nextGauge;

    private void Gauge(SchedulerRole host)
    {
        long now = Stopwatch.GetTimestamp();
        if (now < _nextGauge) return;
        _nextGauge = now + (Stopwatch.Frequency / 8);
        ClusterView view = host.Scheduler.View;
        WorkerGauge[] gauges = [.. view.Workers.Values.OrderByDescending(w => w.Description.Id, StringComparer.Ordinal).Select(worker =>
        {
            int p = worker.Processors[0];
            double backlog = worker.Placements.Count == 0 ? 0 : view.Backlog[p];
            double price = Math.Max(view.CapacityPrice[p], view.DelayPrice[p] * (double.IsFinite(backlog) ? backlog : 0)) / 1000;
            return new WorkerGauge(
                worker.Description.Id, view.Available[p] > 0, worker.Placements.Sum(view.InFlightOf), double.IsFinite(backlog) ? 1000 * backlog : double.NaN,
                1000 * view.Queue[p], price, view.Utilisation[p]);
        })];
        Volatile.Write(ref _gauges, gauges);
    }
}
