using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Schedulers;

namespace StreamSched.Tests.Kafka.Diagnostics;

public class ConditionsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Conditions _conditions;

    public ConditionsTests() => _conditions = new Conditions(NullLoggerFactory.Instance, _time);

    [Fact]
    public void One_holds_until_it_is_cleared_and_may_change_its_text()
    {
        _conditions.Raise("stuck", "p1", "since one second", blocksReady: true);
        _conditions.Raise("stuck", "p2", "since two seconds");
        _conditions.Raise("stuck", "p1", "since three seconds", blocksReady: true);
        Assert.Equal([("p1", "since three seconds"), ("p2", "since two seconds")], _conditions.InForce.Select(c => (c.Subject, c.Text)));
        Assert.Equal("since three seconds", _conditions.NotReady);
        _conditions.Clear("stuck", "p1");
        _conditions.Clear("stuck", "never there");
        Assert.Equal("p2", Assert.Single(_conditions.InForce).Subject);
        Assert.Null(_conditions.NotReady);
    }

    [Fact]
    public void An_event_is_shown_for_a_while_after_its_last_time()
    {
        _conditions.RaiseFor(TimeSpan.FromMinutes(10), "gap", "p1", "9 records are gone");
        _time.Advance(TimeSpan.FromMinutes(9));
        _conditions.RaiseFor(TimeSpan.FromMinutes(10), "gap", "p1", "9 records are gone");
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Single(_conditions.InForce);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(_conditions.InForce);
    }

    [Fact]
    public void The_list_is_the_same_object_while_nothing_changes()
    {
        _conditions.Raise("a", "", "b");
        IReadOnlyList<Condition> first = _conditions.InForce;
        _conditions.Raise("a", "", "b");
        Assert.Same(first, _conditions.InForce);
        _conditions.Raise("a", "", "c");
        Assert.NotSame(first, _conditions.InForce);
    }

    [Fact]
    public void What_strangers_cause_is_bounded()
    {
        for (int i = 0; i < 10_000; i++) _conditions.Raise("forged", i.ToString(System.Globalization.CultureInfo.InvariantCulture), new string('x', 5000));
        Assert.Equal(256, _conditions.InForce.Count);
        Assert.All(_conditions.InForce, c => Assert.Equal(Conditions.LongestText, c.Text.Length));
        Condition[] reported = [.. Conditions.Reported(_conditions.InForce)];
        Assert.Equal(Conditions.MostReported, reported.Length);
        Assert.Contains("241 more", reported[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scheduler_tells_them_in_its_load()
    {
        _conditions.Raise("log-gap", "requests/3", "9 records of requests/3 are gone");
        LoadReporter reporter = new("s1", 7);
        Scheduler scheduler = new(new SchedulerSettings(), new NetworkMap(new Link(0.001f, 0), new Link(0.005f, 0)), TimeProvider.System, 0);
        Assert.True(
            SchedulerLoad.TryDecodeFramed(reporter.Write(scheduler, 1, _conditions.InForce, 1), out SchedulerLoad? load, out AvroFault fault),
            fault.ToString());
        Assert.Equal((scheduler.Policy, 1), (load.Policy, load.PolicyVersion));
        Assert.Equal(PolicyDigest.Of(scheduler.Policy)[..PolicyDigest.ShortLength], load.Digest);
        LoadCondition told = Assert.Single(load.Conditions);
        Assert.Equal(("log-gap", "requests/3", "9 records of requests/3 are gone"), (told.Code, told.Subject, told.Text));
        _conditions.Clear("log-gap", "requests/3");
        Assert.True(SchedulerLoad.TryDecodeFramed(reporter.Write(scheduler, 1, _conditions.InForce, 2), out load, out fault), fault.ToString());
        Assert.Empty(load.Conditions);
    }
}
