using StreamSched.Analysis.Replays;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Commands;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Logs;
using StreamSched.Rebuilds;
using StreamSched.Schedulers;

namespace StreamSched.Tests.Rebuilds;

/// <summary>Two schedulers on Kafka's records, with workers whose times scatter; what they wrote, and what they read, builds their views anew.</summary>
public class RebuiltReplayTests
{
    private const long Start = 1_700_000_000_000_000, Transit = 3_000;

    [Theory]
    [InlineData("price", 0, 0.995)]
    [InlineData("earliest-finish", 0.1f, 0.995)]
    [InlineData("least-loaded", 0.1f, 0.995)]
    [InlineData("neural", 0, 0.995)]
    [InlineData("ecsrl", 0.1f, 0.995)]
    [InlineData("aset", 0.1f, 0.995)]
    [InlineData("tan", 0.1f, 0.995)]
    [InlineData("lin-ucb", 0.1f, 0.995)]
    [InlineData("prequal", 0.1f, 0.9)]
    public void X2_Policies_choose_the_same_in_views_that_are_built_anew(string policy, float exploration, double least)
    {
        Log log = new(policy, exploration);
        RebuiltReplay replay = Replay(log);
        RebuiltVersion version = Assert.Single(replay.Versions);
        Assert.Equal(policy, version.Policy);
        Assert.Empty(version.Skipped);
        Assert.InRange(version.Explored, exploration > 0 ? 20 : 0, exploration > 0 ? 200 : 0);
        Assert.InRange(version.Compared, 700, 1200);
        Assert.InRange(version.Same / version.Compared, least, 1);
        Assert.Equal(2, replay.Schedulers);
        if (least < 0.95) return; // one that draws whom it asks

        // Records of the same instant may have been taken in another order.
        Assert.InRange(replay.Waiting.At(0.99), 0, 5e-5);
        Assert.InRange(replay.OnTime.At(0.99), 0, 0.01);
    }

    [Fact]
    public void What_was_done_otherwise_is_seen_and_followed()
    {
        Log log = new("least-loaded", exploration: 0);
        Assert.InRange(Replay(log, instead: new PolicyShelf().BuiltIn("farthest")).Versions.Single() is var other ? other.Same / other.Compared : 0, 0, 0.9);

        // A fifth of the decisions says that another worker was chosen than was.
        List<LogEvent> changed = [];
        int decisions = 0, swapped = 0;
        foreach (LogEvent e in log.Events)
        {
            if (e.Kind != LogEventKind.Decision || decisions++ % 5 != 0)
            {
                changed.Add(e);
                continue;
            }

            Assert.True(SchedulingDecision.TryDecode(e.Body, out SchedulingDecision? decision, out _));
            if (decision.Worker is not null && e.At > Start + 1_000_000) swapped++;
            if (decision.Worker is { } worker) decision.Worker = worker == "near" ? "far" : "near";
            changed.Add(e with { Body = decision.ToFramed()[Framing.HeaderLength..] });
        }

        log.Events.Clear();
        log.Events.AddRange(changed);
        RebuiltVersion version = Replay(log).Versions.Single();
        Assert.InRange(version.Compared - version.Same, 0.9 * swapped, 0.5 * version.Compared);
    }

    [Fact]
    public void What_is_missing_is_counted_and_nothing_else_is_lost()
    {
        Log log = new("price", exploration: 0);
        int requests = log.Events.Count(e => e.Kind == LogEventKind.Request);
        int seen = 0;
        log.Events.RemoveAll(e => e.Kind == LogEventKind.Request && seen++ % 10 == 0);
        log.Events.Add(new LogEvent(log.Events[^1].At, LogEventKind.Decision, [1, 2, 3], 3));
        RebuiltReplay replay = Replay(log);
        Assert.InRange(replay.WithoutRequest, requests / 11, requests / 9);
        Assert.InRange(replay.Versions.Single().Same / replay.Versions.Single().Compared, 0.9, 1);

        RebuiltReplay unknown = Replay(new Log("neural", exploration: 0), shelf: new PolicyShelf());
        RebuiltVersion version = Assert.Single(unknown.Versions);
        Assert.Equal(0, version.Compared);
        Assert.Equal("nobody has this version", Assert.Single(version.Skipped).Key);
        Assert.Equal(unknown.Decisions, version.Skipped.Values.Single());
    }

