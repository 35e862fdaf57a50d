using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Scheduling;

/// <summary>The states of a request and what moves it from one to the next, with a driver that only writes down what it is told.</summary>
public class RequestLifecycleTests
{
    private static readonly Measurement Quick = new(0.010f, 1, 1, float.NaN, -1);

    [Fact]
    public void A_request_is_dispatched_and_ends_with_the_answer_of_its_attempt()
    {
        Place place = new Place().Worker();
        int handle = place.Take();
        Assert.Equal((RequestState.Dispatched, 1), (place.Lifecycle[handle].State, place.Lifecycle[handle].Attempt));
        Assert.True(place.Lifecycle.IsCurrent(handle, 1, 1));
        place.Lifecycle.AnsweredByWorker(handle, AnswerKind.Served, Quick, place.Now);
        Assert.Equal(["deciding", "decided 0 placed", "dispatch 0", "record 0", "released 0"], place.Told);
        Assert.Equal((0, 0), (place.Lifecycle.OpenOf(3), place.Cluster.Scheduler.InFlightCount));
    }

    [Fact]
    public void A_row_is_used_again_and_names_the_request_to_a_learning_policy()
    {
        Place place = new Place().Worker();
        int first = place.Take(), second = place.Take();
        place.Lifecycle.AnsweredByWorker(first, AnswerKind.Served, Quick, place.Now);
        Assert.Equal((0, 1, 0, 2), (first, second, place.Take(), place.Lifecycle.End));
    }

    [Fact]
    public void What_a_dead_worker_left_is_decided_on_anew_and_an_answer_to_the_earlier_attempt_still_ends_it()
    {
        Place place = new Place().Worker().Worker("v");
        int handle = place.Take(deadlineMs: 20_000);
        string dead = place.Lifecycle[handle].Worker!.Description.Id;
        place.After(1); // so that it is not looked for at the same instant
        place.Cluster.Hear(dead == "w" ? "v" : "w");
        place.After(8_100);
        place.Cluster.Hear(dead == "w" ? "v" : "w");
        place.Lifecycle.Tick(place.Now);
        Assert.Equal(2, place.Lifecycle[handle].Attempt);
        Assert.NotEqual(dead, place.Lifecycle[handle].Worker!.Description.Id);
        Assert.False(place.Lifecycle.IsCurrent(handle, 1, 1));
        place.Lifecycle.AnsweredOtherwise(handle, place.Now);
        Assert.Equal((0, 0), (place.Lifecycle.OpenOf(3), place.Cluster.Scheduler.InFlightCount)); // the second attempt is written off
    }

    [Fact]
    public void Without_a_worker_it_waits_until_one_comes()
    {
        Place place = new();
        place.Worker().Cluster.View.Withdraw("w", place.Now);
        int handle = place.Take();
        Assert.Equal((RequestState.AwaitingWorker, 0, 1, 1), (place.Lifecycle[handle].State, place.Lifecycle[handle].Attempt, place.Lifecycle.Waiting,
            place.Lifecycle.WaitingOf(3)));
        place.Worker("v");
        place.Lifecycle.Tick(place.Now);
        Assert.Equal((RequestState.Dispatched, 1, 0), (place.Lifecycle[handle].State, place.Lifecycle[handle].Attempt, place.Lifecycle.Waiting));
    }

    [Fact]
    public void Of_too_many_that_wait_the_one_that_waits_longest_is_rejected()
    {
        Place place = new(new LifecycleSettings { MaxWaiting = 2, ReadBackTimeout = null });
        place.Worker().Cluster.View.Withdraw("w", place.Now);
        for (int i = 0; i < 3; i++) place.Take();
        Assert.Equal(2, place.Lifecycle.WaitingOf(3));
        Assert.Equal("answer 0 Rejected NoWorker", place.Told[^2]);
        Assert.Equal("released 0", place.Told[^1]);
    }

    [Fact]
    public void Unanswered_it_expires_after_the_grace_and_the_answer_is_given_again_until_it_comes_back()
    {
        Place place = new Place(new LifecycleSettings { Grace = TimeSpan.FromSeconds(1), ReadBackTimeout = TimeSpan.FromSeconds(2) }).Worker();
        int handle = place.Take(deadlineMs: 100);
        place.After(1_090);
        place.Cluster.Hear("w");
        place.Lifecycle.Tick(place.Now);
        Assert.Equal(RequestState.Dispatched, place.Lifecycle[handle].State);
        place.After(20);
        place.Lifecycle.Tick(place.Now);
        Assert.Equal((RequestState.Answered, SchedulerAnswer.Expired, 0), (place.Lifecycle[handle].State, place.Lifecycle[handle].Answer,
            place.Cluster.Scheduler.InFlightCount));
        Assert.Equal(0, place.Lifecycle.OverdueOf(3));
        place.After(2_010);
        place.Lifecycle.Tick(place.Now);
        Assert.Equal((true, 1), (place.Lifecycle[handle].IsOverdue, place.Lifecycle.OverdueOf(3)));
        Assert.Equal(["answer 0 Expired None", "again 0 Expired None"], place.Told[^2..]);
        place.Lifecycle.AnsweredOtherwise(handle, place.Now);
        Assert.Equal((0, 0), (place.Lifecycle.OverdueOf(3), place.Lifecycle.OpenOf(3)));
    }

