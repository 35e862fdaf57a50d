using System.Text;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Schedulers;
using StreamSched.Tests.Core;

namespace StreamSched.Tests.Schedulers;

public class DispatcherTests
{
    private readonly Sink _sink = new();
    private readonly TestCluster _cluster = new(new() { Policy = "earliest-finish", Exploration = 0, TimeBudget = TimeSpan.Zero, RecordsFeatures = true });
    private readonly Dispatcher _dispatcher;
    private long _offset;

    public DispatcherTests()
    {
        DispatchSettings settings = new()
        {
            SchedulerId = "s1", FullRecordShare = 0.5, UserFloors = new Dictionary<string, float> { ["anna"] = 0.8f },
            TaskDeadlines = new Dictionary<string, TimeSpan> { ["slow"] = TimeSpan.FromSeconds(5) },
        };
        _dispatcher = new Dispatcher(settings, _cluster.Scheduler, _sink, new MessageDecoder(SchemaCatalogue.Own), 1);
    }

    private InferenceRequest NewRequest(string device = "cam-1", double? deadlineMs = 100) => new()
    {
        Id = Guid.CreateVersion7(), Device = device, Task = "t", Site = "edge", Created = _cluster.Now, Weight = 1, Encoding = PayloadEncoding.Grey8,
        DeadlineMicros = (long?)(deadlineMs * 1000), Payload = [1, 2, 3],
    };

    private bool Take(InferenceRequest request) =>
        _dispatcher.Request(3, _offset++, _cluster.Now, request.ToFramed(), default, _cluster.Now).Problem is null;

    private void Answer(InferenceRequest request, ResultStatus status = ResultStatus.Ok, int attempt = 1) =>
        Assert.True(_dispatcher.Result(ResultOf(request, status, attempt).ToFramed(), _cluster.Now));

    private InferenceResult ResultOf(InferenceRequest request, ResultStatus status, int attempt) => new()
    {
        Id = request.Id, Device = request.Device, Status = status, Attempt = attempt, Incarnation = 1, Worker = "w", Batch = 1, ServiceMicros = 10_000,
        Finished = _cluster.Now,
    };

    private void Worker(string id = "w", long incarnation = 1) =>
        _cluster.Worker(id, "edge", incarnation, InterferenceTable.None, TestCluster.Variant("m", "t", 0.9f, 10));

    [Fact]
    public void A_request_goes_to_its_worker_with_everything_the_worker_needs()
    {
        Worker();
        InferenceRequest request = NewRequest();
        Assert.True(Take(request));
        (string worker, byte[] value) = Assert.Single(_sink.Works);
        Assert.Equal("w", worker);
        Assert.True(WorkItem.TryDecodeFramed(value, out WorkItem? item, out _));
        Assert.Equal((1, 1L, 3, "s1", "cpu", "m"), (item.Attempt, item.Incarnation, item.Partition, item.Scheduler, item.Processor, item.Variant));
        Assert.Equal(request.Created + 100_000, item.Deadline);
        Assert.Equal(item.Deadline - 1_000, item.AnswerBy); // the way back within the site takes 1 ms
        Assert.Equal(request.ToFramed(), item.Request);
    }

    [Fact]
    public void It_is_finished_when_its_answer_was_read_back_and_not_before()
    {
        Worker();
        InferenceRequest request = NewRequest();
        Take(request);
        Assert.Empty(_sink.Finished);
        Assert.Equal(1, _dispatcher.PendingOf(3));
        Answer(request);
        Assert.Equal([(3, 0L)], _sink.Finished);
        Assert.Equal(0, _dispatcher.PendingCount);
        Assert.Equal(0, _cluster.Scheduler.InFlightCount);
    }

    [Fact]
    public void A_rejection_is_written_at_once_and_finishes_when_it_is_read_back()
    {
        Worker();
        InferenceRequest request = NewRequest(deadlineMs: 3);
        Take(request);
        InferenceResult result = Assert.Single(_sink.Results);
        Assert.Equal((ResultStatus.Rejected, "deadline", request.Id, "cam-1"), (result.Status, result.Reason, result.Id, result.Device));
        Assert.Empty(_sink.Finished);
        Answer(request, ResultStatus.Rejected);
        Assert.Single(_sink.Finished);
    }

