using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Cluster;

public class DrainingTests
{
    private readonly TestCluster _cluster = new(new SchedulerSettings { Policy = PolicyNames.EarliestFinish, Exploration = 0, TimeBudget = TimeSpan.Zero });

    private void Register(string id, bool draining, long incarnation = 1) => _cluster.View.Register(
        TestCluster.Describe(id, "edge", incarnation, InterferenceTable.None, TestCluster.Variant("m", "t", 0.9f, 10)) with { Draining = draining },
        _cluster.Now);

    [Fact]
    public void A_worker_that_is_told_to_drain_gets_no_new_work_and_what_it_has_is_not_lost()
    {
        Register("a", draining: false);
        Decision sent = _cluster.Decide(_cluster.Request());
        Assert.Equal("a", _cluster.Where(sent));
        Register("a", draining: true);
        Assert.False(_cluster.Rows.IsLost(sent.Handle));
        Assert.Equal(RejectReason.NoWorker, _cluster.Decide(_cluster.Request()).Reason);
        Register("b", draining: false);
        Assert.Equal("b", _cluster.Where(_cluster.Decide(_cluster.Request())));
        _cluster.Answer(sent, 10);
        Assert.Equal(1, _cluster.Scheduler.InFlightCount);
    }

    [Fact]
    public void Neither_telemetry_sent_before_it_heard_of_it_nor_a_registration_of_other_models_takes_it_back()
    {
        Register("a", draining: true);
        _cluster.After(10);
        _cluster.Hear("a");
        Assert.False(_cluster.View.AnyAvailable(_cluster.View.TaskIndex("t")));
        Register("a", draining: false);
        _cluster.Hear("a");
        Assert.True(_cluster.View.AnyAvailable(_cluster.View.TaskIndex("t"))); // telemetry of a worker that has not heard of it says READY again
        Register("a", draining: true);
        Register("a", draining: false, incarnation: 2);
        Assert.True(_cluster.View.AnyAvailable(_cluster.View.TaskIndex("t"))); // the next life
    }

    [Fact]
    public void A_registration_while_it_drains_by_its_own_word_keeps_it_drained()
    {
        Register("a", draining: false);
        _cluster.View.Telemetry("a", 1, draining: true, [], _cluster.Now);
        Register("a", draining: false);
        Assert.False(_cluster.View.AnyAvailable(_cluster.View.TaskIndex("t")));
    }
}
