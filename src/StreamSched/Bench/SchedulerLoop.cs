using Microsoft.Extensions.Logging;
using StreamSched.Core.Cluster;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Kafka.Settings;
using StreamSched.Schedulers;

namespace StreamSched.Bench;

/// <summary>The loop (b): the scheduler as users run it.</summary>
internal sealed class SchedulerLoop : IRouteLoop
{
    private readonly SchedulerRole _host;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private Exception? _failure;

    /// <summary>Starts it.</summary>
    public SchedulerLoop(KafkaSettings kafka, string group, string policy, int partitions, ILoggerFactory loggers, TimeProvider time)
    {
        Progress = new LoopProgress(partitions);
        SchedulerRoleSettings settings = new() { Scheduler = Settings(policy), Dispatch = Dispatch(), Network = Network, Group = group };
        _host = new SchedulerRole(kafka, settings, loggers, time) { AfterRound = Tell };
        _thread = new Thread(Run) { Name = "loop", IsBackground = true };
        _thread.Start();
    }

    /// <inheritdoc/>
    public LoopProgress Progress { get; }

    /// <inheritdoc/>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>What the scheduler answered itself, which a benchmark must not contain.</summary>
    public long NotPlaced => _host.Dispatcher.Counters.Requests - _host.Dispatcher.Counters.Placed;

    /// <summary>How its requests ended, in words; for a run that did not end as it should.</summary>
    public string Outcomes
    {
        get
        {
            DispatchCounters c = _host.Dispatcher.Counters;
            return $" ({c.OnTime} on time, {c.Late} late, {c.NotOk} not OK, {NotPlaced} not placed, {c.Repeated} repeated, {c.Duplicates} answered twice, "
                + $"{c.Expired} expired, {c.SentAgain} sent again, {_host.Dispatcher.PendingCount} pending)";
        }
    }

    /// <summary>A scheduler's settings for the benchmark: the defaults.</summary>
    /// <param name="policy">The policy.</param>
    public static SchedulerSettings Settings(string policy) => PolicySource.Find(policy, "--policies").Into(new SchedulerSettings());

    /// <summary>A dispatcher's settings for the benchmark: the defaults.</summary>
    public static DispatchSettings Dispatch() => new() { SchedulerId = "bench-scheduler" };

    /// <summary>The benchmark's sites: near each other, so that every placement is feasible for every request.</summary>
    public static NetworkMap Network() => new(new Link(0.0005f, 0.0002f), new Link(0.005f, 0.001f));

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _host.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        try
        {
            _host.Run(_stop.Token);
        }
#pragma warning disable CA1031 // Whatever it is, the run is over; the benchmark reports it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Volatile.Write(ref _failure, exception);
        }
    }

    private void Tell(SchedulerRole host)
    {
        for (int p = 0; p < Progress.Partitions; p++) Progress.SetTaken(p, host.Dispatcher.TakenOf(p));
        DispatchCounters counters = host.Dispatcher.Counters;
        Progress.Answered = counters.OnTime + counters.Late + counters.NotOk;
        Progress.Allocated = GC.GetAllocatedBytesForCurrentThread();
        if (!Progress.IsReady) Progress.IsReady = host.Partitions.Count == Progress.Partitions;
    }
}
