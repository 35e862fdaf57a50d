using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Core.Serving;

namespace StreamSched.Tests.Core;

/// <summary>A scheduler over workers made for a test, with a clock that the test moves.</summary>
internal sealed class TestCluster
{
    public const long Start = 1_700_000_000_000_000;

    public TestCluster(SchedulerSettings? settings = null)
    {
        Settings = settings ?? new SchedulerSettings { Exploration = 0, TimeBudget = TimeSpan.Zero };
        Network = new NetworkMap(new Link(0.001f), new Link(0.020f, 0.002f));
        Network.Add("edge");
        Network.Add("cloud");
        Scheduler = new Scheduler(Settings, Network, TimeProvider.System, Start);
        Rows = new RequestRows(Scheduler);
    }

    public SchedulerSettings Settings { get; }

    public NetworkMap Network { get; }

    public Scheduler Scheduler { get; }

    public RequestRows Rows { get; }

    public ClusterView View => Scheduler.View;

    public long Now { get; set; } = Start;

    public static VariantDescription Variant(string name, string task, float accuracy, float milliseconds, long memory = 0) => new()
    {
        Name = name, Task = task, Accuracy = accuracy, MemoryBytes = memory,
        Services = new Dictionary<string, ServiceTable> { ["cpu"] = new ServiceTable(milliseconds / 1000) },
    };

    public TestCluster Worker(string id, string site, params VariantDescription[] variants) => Worker(id, site, 1, InterferenceTable.None, variants);

    public TestCluster Worker(string id, string site, long incarnation, InterferenceTable interference, params VariantDescription[] variants)
    {
        View.Register(Describe(id, site, incarnation, interference, variants), Now);
        return this;
    }

    public static WorkerDescription Describe(string id, string site, long incarnation, InterferenceTable interference, params VariantDescription[] variants) =>
        new()
        {
            Id = id, Incarnation = incarnation, Site = site, TelemetryPeriod = TimeSpan.FromSeconds(1), Variants = variants, Interference = interference,
            Processors = [new ProcessorDescription { Id = "cpu", Slots = interference.IsEmpty ? 1 : 4, ActiveWatts = 10, MemoryBytes = 1000 }],
        };

    public Request Request(string task = "t", float deadlineMs = 100, float minAccuracy = 0, string site = "edge", float weight = 1) => new()
    {
        Task = View.TaskIndex(task), Started = Now, Deadline = deadlineMs / 1000, MinAccuracy = minAccuracy, Site = Network.SiteIndex(site),
        Origin = View.OriginIndex(site), Weight = weight,
    };

    public Decision Decide(Request request) => Rows.Decide(request, Now);

    public string? Where(Decision decision) =>
        decision.IsPlaced ? View.WorkerOf(View.ProcessorOf(decision.Placement))!.Description.Id : null;

    public void Answer(Decision decision, float serviceMs) =>
        Rows.Answered(decision.Handle, AnswerKind.Served, new Measurement(serviceMs / 1000, 1, 1, float.NaN, -1), Now);

    public void Hear(params string[] workers)
    {
        foreach (string id in workers) View.Telemetry(id, View.Workers[id].Description.Incarnation, false, [], Now);
    }

    public void After(double milliseconds) => Now += (long)(milliseconds * 1000);

    /// <summary>64 workers; after as many decisions as are measured, decisions and answers leave nothing to the garbage collector.</summary>
    public void AssertAllocatesNothing(int decisions)
    {
        for (int i = 0; i < 64; i++) Worker($"w{i}", i % 3 == 0 ? "cloud" : "edge", Variant("m", "t", 0.9f, 10));
        Loop(Math.Max(600, decisions));
        Hear([.. Enumerable.Range(0, 64).Select(i => $"w{i}")]);
        Assert.Equal(0, Allocations.Of(() => Loop(decisions)));

        void Loop(int n)
        {
            for (int i = 0; i < n; i++)
            {
                Now += 200;
                Decision decision = Decide(Request());
                if (decision.IsPlaced) Answer(decision, 10);
            }
        }
    }
}