    public static TheoryData<string, Action<InferenceRequest>> Invalids => new()
    {
        { "task", r => r.Task = "" },
        { "task", r => r.Task = new string('x', 200) },
        { "site", r => r.Site = new string('x', 200) },
        { "deadlineMicros", r => r.DeadlineMicros = -1 },
        { "deadlineMicros", r => r.DeadlineMicros = long.MaxValue },
        { "minAccuracy", r => r.MinAccuracy = 1.5f },
        { "minAccuracy", r => r.MinAccuracy = float.NaN },
        { "weight", r => r.Weight = 0 },
        { "weight", r => r.Weight = float.PositiveInfinity },
        { "weight", r => r.Weight = 1_000_001 },
        { "user", r => r.User = new string('x', 200) },
        { "payload", r => r.Payload = [] },
        { "payload", r => r.Payload = new byte[9 * 1024 * 1024] },
        { "stage", r => r.Stage = -1 },
    };

    [Theory, MemberData(nameof(Invalids))]
    public void What_is_invalid_is_rejected_with_the_name_of_the_field(string field, Action<InferenceRequest> spoil)
    {
        Worker();
        InferenceRequest request = NewRequest();
        spoil(request);
        Assert.True(Take(request));
        Assert.Equal("invalid: " + field, Assert.Single(_sink.Results).Reason);
        Assert.Empty(_sink.Works);
    }

    [Fact]
    public void What_cannot_be_read_or_has_no_ids_is_for_the_dead_letters_and_gets_no_answer()
    {
        string? problem = _dispatcher.Request(0, 0, _cluster.Now, [1, 2, 3], default, _cluster.Now).Problem;
        Assert.NotNull(problem);
        Assert.Contains("single-object", problem!, StringComparison.Ordinal);
        problem = _dispatcher.Request(0, 1, _cluster.Now, NewRequest().ToFramed().AsSpan()[..^2], default, _cluster.Now).Problem;
        Assert.NotNull(problem);
        Assert.NotNull(problem);
        Assert.False(Take(NewRequest(device: "")));
        InferenceRequest nobody = NewRequest();
        nobody.Id = Guid.Empty;
        Assert.False(Take(nobody));
        Assert.Empty(_sink.Results);
        Assert.Equal(4, _dispatcher.Counters.Unreadable);
    }

    [Fact]
    public void The_same_id_of_the_same_device_is_the_same_request()
    {
        Worker();
        InferenceRequest request = NewRequest();
        Take(request);
        Take(request); // under way
        Assert.Equal([(3, 0L)], _sink.Finished);
        Answer(request);
        Take(request); // answered
        Assert.Equal([(3, 0L), (3, 1L), (3, 2L)], _sink.Finished);
        Assert.Single(_sink.Works);

        request.Device = "cam-2"; // the same id of another device is another request
        Take(request);
        Assert.Equal(2, _sink.Works.Count);
    }

    [Fact]
    public void The_first_result_counts_and_later_ones_are_counted()
    {
        Worker();
        InferenceRequest request = NewRequest();
        Take(request);
        Answer(request);
        Answer(request, ResultStatus.Expired);
        Assert.Equal((1, 1), (_dispatcher.Counters.OnTime, _dispatcher.Counters.Duplicates));
        Assert.Single(_sink.Finished);
    }

    [Fact]
    public void What_was_answered_before_a_take_over_is_not_sent_again()
    {
        Worker();
        InferenceRequest request = NewRequest();
        Answer(request); // recovered from results
        Take(request);   // read again from requests
        Assert.Empty(_sink.Works);
        Assert.Equal([(3, 0L)], _sink.Finished);
    }

