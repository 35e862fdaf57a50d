using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Core.Serving;
using StreamSched.Hosting;

namespace StreamSched.Bench;

/// <summary>
/// What a decision costs: predictions, mask, choice, exploration and the account of what was sent. The view moves on by 20 µs with every decision, as at 50,000
/// requests a second, and what was sent is answered in batches outside the stopwatch.
/// </summary>
internal sealed class DecideBench
{
    public const int Batch = 256;
    private const int Sites = 8;
    private readonly Scheduler _scheduler;
    private readonly RequestEntry[] _requests = new RequestEntry[Batch];
    private readonly int[] _site = new int[Sites];
    private readonly int _task;
    private long _now = 1_800_000_000_000_000;

    /// <summary>Makes a scheduler with so many candidates, one per worker, at eight sites.</summary>
    public DecideBench(string policy, int candidates, TimeProvider time)
    {
        NetworkMap network = new(new Link(0.0005f, 0.0002f, 1e9f), new Link(0.005f, 0.001f, 1e8f));
        _scheduler = new Scheduler(PolicySource.Find(policy, "policy").Into(new SchedulerSettings()), network, time, _now);
        RandomStream random = RandomStream.For(1, "workers");
        for (int w = 0; w < candidates; w++)
        {
            float seconds = 0.0001f + (0.0002f * random.NextSingle());
            _scheduler.View.Register(
                new WorkerDescription
                {
                    Id = $"w-{w}", Incarnation = 1, Site = $"site-{w % Sites}", TelemetryPeriod = TimeSpan.FromHours(1),
                    Processors = [new ProcessorDescription { Id = "cpu", Slots = 4 }],
                    Variants =
                    [
                        new VariantDescription
                        {
                            Name = "m", Task = "bench", Accuracy = 0.7f + (0.25f * random.NextSingle()),
                            Services = new Dictionary<string, ServiceTable> { ["cpu"] = new(seconds) },
                        },
                    ],
                },
                _now);
        }

        _task = _scheduler.View.TaskIndex("bench");
        for (int s = 0; s < Sites; s++) _site[s] = network.SiteIndex($"site-{s}");
    }

    /// <summary>Times a policy.</summary>
    public static MicroFigure Measure(string policy, int candidates, double seconds, TimeProvider time)
    {
        DecideBench bench = new(policy, candidates, time);
        return MicroBench.Measure(bench.Decide, Batch, seconds, bench.Answer);
    }

    /// <summary>A batch of decisions.</summary>
    public void Decide()
    {
        for (int i = 0; i < Batch; i++)
        {
            _now += 20;
            _requests[i] = new RequestEntry(
                i, new Request { Task = _task, Site = _site[i % Sites], Started = _now, Deadline = 0.1f, Weight = 1, PayloadBytes = 1000 });
            _scheduler.Decide(ref _requests[i], _now);
        }
    }

    /// <summary>Answers the batch, so that the cluster stays lightly loaded.</summary>
    public void Answer()
    {
        for (int i = 0; i < Batch; i++)
            if (_requests[i].IsInFlight) _scheduler.Answered(ref _requests[i], AnswerKind.Served, new Measurement(0, 0, 1, float.NaN, 0.001f), _now);
    }
}