    private static RebuiltReplay Replay(Log log, PolicyShelf? shelf = null, RecordedPolicy? instead = null)
    {
        RebuiltReplay replay = new(
            name => SchedulerCommand.Settings(new SettingsFile(), name, null, new SchedulerSettings()), shelf ?? PolicyShelves.Of([], []), instead,
            Start + 1_000_000, TimeProvider.System);
        foreach (LogEvent e in log.Events.OrderBy(e => e.At).ThenBy(e => e.Kind)) replay.Take(e);
        return replay;
    }

    // Four seconds: requests of devices at two sites come to two schedulers in turns, and each tells the other every 10 ms what it sent.
    private sealed class Log
    {
        private readonly PriorityQueue<Action, (long At, int Order)> _due = new();
        private readonly RandomStream _random = RandomStream.For(1, "log");
        private readonly (Scheduler Decides, Dispatcher Dispatcher, Sink Sink, LoadReporter Load, string Name)[] _schedulers;
        private readonly Dictionary<string, long> _busyUntil = [];
        private long _now = Start;
        private int _order;

        public Log(string policy, float exploration)
        {
            SchedulerSettings settings = PolicySource.Find(policy, "--policy").Into(new SchedulerSettings
            {
                Exploration = exploration, TimeBudget = TimeSpan.Zero, RecordsFeatures = true,
            });
            _schedulers = [.. new[] { "s1", "s2" }.Select(name =>
            {
                SchedulerRoleSettings role = SchedulerCommand.Settings(
                    new SettingsFile(), name, null, settings with { Seed = RandomStream.For(7, name).State });
                Scheduler scheduler = new(role.Scheduler, role.Network(), TimeProvider.System, Start);
                Sink sink = new(this, name);
                Dispatcher dispatcher = new(role.Dispatch, scheduler, sink, new MessageDecoder(SchemaCatalogue.Own), 1);
                return (scheduler, dispatcher, sink, new LoadReporter(name, Start), name);
            })];
            for (int w = 0; w < 2; w++)
            {
                WorkerRegistration worker = Worker(w == 0 ? "near" : "far", w == 0 ? "plant" : "cloud", w == 0 ? 1 : 0.4);
                Add(LogEventKind.Registration, Start, worker.ToFramed());
                foreach (var s in _schedulers)
                {
                    Assert.Null(RegistrationReader.TryRead(worker.Worker, worker, Start, out WorkerDescription? description));
                    s.Decides.View.Register(description!, Start, null, Start);
                }
            }

            RandomStream random = RandomStream.For(2, "arrivals");
            long at = Start + 20_000;
            for (int i = 0; i < 1_500; i++)
            {
                at += (long)(random.NextExponential() * 2_600);
                int n = i;
                Due(at, () => Ask(n));
            }

            for (long t = Start + 10_000; t < at; t += 10_000)
            {
                Due(t, Report);
                if (t % 250_000 == 0) Due(t, Telemetry);
            }

            while (_due.TryDequeue(out Action? next, out (long At, int) due))
            {
                _now = due.At;
                next();
            }
        }

        public List<LogEvent> Events { get; } = [];

        private void Due(long at, Action what) => _due.Enqueue(what, (at, _order++));

        private void Add(LogEventKind kind, long at, byte[] framed) =>
            Events.Add(new LogEvent(at, kind, framed[Framing.HeaderLength..], framed.Length));

        private void Ask(int i)
        {
            InferenceRequest request = new()
            {
                Id = Guid.CreateVersion7(), Device = $"cam-{i % 16}", Task = "t", Site = i % 3 == 0 ? "cloud" : "plant", Created = _now, Weight = 1,
                Encoding = PayloadEncoding.Grey8, DeadlineMicros = 40_000 + (i % 5 * 20_000), Payload = [1, 2, 3],
            };
            Add(LogEventKind.Request, _now - 1, request.ToFramed());
            var (_, dispatcher, sink, _, _) = _schedulers[i % 2];
            sink.Asked = request;
            dispatcher.Request(i % 2, i, _now, request.ToFramed(), default, _now);
        }