    [Fact]
    public void Where_answers_do_not_come_back_each_ends_its_request()
    {
        Place place = new Place(new LifecycleSettings { ReadBackTimeout = null }).Worker();
        place.Take(deadlineMs: 100);
        place.After(1_110);
        place.Lifecycle.Tick(place.Now);
        Assert.Equal(["answer 0 Expired None", "released 0"], place.Told[^2..]);
        Assert.Equal(0, place.Lifecycle.OpenOf(3));
    }

    [Fact]
    public void What_comes_too_late_is_not_sent_and_expires_after_the_grace()
    {
        Place place = new Place(new LifecycleSettings { ReadBackTimeout = null }).Worker();
        int handle = place.Lifecycle.Track(place.Cluster.Request(deadlineMs: 10), 3);
        place.After(20);
        place.Lifecycle.Place(handle, place.Now);
        Assert.Equal(RequestState.AwaitingExpiry, place.Lifecycle[handle].State);
        place.After(1_000);
        place.Lifecycle.Expire(place.Now);
        Assert.Equal(["answer 0 Expired None", "released 0"], place.Told);
    }

    [Theory]
    [InlineData(DispatchLoss.NotStored, 1000, RequestState.AwaitingRetry)]
    [InlineData(DispatchLoss.NoTopic, 1000, RequestState.AwaitingRetry)]
    [InlineData(DispatchLoss.Refused, 1000, RequestState.AwaitingRetry)]
    [InlineData(DispatchLoss.Refused, 100_000, RequestState.Answered)]
    public void What_was_not_stored_is_decided_on_anew_after_a_pause_unless_it_is_surely_too_large(DispatchLoss loss, int bytes, RequestState next)
    {
        Place place = new Place().Worker();
        int handle = place.Take(deadlineMs: 5_000, bytes);
        place.Lifecycle.NotDispatched(handle, loss, place.Now);
        Assert.Equal((next, 0), (place.Lifecycle[handle].State, place.Cluster.Scheduler.InFlightCount));
        if (next == RequestState.Answered) return;
        place.After(200);
        place.Lifecycle.Tick(place.Now);
        Assert.Equal(RequestState.AwaitingRetry, place.Lifecycle[handle].State);
        place.After(60);
        place.Lifecycle.Tick(place.Now);
        Assert.Equal((RequestState.Dispatched, 2), (place.Lifecycle[handle].State, place.Lifecycle[handle].Attempt));
    }

    [Fact]
    public void Another_schedulers_partition_is_dropped_whole()
    {
        Place place = new Place().Worker();
        for (int i = 0; i < 4; i++) place.Take();
        place.Lifecycle.Drop(2, place.Now);
        Assert.Equal(4, place.Lifecycle.OpenOf(3));
        place.Lifecycle.Drop(3, place.Now);
        Assert.Equal((0, 0, 4L), (place.Lifecycle.OpenOf(3), place.Cluster.Scheduler.InFlightCount, place.Lifecycle.TakenOf(3)));
    }

    private sealed class Place : ILifecycleDriver
    {
        public Place(LifecycleSettings? settings = null) => Lifecycle = new RequestLifecycle<int>(settings ?? new LifecycleSettings(), Cluster.Scheduler, this);

        public TestCluster Cluster { get; } = new(new SchedulerSettings { Policy = PolicyNames.EarliestFinish, Exploration = 0, TimeBudget = TimeSpan.Zero });

        public RequestLifecycle<int> Lifecycle { get; }

        public List<string> Told { get; } = [];

        public long Now => Cluster.Now;

        public Place Worker(string id = "w")
        {
            Cluster.Worker(id, "edge", TestCluster.Variant("m", "t", 0.9f, 10));
            return this;
        }

        public int Take(float deadlineMs = 1_000, int bytes = 1_000)
        {
            int handle = Lifecycle.Track(Cluster.Request(deadlineMs: deadlineMs) with { PayloadBytes = bytes }, 3);
            Lifecycle.Place(handle, Now);
            return handle;
        }

        public void After(double milliseconds) => Cluster.After(milliseconds);

        public void Deciding() => Told.Add("deciding");

        public void Decided(int handle, in Decision decision, Candidates candidates, long now) =>
            Told.Add($"decided {handle} {(decision.IsPlaced ? "placed" : $"{decision.Reason}")}");

        public void Record(int handle, in Decision decision, Candidates candidates, long now) => Told.Add($"record {handle}");

        public void Dispatch(int handle, long now) => Told.Add($"dispatch {handle}");

        public void Answer(int handle, bool again, long now) =>
            Told.Add($"{(again ? "again" : "answer")} {handle} {Lifecycle[handle].Answer} {Lifecycle[handle].Reason}");

        public Request Resolve(int handle) => Cluster.Request();

        public void Released(int handle) => Told.Add($"released {handle}");
    }
}
