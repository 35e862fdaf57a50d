using StreamSched.Administration;
using StreamSched.Avro.Records;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Consuming;

namespace StreamSched.Tests.Administration;

public class WorkerSummaryTests
{
    private static readonly Dictionary<string, string> None = [];
    private static readonly Dictionary<string, IReadOnlyList<TelemetryCondition>> Nobody = [];

    private static WorkerSummary Summary(double? ageMs, bool told = false, WorkerState state = WorkerState.Ready) => new(
        new WorkerRegistration { Worker = "edge-1", TelemetryPeriodMicros = 250_000, Draining = told },
        ageMs is null ? null : new WorkerTelemetry { State = state }, ageMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null);

    [Fact]
    public void Its_condition_follows_the_rule_of_the_schedulers()
    {
        Assert.Equal(WorkerCondition.Ready, Summary(750).Condition); // three periods
        Assert.Equal(WorkerCondition.Quiet, Summary(751).Condition);
        Assert.Equal(WorkerCondition.Quiet, Summary(2000).Condition); // eight
        Assert.Equal(WorkerCondition.Dead, Summary(2001).Condition);
        Assert.Equal(WorkerCondition.Dead, Summary(null).Condition);
        Assert.Equal(WorkerCondition.Draining, Summary(100, told: true).Condition);
        Assert.Equal(WorkerCondition.Draining, Summary(100, state: WorkerState.Draining).Condition);
        Assert.Equal(WorkerCondition.Dead, Summary(9000, told: true).Condition);
    }

    [Fact]
    public void Figures_are_summed_over_processors()
    {
        WorkerTelemetry telemetry = new()
        {
            Processors =
            [
                new ProcessorTelemetry
                {
                    Processor = "cpu", Waiting = new() { ["a"] = 2, ["b"] = 1 }, Running = new() { ["a"] = 4 }, BacklogMicros = 1000, PowerWatts = 3,
                    PowerSource = PowerSource.Measured,
                },
                new ProcessorTelemetry
                {
                    Processor = "gpu", Waiting = [], Running = [], BacklogMicros = 500, PowerWatts = 4, PowerSource = PowerSource.Modelled,
                },
            ],
        };
        WorkerSummary summary = new(new WorkerRegistration { Worker = "w", Slowdown = 2 }, telemetry, TimeSpan.Zero);
        Assert.Equal((3, 4, 1.5, 7.0, PowerSource.Modelled, true), (summary.Waiting, summary.Running, summary.Backlog.TotalMilliseconds, summary.Watts,
            summary.PowerSource, summary.IsEmulated));
    }

    [Fact]
    public void Alarms_name_what_needs_an_operator()
    {
        SchedulerSummary live = new("s1", 1, 1, TimeSpan.FromSeconds(1), null, 0, null, []), gone = live with { Age = TimeSpan.FromSeconds(20) };
        TopicReport fine = new([], []);
        PartitionLag waiting = new("requests", 0, 0, 9, 9);
        Assert.Empty(StatusAlarms.Find([Summary(100)], Nobody, None, [live, gone], [waiting], fine));
        Assert.Contains("while 9 records wait", Assert.Single(StatusAlarms.Find([Summary(100)], Nobody, None, [gone], [waiting], fine)),
            StringComparison.Ordinal);
        Assert.Equal(2, StatusAlarms.Find([Summary(null)], Nobody, None, [live], [], fine).Count); // nobody takes work, and it is dead
        Assert.Single(StatusAlarms.Find([Summary(100)], Nobody, None, [live], [],
            new TopicReport([new TopicDifference("t", TopicDifferenceKind.Partitions, "…")], [])));
    }

    [Fact]
    public void Conditions_that_live_roles_tell_are_alarms()
    {
        SchedulerSummary live = new(
            "s1", 1, 1, TimeSpan.FromSeconds(1), null, 0, null, [new LoadCondition { Code = "log-gap", Text = "9 records of requests/3 are gone" }]);
        WorkerSummary worker = Summary(100) with
        {
            Telemetry = new WorkerTelemetry { Conditions = [new TelemetryCondition { Code = "clock-offset", Text = "the clock is 2 s ahead" }] },
        };
        TopicReport fine = new([], []);
        Assert.Equal(["scheduler s1: 9 records of requests/3 are gone", "worker edge-1: the clock is 2 s ahead"],
            StatusAlarms.Find([worker], Nobody, None, [live], [], fine));
        Assert.DoesNotContain(StatusAlarms.Find([worker], Nobody, None, [live with { Age = TimeSpan.FromSeconds(20) }], [], fine),
            alarm => alarm.Contains("records of requests", StringComparison.Ordinal));
    }

    [Fact]
    public void Who_lives_and_could_not_register_is_told_by_what_it_says_and_not_taken_for_dead()
    {
        SchedulerSummary live = new("s1", 1, 1, TimeSpan.FromSeconds(1), null, 0, null, []);
        TelemetryCondition condition = new() { Code = "not-registered", Text = "it was not stored" };
        Dictionary<string, IReadOnlyList<TelemetryCondition>> unregistered = new() { ["edge-1"] = [condition] };
        Assert.Equal(["no worker takes work: streamsched worker --id …", "worker edge-1: it was not stored"],
            StatusAlarms.Find([Summary(null)], unregistered, None, [live], [], new TopicReport([], [])));
    }

    [Fact]
    public void B6_Thousands_of_dead_workers_are_counted_and_not_named_one_by_one()
    {
        SchedulerSummary live = new("s1", 1, 1, TimeSpan.FromSeconds(1), null, 0, null, []);
        IReadOnlyList<string> alarms = StatusAlarms.Find([Summary(100), .. Enumerable.Repeat(Summary(null), 5000)], Nobody, None, [live], [],
            new TopicReport([], []));
        Assert.Equal(21, alarms.Count);
        Assert.Contains("4980 more workers are registered and give no sign of life", alarms[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void B6_A_registration_that_schedulers_ignore_is_an_alarm()
    {
        SchedulerSummary live = new("s1", 1, 1, TimeSpan.FromSeconds(1), null, 0, null, []);
        Dictionary<string, string> ignored = Enumerable.Range(0, 23).ToDictionary(i => $"w{i:00}", _ => "it lies ahead");
        IReadOnlyList<string> alarms = StatusAlarms.Find([Summary(100)], Nobody, ignored, [live], [], new TopicReport([], []));
        Assert.Equal(21, alarms.Count); // the first twenty, and how many more there are
        Assert.Equal("schedulers ignore the registration of 'w00': it lies ahead; streamsched worker forget 'w00' takes it away", alarms[0]);
        Assert.Contains("3 more", alarms[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("edge-1", "edge-1", 0, null)]
    [InlineData("edge-2", "edge-1", 0, "the key is not its worker id, 'edge-1'")]
    [InlineData("edge-1", "edge-1", 48, "which lies ahead")]
    [InlineData("a/b", "a/b", 0, "worker id 'a/b'")]
    public void B6_What_schedulers_ignore_is_told_by_their_own_rule(string key, string worker, int hoursAhead, string? problem)
    {
        const long now = 1_800_000_000_000_000;
        string? told = StreamSched.Schedulers.RegistrationReader.Problem(
            key, new WorkerRegistration
            {
                Worker = worker, Site = "s", Incarnation = now + (hoursAhead * 3_600_000_000L), Processors = [], Variants = [], Interference = [],
            }, now);
        if (problem is null) Assert.Null(told);
        else Assert.Contains(problem, told, StringComparison.Ordinal);
    }
}
