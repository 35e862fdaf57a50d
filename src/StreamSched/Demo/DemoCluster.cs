using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Settings;
using StreamSched.Learners;
using StreamSched.Learning.Online;
using StreamSched.Learning.Rollouts;
using StreamSched.Onnx.Processors;
using StreamSched.Schedulers;
using StreamSched.Simulation.Worlds;
using StreamSched.Workers;

namespace StreamSched.Demo;

/// <summary>Everything but the devices, in this process: an embedded cluster, a scheduler, three workers that emulate others.</summary>
internal sealed class DemoCluster : IAsyncDisposable
{
    private readonly DemoSettings _settings;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly EmbeddedCluster _cluster;
    private readonly CancellationTokenSource _stopScheduler = new();
    private readonly CancellationTokenSource _stopWorkers = new();
    private readonly List<WorkerRole> _workers = [];
    private readonly List<Task> _running = [];
    private SchedulerRole? _scheduler;
    private long _began;
    private readonly RandomStream[] _draws;
    private WorkerGauge[] _gauges = [];
    private LearnerRole? _learner;
    private DemoLearning.Snapshot? _learning;

    private DemoCluster(DemoSettings settings, EmbeddedCluster cluster, string prefix, ILoggerFactory loggers, TimeProvider time)
    {
        (_settings, _cluster, _loggers, _time) = (settings, cluster, loggers, time);
        _draws = [.. settings.World.Workers.Select(w => RandomStream.For(settings.Seed, "batches of " + w.Id))];
        Kafka = KafkaSettings.ForEmbedded(cluster) with { Prefix = prefix, Partitions = 4 };
    }

    /// <summary>How to reach it.</summary>
    public KafkaSettings Kafka { get; }

    /// <summary>Seconds of the timetable that have passed; what changes has not begun to before the devices do.</summary>
    public double Seconds => Volatile.Read(ref _began) is not 0 and var began ? _time.GetElapsedTime(began).TotalSeconds : 0;

    /// <summary>How the workers stand, a moment ago.</summary>
    public IReadOnlyList<WorkerGauge> Gauges => Volatile.Read(ref _gauges);

    /// <summary>How the learner stood a moment ago; null: there is none, or not yet.</summary>
    public DemoLearning.Snapshot? Learning => Volatile.Read(ref _learning);

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
            progress("starting three workers and a scheduler");
            for (int i = 0; i < settings.World.Workers.Count; i++) demo.StartWorker(i);
            demo.StartScheduler(policy);
            if (settings.Learns) demo.StartLearner(policy);
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

    /// <summary>Begins the timetable.</summary>
    public void Begin() => Volatile.Write(ref _began, _time.GetTimestamp());

    /// <summary>Waits until the learner has planned whose windows are whose.</summary>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="RoleException">It takes far too long.</exception>
    public async Task LearnerReady(CancellationToken stop)
    {
        for (long began = _time.GetTimestamp(); _settings.Learns && Learning?.Windows is null;)
        {
            ThrowIfFailed();
            if (_time.GetElapsedTime(began) > TimeSpan.FromSeconds(30))
                throw new RoleException("the learner did not begin within 30 s: is this machine overloaded?");
            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, stop).ConfigureAwait(false);
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
        _learner?.Dispose();
        _stopScheduler.Dispose();
        _stopWorkers.Dispose();
    }

    private bool IsReady => _workers.All(w => w.IsReady) && _scheduler!.IsReady && _learner is not { NotReady: not null }
        && Gauges.Count(g => g.Available) == _settings.World.Workers.Count;

    private async Task CreateTopics()
    {
        using TopicAdmin admin = new(Kafka, _loggers, _time, _cluster);
        await admin.CreateAsync().ConfigureAwait(false);
        foreach (DemoWorker worker in _settings.World.Workers) await admin.CreateWorkTopicAsync(worker.Id).ConfigureAwait(false);
    }

    private void StartWorker(int index)
    {
        DemoWorld world = _settings.World;
        DemoWorker worker = world.Workers[index];
        WorkerSettings settings = new()
        {
            Id = worker.Id, Site = worker.Site, Models = _settings.Models, Variants = worker.Variants, Slowdown = worker.Slowdown,
            Noise = world.Noise, NoiseSeed = _settings.Seed,
            TariffPerHour = worker.TariffPerHour, DeviceClass = worker.Site == "cloud" ? "cloud" : "board",
            Emulation = new WorkerEmulation(
                worker.Times, () => world.PaceAt(index, Seconds, Draw(index)), () => world.LinkDelayAt(index, Seconds)),
            Processor = new ProcessorSettings { Power = new PowerSettings(worker.IdleWatts, worker.ActiveWatts) },
        };
        WorkerRole role = new(Kafka, settings, _loggers, _time, _cluster);
        _workers.Add(role);
        _running.Add(
            Task.Factory.StartNew(() => role.Run(_stopWorkers.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap());
    }

    // Several slots of a worker draw at a time.
    private double Draw(int worker)
    {
        lock (_draws) return _draws[worker].NextDouble();
    }

    private void StartScheduler(PolicySource policy)
    {
        SchedulerRoleSettings settings = new()
        {
            Scheduler = policy.Into(new SchedulerSettings()) with { Value = _settings.Weights },
            Dispatch = new DispatchSettings { SchedulerId = "scheduler-1" },
            Network = () => NetworkModel.Nominal(_settings.World.Scenario),
        };
        _scheduler = new SchedulerRole(Kafka, settings, _loggers, _time) { AfterRound = Gauge };
        SchedulerRole host = _scheduler;
        _running.Add(Task.Factory.StartNew(
            () => host.Run(_stopScheduler.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    // Windows as short as two seconds, so that there are some twenty pairs; a new version of the network would need a longer trial than a demo lasts.
    private void StartLearner(PolicySource policy)
    {
        LearnerRoleSettings settings = new()
        {
            Id = "learner-1", Value = _settings.Weights, Policy = policy.File,
            Learning = new LiveLearnerSettings
            {
                Proposes = false, TellPeriod = TimeSpan.FromSeconds(0.5),
                Rollout = new RolloutSettings
                {
                    Seed = _settings.Seed, BaselineShare = 0.5, ShortestBurnIn = TimeSpan.FromSeconds(0.25), Lead = TimeSpan.FromSeconds(0.5),
                    Patience = TimeSpan.FromSeconds(1), LeastPairs = 4,
                },
            },
        };
        LearnerRole role = _learner = new LearnerRole(Kafka, settings, _loggers, _time)
        {
            AfterTurn = learner => Volatile.Write(
                ref _learning,
                new DemoLearning.Snapshot(learner.Rollout.Windows, learner.Rollout.Learning, [.. learner.Told], learner.Labels)),
        };
        _running.Add(Task.Factory.StartNew(
            () => role.Run(_stopScheduler.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
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