        private void Report()
        {
            foreach (var s in _schedulers)
            {
                s.Decides.View.Advance(_now);
                s.Decides.View.TakeSnapshot();
                s.Decides.View.SetPartitionShare(0.5f);
                byte[] report = s.Load.Write(s.Decides, 0.5f, [], _now).ToArray();
                Add(LogEventKind.Report, _now, report);
                Add(LogEventKind.Load, _now + Transit, report);
                Assert.True(SchedulerLoad.TryDecodeFramed(report, out SchedulerLoad? load, out _));
                StreamSched.Core.Cluster.ProcessorLoad[] rows = [.. load.Processors.Select(row => new StreamSched.Core.Cluster.ProcessorLoad(
                    row.Worker, row.Incarnation, row.Processor, row.SentMicros * 1e-6, row.FinishedMicros * 1e-6))];
                long read = _now + Transit;
                foreach (var other in _schedulers.Where(o => o.Name != s.Name))
                    Due(read, () => other.Decides.View.PeerReported(load.Scheduler, load.Incarnation, load.Sequence, load.At, load.Share, rows, read));
            }
        }

        private void Telemetry()
        {
            foreach (string worker in (string[])["near", "far"])
            {
                long backlog = Math.Max(0, _busyUntil.GetValueOrDefault(worker) - _now), read = _now + Transit, at = _now;
                WorkerTelemetry telemetry = new()
                {
                    Worker = worker, Incarnation = Start, At = at,
                    Processors = [new StreamSched.Avro.Records.ProcessorTelemetry { Processor = "cpu", BacklogMicros = backlog }],
                };
                Add(LogEventKind.Telemetry, read, telemetry.ToFramed());
                foreach (var s in _schedulers)
                {
                    Due(read, () => s.Decides.View.Telemetry(
                        worker, Start, false, [new StreamSched.Core.Cluster.ProcessorTelemetry("cpu", backlog * 1e-6f)], read, null, at));
                }
            }
        }

        private void Work(Dispatcher dispatcher, InferenceRequest request, WorkItem item, string worker)
        {
            long arrives = _now + 1_500, begins = Math.Max(arrives, _busyUntil.GetValueOrDefault(worker));
            double usual = (item.Variant == "small" ? 2_000 : 6_000) * (worker == "near" ? 1 : 0.4);
            long service = (long)(usual * (0.5 + (0.5 * _random.NextExponential()))), finished = begins + service, read = finished + Transit;
            _busyUntil[worker] = finished;
            byte[] result = new InferenceResult
            {
                Id = request.Id, Device = request.Device, Task = "t", Site = request.Site, Status = ResultStatus.Ok, Attempt = item.Attempt,
                Incarnation = item.Incarnation, Worker = worker, Processor = "cpu", Variant = item.Variant, Batch = 1, NetworkMicros = arrives - _now,
                QueueMicros = begins - arrives, ServiceMicros = service, Finished = finished, Created = request.Created,
            }.ToFramed();
            Add(LogEventKind.Result, read, result);
            Due(read, () => Assert.True(dispatcher.Result(result, read)));
        }

        private static WorkerRegistration Worker(string id, string site, double factor) => new()
        {
            Worker = id, Site = site, Incarnation = Start, At = Start, TelemetryPeriodMicros = 250_000,
            Processors = [new ProcessorRegistration { Id = "cpu", Slots = 1, IdleWatts = 1, ActiveWatts = 8 }],
            Variants =
            [
                .. new[] { ("small", 0.8f, 2_000), ("large", 0.92f, 6_000) }.Select(v => new VariantRegistration
                {
                    Name = v.Item1, Task = "t", Accuracy = v.Item2,
                    Services = [new ServiceProfile { Processor = "cpu", Batch = [1], Micros = [(long)(v.Item3 * factor)] }],
                }),
            ],
            Interference = [],
        };

        private sealed class Sink(Log log, string name) : IDispatchSink
        {
            public InferenceRequest Asked { get; set; } = new();

            public void Work(string worker, Guid id, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long token)
            {
                Assert.True(WorkItem.TryDecodeFramed(value, out WorkItem? item, out _));
                log.Work(log._schedulers.Single(s => s.Name == name).Dispatcher, Asked, item, worker);
            }

            public void Carry(int partition, ReadOnlySpan<byte> device, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long received)
            {
            }

            // What a scheduler answers itself comes back to it as the others' answers do.
            public void Result(int partition, ReadOnlySpan<byte> device, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace)
            {
                byte[] result = value.ToArray();
                long read = log._now + Transit;
                log.Add(LogEventKind.Result, read, result);
                log.Due(read, () => log._schedulers.Single(s => s.Name == name).Dispatcher.Result(result, read));
            }

            public void Decision(int partition, Guid id, ReadOnlySpan<byte> value) => log.Add(LogEventKind.Decision, log._now, value.ToArray());

            public void Acknowledge(int partition, long offset)
            {
            }
        }
    }
}
