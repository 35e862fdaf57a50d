using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Core.Serving;

namespace StreamSched.Tests.Core.Cluster;

public class BatchPredictionTests
{
    private static readonly ServiceTable Batches = new([1, 8], [0.008f, 0.016f], 8);

    [Fact]
    public void What_was_counted_in_is_counted_out_whatever_the_table_says_by_then()
    {
        // The first request takes a run of its own, and makes the next ones cheaper. Taking out what the table says later would leave a backlog of nothing
        // while most are still under way.
        Scheduler scheduler = Make();
        RequestRows rows = new(scheduler);
        Request request = new() { Task = 0, Started = 0, Deadline = 1, Weight = 1 };
        int[] handles = [.. Enumerable.Range(0, 12).Select(_ => rows.Decide(request, 0).Handle)];
        float all = handles.Sum(h => rows[h].ProcessorTime);
        scheduler.View.Advance(1);
        for (int i = 0; i < 6; i++) rows.WriteOff(handles[i], 1);
        float left = handles.Skip(6).Sum(h => rows[h].ProcessorTime);
        scheduler.View.Advance(2);
        Assert.Equal(left, scheduler.View.Backlog[0], 4);
        Assert.InRange(left, 0.012f, all - 0.012f);
        List<ProcessorLoad> loads = [];
        scheduler.View.Report(loads);
        Assert.Equal(12 * 0.002, loads[0].Sent, 5);
        Assert.Equal(6 * 0.002, loads[0].Finished, 5);
    }

    [Fact]
    public void Candidates_keep_what_the_decision_was_made_with()
    {
        Scheduler scheduler = Make();
        RequestRows rows = new(scheduler);
        Decision decision = rows.Decide(new Request { Task = 0, Started = 0, Deadline = 1, Weight = 1 }, 0);
        Assert.Equal(0.008f, scheduler.Candidates.ProcessorTime[decision.Candidate], 6);
        Assert.Equal(rows[decision.Handle].ProcessorTime, scheduler.Candidates.ProcessorTime[decision.Candidate]);
    }

    [Fact]
    public void Capacity_is_counted_in_full_batches_from_the_first_request_on()
    {
        Scheduler scheduler = Make();
        RequestRows rows = new(scheduler);
        Decision decision = rows.Decide(new Request { Task = 0, Started = 0, Deadline = 1, Weight = 1 }, 0);
        Assert.Equal(0.002f, scheduler.Candidates.Capacity[decision.Candidate], 6);
        Assert.Equal(0.002f, scheduler.View.Queue[0], 6);
    }

    private static Scheduler Make()
    {
        Scheduler scheduler = new(
            new SchedulerSettings { Exploration = 0, Policy = PolicyNames.EarliestFinish }, new NetworkMap(new Link(0), new Link(0)), TimeProvider.System, 0);
        scheduler.View.Register(
            new WorkerDescription
            {
                Id = "w", Site = "s", Processors = [new ProcessorDescription { Id = "gpu" }],
                Variants =
                    [new VariantDescription { Name = "m", Task = "t", Accuracy = 0.5f, Services = new Dictionary<string, ServiceTable> { ["gpu"] = Batches } }],
            },
            0);
        return scheduler;
    }
}
