using StreamSched.Client;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Settings;
using StreamSched.Onnx.Profiling;
using StreamSched.Schedulers;
using StreamSched.Tests;
using StreamSched.Workers;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>Topics, a scheduler and workers with the shipped models, on one broker: everything that a device needs.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<WorkerRole> _workers = [];
    private readonly List<Task> _running = [];
    private readonly SchedulerRole _scheduler;

    private Installation(TestBroker broker, SchedulerRoleSettings? settings, TimeProvider? time)
    {
        Broker = broker;
        _scheduler = new SchedulerRole(
            broker.Settings,
            settings ?? new SchedulerRoleSettings
            {
                Dispatch = new DispatchSettings { SchedulerId = "s1" },
                Scheduler = new SchedulerSettings { Policy = PolicyNames.EarliestFinish, Exploration = 0 },
            },
            TestBroker.Loggers, time ?? TimeProvider.System);
    }

    public TestBroker Broker { get; }

    public KafkaSettings Kafka => Broker.Settings;

    public SchedulerRole Scheduler => _scheduler;

    public DispatchCounters Counters => _scheduler.Dispatcher.Counters;

    /// <summary>Starts everything and waits until it is ready.</summary>
    public static Task<Installation> StartAsync(TestBroker broker, SchedulerRoleSettings? settings = null, params WorkerSettings[] workers) =>
        StartAsync(broker, settings, null, workers);

    /// <summary>The same with a scheduler that has a clock of its own.</summary>
    public static async Task<Installation> StartAsync(TestBroker broker, SchedulerRoleSettings? settings, TimeProvider? time, params WorkerSettings[] workers)
    {
        broker = broker with { Settings = broker.Settings with { Partitions = 4 } };
        using (TopicAdmin admin = new(broker.Settings, TestBroker.Loggers, TimeProvider.System, broker.Embedded)) await admin.CreateAsync();
        Installation installation = new(broker, settings, time);
        try
        {
            foreach (WorkerSettings worker in workers) installation.Start(worker);
            await installation.UntilAsync(() => installation._workers.All(worker => worker.IsReady));
            installation._running.Add(Task.Factory.StartNew(
                () => installation._scheduler.Run(installation._stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            await installation.UntilAsync(() => installation._scheduler.IsReady && installation._scheduler.Partitions.Count == 4);
            return installation;
        }
        catch
        {
            await installation.DisposeAsync();
            throw;
        }
    }

    public static WorkerSettings Worker(string id, params string[] variants) => new()
    {
        Id = id, Models = Checkout.Path("models"), Variants = variants, TelemetryPeriod = TimeSpan.FromMilliseconds(500),
        Profiler = new ServiceProfilerSettings { Runs = 5, WarmUp = 1, Budget = TimeSpan.FromSeconds(20) },
    };

    public Task<DeviceClient> DeviceAsync(DeviceClientSettings? settings = null, TimeProvider? time = null) =>
        DeviceClient.OpenAsync(Kafka, settings ?? new DeviceClientSettings(), TestBroker.Loggers, time ?? TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(Limit);
        _scheduler.Dispose();
        foreach (WorkerRole worker in _workers) await worker.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>The workers, in the order of their starts.</summary>
    public IReadOnlyList<WorkerRole> Workers => _workers;

    /// <summary>Starts a worker; it may reach the cluster by another way than the others.</summary>
    public void Start(WorkerSettings settings, KafkaSettings? kafka = null, TimeProvider? time = null)
    {
        WorkerRole worker = new(kafka ?? Kafka, settings, TestBroker.Loggers, time ?? TimeProvider.System, Broker.Embedded);
        _workers.Add(worker);
        _running.Add(
            Task.Factory.StartNew(() => worker.Run(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap());
    }

    public async Task UntilAsync(Func<bool> condition)
    {
        for (long began = TimeProvider.System.GetTimestamp(); !condition();)
        {
            foreach (Task task in _running.Where(task => task.IsCompleted)) await task;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, $"not ready within {Limit.TotalSeconds} s");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