    [Fact]
    public void Without_an_answer_it_expires_once_the_grace_is_over()
    {
        Worker();
        InferenceRequest request = NewRequest();
        Take(request);
        _cluster.After(100 + 990);
        _dispatcher.Tick(_cluster.Now);
        Assert.Empty(_sink.Results);
        _cluster.After(20);
        _dispatcher.Tick(_cluster.Now);
        InferenceResult result = Assert.Single(_sink.Results);
        Assert.Equal((ResultStatus.Expired, "grace"), (result.Status, result.Reason));
        Assert.Equal(0, _cluster.Scheduler.InFlightCount);
        Assert.Equal(0, _cluster.View.Queue[0]);

        // It did not come back from the log: it is sent again.
        _cluster.After(10_100);
        _dispatcher.Tick(_cluster.Now);
        Assert.Equal(2, _sink.Results.Count);
        Answer(request, ResultStatus.Expired);
        _cluster.After(20_000);
        _dispatcher.Tick(_cluster.Now);
        Assert.Equal(2, _sink.Results.Count);
    }

    [Fact]
    public void An_expired_backlog_is_answered_without_inference()
    {
        Worker();
        InferenceRequest request = NewRequest();
        _cluster.After(60_000);
        _cluster.Hear("w");
        Take(request);
        _dispatcher.Tick(_cluster.Now);
        Assert.Empty(_sink.Works);
        Assert.Equal(ResultStatus.Expired, Assert.Single(_sink.Results).Status);
    }

    [Fact]
    public void Without_a_worker_it_waits_and_goes_to_the_first_that_comes()
    {
        Take(NewRequest(deadlineMs: 5_000));
        Assert.Empty(_sink.Works);
        Assert.Empty(_sink.Results);
        _cluster.After(1_000);
        Worker();
        _dispatcher.Tick(_cluster.Now);
        Assert.Single(_sink.Works);
    }

    [Fact]
    public void Without_a_worker_it_is_rejected_when_no_registered_variant_could_make_it_any_more()
    {
        Worker();
        _cluster.After(4_000); // quiet: no new work
        InferenceRequest request = NewRequest(deadlineMs: 100);
        Take(request);
        _cluster.After(88);
        _dispatcher.Tick(_cluster.Now);
        Assert.Empty(_sink.Results);
        _cluster.After(3); // 10 ms of run time are left over nothing
        _dispatcher.Tick(_cluster.Now);
        Assert.Equal("no-worker", Assert.Single(_sink.Results).Reason);
    }

    [Fact]
    public void Unanswered_work_of_a_dead_worker_is_sent_again_with_the_next_attempt()
    {
        Worker();
        Worker("x");
        InferenceRequest request = NewRequest(deadlineMs: 60_000);
        Take(request);
        (string first, _) = Assert.Single(_sink.Works);
        string other = first == "w" ? "x" : "w";
        for (int i = 0; i < 10; i++)
        {
            _cluster.After(1_000);
            _cluster.Hear(other);
            _dispatcher.Tick(_cluster.Now);
        }

        Assert.Equal(2, _sink.Works.Count);
        (string second, byte[] value) = _sink.Works[1];
        Assert.True(WorkItem.TryDecodeFramed(value, out WorkItem? item, out _));
        Assert.Equal((other, 2), (second, item.Attempt));
        Assert.Equal(1, _dispatcher.Counters.SentAgain);
    }

    [Fact]
    public void A_new_life_of_a_worker_gets_the_unanswered_work_of_the_old_one()
    {
        Worker();
        Take(NewRequest(deadlineMs: 5_000));
        Worker("w", incarnation: 2);
        _dispatcher.Tick(_cluster.Now);
        Assert.True(WorkItem.TryDecodeFramed(_sink.Works[1].Value, out WorkItem? item, out _));
        Assert.Equal((2, 2L), (item.Attempt, item.Incarnation));
    }

    [Fact]
    public void A_partition_that_was_taken_away_is_forgotten()
    {
        Worker();
        Take(NewRequest(deadlineMs: 5_000));
        Take(NewRequest(deadlineMs: 5_000));
        _dispatcher.Drop(3, _cluster.Now);
        Assert.Equal((0, 0), (_dispatcher.PendingCount, _cluster.Scheduler.InFlightCount));
        _cluster.After(10_000);
        _dispatcher.Tick(_cluster.Now);
        Assert.Empty(_sink.Results);
        Assert.Empty(_sink.Finished);
    }

    [Fact]
    public void An_implausible_clock_is_not_believed_and_the_answer_says_so()
    {
        Worker();
        InferenceRequest request = NewRequest(deadlineMs: 3);
        request.Created += 3_600_000_000;
        Take(request);
        Assert.True(Assert.Single(_sink.Results).CreatedImplausible);
        Assert.Equal(_cluster.Now + 3_000, _sink.Results[0].Deadline);
    }

    [Fact]
    public void The_quality_floor_comes_from_the_request_or_else_from_its_user()
    {
        _cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.7f, 10));
        InferenceRequest request = NewRequest();
        request.User = "anna";
        Take(request);
        Assert.Equal("accuracy", Assert.Single(_sink.Results).Reason);
        request = NewRequest();
        (request.User, request.MinAccuracy) = ("anna", 0.5f);
        Take(request);
        Assert.Single(_sink.Works);
    }

    [Fact]
    public void What_was_explored_is_always_recorded_in_full_and_the_record_says_how_likely_that_was()
    {
        TestCluster cluster = new(new() { Policy = "price", Exploration = 0.5f, TimeBudget = TimeSpan.Zero, RecordsFeatures = true });
        for (int w = 0; w < 4; w++) cluster.Worker($"w{w}", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        Dispatcher dispatcher = new(
            new() { SchedulerId = "s1", FullRecordShare = 0.1 }, cluster.Scheduler, _sink, new MessageDecoder(SchemaCatalogue.Own), 1);
        int explored = 0, full = 0;
        for (int i = 0; i < 200; i++)
        {
            cluster.After(50);
            cluster.Hear("w0", "w1", "w2", "w3");
            InferenceRequest request = NewRequest();
            request.Created = cluster.Now;
            dispatcher.Request(3, i, cluster.Now, request.ToFramed(), default, cluster.Now);
            dispatcher.Result(ResultOf(request, ResultStatus.Ok, 1).ToFramed(), cluster.Now);
            Assert.True(SchedulingDecision.TryDecodeFramed(_sink.Decisions[i], out SchedulingDecision? decision, out _));
            Assert.Equal(decision.Explored ? 1 : 0.1, decision.SampleRate);
            if (decision.Explored) Assert.NotNull(decision.Full);
            (explored, full) = (explored + (decision.Explored ? 1 : 0), full + (decision.Full is null ? 0 : 1));
        }

        Assert.InRange(explored, 60, 140);
        Assert.InRange(full - explored, 1, 40); // a tenth of the others
    }

    [Fact]
    public void X1_a_decision_record_joins_to_its_request_and_says_what_was_chosen_and_how_likely()
    {
        Worker();
        Worker("x");
        for (int i = 0; i < 40; i++)
        {
            InferenceRequest request = NewRequest();
            Take(request);
            Answer(request);
            Assert.True(SchedulingDecision.TryDecodeFramed(_sink.Decisions[i], out SchedulingDecision? decision, out _));
            Assert.Equal((request.Id, "s1", "earliest-finish", 1), (decision.Id, decision.Scheduler, decision.Policy, decision.PolicyVersion));
            Assert.Equal((2, "cpu", "m", 1.0), (decision.Candidates, decision.Processor, decision.Variant, decision.Propensity));
            Assert.Equal(decision.Worker == "w" ? "x" : "w", Assert.Single(decision.Next).Worker);
            Assert.Equal(0.010f, decision.Prediction!.Service, 4);
            Assert.Equal(("t", request.Created + 100_000, 1f, 0.5), (decision.Task, decision.Deadline, decision.Weight, decision.SampleRate));
            Assert.Equal(PolicyDigest.Of("earliest-finish")[..8], decision.Digest);
            Assert.Equal((PolicyArm.Champion, -1), (decision.Arm, decision.Window));
            Assert.Equal((FeatureEncoder.RatioLayout, FeatureEncoder.RatioFields), (decision.FeatureLayout, decision.Features.Length));
            if (decision.Full is not { } full)
            {
                Assert.True(_sink.Decisions[i].Length <= 400, $"{_sink.Decisions[i].Length} bytes");
                continue;
            }

            Assert.Equal(["w/cpu/m", "x/cpu/m"], full.Placements);
            Assert.Equal(2 * full.Fields, full.Features.Length);
            int row = full.Chosen * full.Fields;
            Assert.Equal(decision.Features, full.Features[(row + RecordLayout.Fields)..(row + full.Fields)]);
            Assert.Equal(new byte[] { 0, 0 }, full.Mask);
        }

        Assert.InRange(_sink.Decisions.Count(d => SchedulingDecision.TryDecodeFramed(d, out SchedulingDecision? x, out _) && x.Full is not null), 5, 35);
    }

    [Theory]
    [InlineData("lin-ucb", 1, 14, 14)]
    [InlineData("neural-ucb", 1, 14, 14)]
    [InlineData("ecsrl", 2, 18, 18)]
    [InlineData("tan", 1, 12, 12)]
    [InlineData("aset", 1, 126, 0)] // once a window
    [InlineData("earliest-finish", 3, 24, 24)]
    public void X1_a_decision_tells_what_the_policy_saw_of_its_choice_by_features_of_its_own(string policy, int layout, int first, int second)
    {
        PolicySource source = PolicySource.Find(policy, "NAME");
        _cluster.Scheduler.Use(source.File?.Prepare() ?? new PreparedPolicy(PolicyCatalogue.Create(policy, new PriceParameters())), 1);
        Worker();
        Worker("x");
        foreach (int expected in (int[])[first, second])
        {
            Take(NewRequest());
            Assert.True(SchedulingDecision.TryDecodeFramed(_sink.Decisions[^1], out SchedulingDecision? decision, out _));
            Assert.Equal((policy, layout, expected), (decision.Policy, decision.FeatureLayout, decision.Features.Length));
            Assert.All(decision.Features, f => Assert.True(float.IsFinite(f)));
        }
    }

    [Fact]
    public void B1_An_open_request_that_comes_again_moves_to_the_later_offset()
    {
        InferenceRequest request = NewRequest(deadlineMs: 3_600_000);
        Take(request);
        _offset = 50_000;
        Take(request);
        Assert.Equal([(3, 0L)], _sink.Finished);
        Assert.Equal((1, 1L), (_dispatcher.PendingCount, _dispatcher.Counters.Repeated));
        Answer(request);
        Assert.Equal([(3, 0L), (3, 50_000L)], _sink.Finished);

        // In another partition it is finished there: its answer comes where it came first.
        InferenceRequest other = NewRequest(deadlineMs: 3_600_000);
        Take(other);
        _dispatcher.Request(5, 7, _cluster.Now, other.ToFramed(), default, _cluster.Now);
        Assert.Equal((5, 7L), _sink.Finished[^1]);
        Answer(other);
        Assert.Equal((3, 50_001L), _sink.Finished[^1]);
    }

    [Fact]
    public void B1_What_stays_open_is_carried_to_the_end_once_until_its_copy_must_have_been_read()
    {
        InferenceRequest waiting = NewRequest(deadlineMs: 3_600_000), later = NewRequest(deadlineMs: 3_600_000);
        long received = _cluster.Now;
        Take(waiting);
        _cluster.After(5_000);
        _offset = 20_000;
        Take(later);

        _dispatcher.CarryForward(3, before: 10_000, end: 26_000);
        (int partition, byte[] value, long at) = Assert.Single(_sink.Carried);
        Assert.Equal((3, received), (partition, at));
        Assert.Equal(waiting.ToFramed(), value);
        _dispatcher.CarryForward(3, before: 15_000, end: 27_000);
        _dispatcher.CarryForward(4, before: 90_000, end: 90_000);
        Assert.Single(_sink.Carried);

        _dispatcher.CarryForward(3, before: 26_001, end: 40_000); // the copy was lost; the later one is behind by now, too
        Assert.Equal([waiting.ToFramed(), waiting.ToFramed(), later.ToFramed()], _sink.Carried.Select(c => c.Value));
        _offset = 40_000;
        Take(waiting);
        Assert.Equal((3, 0L), Assert.Single(_sink.Finished));
        _dispatcher.CarryForward(3, before: 30_000, end: 50_000);
        Assert.Equal(3, _dispatcher.Counters.Carried);
    }

    [Fact]
    public void B1_More_requests_without_a_worker_than_may_wait_reject_those_that_wait_longest()
    {
        Dispatcher dispatcher = new(
            new() { SchedulerId = "s1", Lifecycle = new LifecycleSettings { MaxWaiting = 3 } }, _cluster.Scheduler, _sink,
            new MessageDecoder(SchemaCatalogue.Own), 1);
        InferenceRequest[] requests = [.. Enumerable.Range(0, 5).Select(i => NewRequest("cam-" + i, 3_600_000))];
        for (int i = 0; i < requests.Length; i++) dispatcher.Request(3, i, _cluster.Now, requests[i].ToFramed(), default, _cluster.Now);
        dispatcher.Request(4, 0, _cluster.Now, NewRequest("elsewhere", 3_600_000).ToFramed(), default, _cluster.Now);

        Assert.Equal([("cam-0", "no-worker"), ("cam-1", "no-worker")], _sink.Results.Select(r => (r.Device, r.Reason)));
        Worker();
        dispatcher.Tick(_cluster.Now);
        Assert.Equal(4, _sink.Works.Count);
    }

    [Fact]
    public void B1_A_waiting_request_of_an_unknown_task_is_sent_when_a_worker_of_it_comes_to_life()
    {
        InferenceRequest request = NewRequest(deadlineMs: 3_600_000);
        Take(request);
        _dispatcher.Tick(_cluster.Now);
        _cluster.After(60_000);
        _dispatcher.Tick(_cluster.Now);
        Assert.Empty(_sink.Works);
        Worker();
        _dispatcher.Tick(_cluster.Now);
        Assert.Single(_sink.Works);
    }

    [Fact]
    public void B1_A_large_work_item_that_is_refused_is_answered_at_once()
    {
        Worker();
        InferenceRequest request = NewRequest(deadlineMs: 60_000);
        request.Payload = new byte[100_000];
        Take(request);
        _dispatcher.NotSent(_sink.Tokens[0], DispatchLoss.Refused, _cluster.Now);
        InferenceResult result = Assert.Single(_sink.Results);
        Assert.Equal((ResultStatus.Failed, "too-large", request.Id), (result.Status, result.Reason, result.Id));
        Assert.Equal(0, _cluster.Scheduler.InFlightCount);
        Answer(request, ResultStatus.Failed);
        Assert.Single(_sink.Finished);
    }

    [Fact]
    public void B1_A_small_work_item_that_is_refused_with_others_is_sent_again_before_it_is_given_up()
    {
        Worker();
        InferenceRequest request = NewRequest(deadlineMs: 60_000);
        Take(request);
        _dispatcher.NotSent(_sink.Tokens[0], DispatchLoss.Refused, _cluster.Now);
        Assert.Empty(_sink.Results);
        Later(1_000);
        Assert.Equal(2, _sink.Works.Count);
        _dispatcher.NotSent(_sink.Tokens[1], DispatchLoss.Refused, _cluster.Now);
        Assert.Equal("too-large", Assert.Single(_sink.Results).Reason);
    }

    [Fact]
    public void B1_A_work_item_that_was_not_stored_is_sent_again_after_a_pause_and_expires_with_its_deadline()
    {
        Worker();
        InferenceRequest request = NewRequest(deadlineMs: 10_000);
        Take(request);
        _dispatcher.NotSent(_sink.Tokens[0], DispatchLoss.NotStored, _cluster.Now);
        _dispatcher.Tick(_cluster.Now);
        Assert.Single(_sink.Works); // not in a circle
        Assert.Equal(0, _cluster.Scheduler.InFlightCount);
        Later(300);
        Assert.Equal(2, _sink.Works.Count);
        Assert.True(WorkItem.TryDecodeFramed(_sink.Works[1].Value, out WorkItem? again, out _));
        Assert.Equal(2, again.Attempt);
        _dispatcher.NotSent(_sink.Tokens[0], DispatchLoss.NotStored, _cluster.Now); // of the first attempt, long ago
        Assert.Equal(1, _cluster.Scheduler.InFlightCount);

        Later(10_000);
        _dispatcher.NotSent(_sink.Tokens[1], DispatchLoss.NotStored, _cluster.Now);
        Later(2_000);
        Assert.Equal(ResultStatus.Expired, Assert.Single(_sink.Results).Status);
    }

    [Fact]
    public void B1_An_answer_that_does_not_come_back_is_told_of_with_the_offset_until_it_does()
    {
        Worker();
        InferenceRequest first = NewRequest(deadlineMs: 3), second = NewRequest(deadlineMs: 3);
        _offset = 17;
        Take(first);
        Take(second);
        Assert.Equal(-1, _dispatcher.FirstOverdue(3));
        Later(11_000);
        Assert.Equal((17, -1), (_dispatcher.FirstOverdue(3), _dispatcher.FirstOverdue(2)));
        Assert.Equal(4, _sink.Results.Count);
        Answer(first, ResultStatus.Rejected);
        Assert.Equal(18, _dispatcher.FirstOverdue(3));
        _dispatcher.Drop(3, _cluster.Now);
        Assert.Equal(-1, _dispatcher.FirstOverdue(3));
    }

    private void Later(int milliseconds)
    {
        _cluster.After(milliseconds);
        _cluster.View.Telemetry("w", 1, false, [], _cluster.Now);
        _dispatcher.Tick(_cluster.Now);
    }

    [Fact]
    public void A_request_in_steady_state_allocates_nothing()
    {
        Worker();
        const int slice = 500;
        byte[][] requests = new byte[(Allocations.Runs + 4) * slice][], results = new byte[requests.Length][];
        for (int i = 0; i < requests.Length; i++)
        {
            InferenceRequest request = NewRequest();
            request.Created += i * 20_000;
            requests[i] = request.ToFramed();
            results[i] = ResultOf(request, ResultStatus.Ok, 1).ToFramed();
        }

        _sink.Keep = false;
        Dispatcher dispatcher = new(
            new() { SchedulerId = "s1", FullRecordShare = 0, DeduplicationEntries = 256 }, _cluster.Scheduler, _sink,
            new MessageDecoder(SchemaCatalogue.Own), 1);
        int done = 0;
        Run(3 * slice);
        Assert.Equal(0, Allocations.Of(() => Run(slice)));

        void Run(int count)
        {
            for (int end = done + count; done < end; done++)
            {
                int i = done;
                _cluster.After(20);
                _cluster.View.Telemetry("w", 1, false, [], _cluster.Now);
                dispatcher.Request(0, i, _cluster.Now, requests[i], default, _cluster.Now);
                dispatcher.Tick(_cluster.Now);
                dispatcher.Result(results[i], _cluster.Now);
            }
        }
    }

    internal sealed class Sink : IDispatchSink
    {
        public bool Keep { get; set; } = true;

        public List<(string Worker, byte[] Value)> Works { get; } = [];

        public List<InferenceResult> Results { get; } = [];

        public List<byte[]> Decisions { get; } = [];

        public List<(int, long)> Finished { get; } = [];

        public List<long> Tokens { get; } = [];

        public List<(int Partition, byte[] Value, long Received)> Carried { get; } = [];

        public void Work(string worker, Guid id, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long token)
        {
            if (!Keep) return;
            Works.Add((worker, value.ToArray()));
            Tokens.Add(token);
        }

        public void Carry(int partition, ReadOnlySpan<byte> device, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long received) =>
            Carried.Add((partition, value.ToArray(), received));

        public void Result(int partition, ReadOnlySpan<byte> device, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace)
        {
            if (!Keep) return;
            Assert.True(InferenceResult.TryDecodeFramed(value, out InferenceResult? result, out AvroFault fault), fault.ToString());
            Assert.Equal(result.Device, Encoding.UTF8.GetString(device));
            Results.Add(result);
        }

        public void Decision(int partition, Guid id, ReadOnlySpan<byte> value)
        {
            if (Keep) Decisions.Add(value.ToArray());
        }

        void IDispatchSink.Acknowledge(int partition, long offset)
        {
            if (Keep) Finished.Add((partition, offset));
        }
    }
}
