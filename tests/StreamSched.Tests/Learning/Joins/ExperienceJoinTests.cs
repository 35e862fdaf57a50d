using StreamSched.Core.Policies;
using StreamSched.Learning.Joins;

namespace StreamSched.Tests.Learning.Joins;

public class ExperienceJoinTests
{
    private const long Second = 1_000_000, Start = 1_700_000_000 * Second;
    private readonly Sink _sink = new();
    private readonly ExperienceJoin<int> _join;

    public ExperienceJoinTests() => _join = new ExperienceJoin<int>(new JoinSettings(), _sink);

    [Fact]
    public void X1_a_result_joins_its_decision_whichever_is_read_first()
    {
        JoinKey first = Key(1), second = Key(2);
        _join.Decision(Decision(first, 10), 100);
        _join.Result(Result(first, 20), Ok());
        _join.Result(Result(second, 21), Ok());
        Assert.Single(_sink.Written);
        Assert.Equal((null, 21L), (_join.NeededDecision, _join.NeededResult));
        _join.Decision(Decision(second, 11), 101);
        Assert.Equal([(first, "JOINED", 0, 10L, 20L, 1), (second, "JOINED", 0, 11L, 21L, 1)], [.. _sink.Written.Select(w => w.Summary)]);
        Assert.Equal([100, 101], _sink.Released);
        Assert.Equal((null, null, 0), (_join.NeededDecision, _join.NeededResult, _join.OpenCount));
    }

    [Fact]
    public void The_first_result_in_the_log_wins_and_later_ones_are_counted()
    {
        _join.Decision(Decision(Key(1), 10), 0);
        _join.Result(Result(Key(1), 20), Ok());
        _join.Result(Result(Key(1), 25), Ok() with { Outcome = ResultOutcome.Failed });
        _join.Result(Result(Key(1), 20), Ok()); // read again after a restart
        Assert.Equal((1L, 1L), (_join.Counters.Joined, _join.Counters.Duplicates));
        _join.Result(Result(Key(2), 30), Ok());
        _join.Result(Result(Key(2), 31), Ok() with { Outcome = ResultOutcome.Failed });
        _join.Decision(Decision(Key(2), 11), 0);
        Assert.Equal(30, _sink.Written[^1].ResultOffset);
        Assert.Equal(2, _join.Counters.Duplicates);
    }

    [Fact]
    public void Without_a_result_a_decision_counts_as_unanswered_when_device_and_successor_have_given_up()
    {
        _join.Decision(Decision(Key(1), 10), 0);
        _join.Advance(Start + Second + (12 * Second) - 1);
        Assert.Empty(_sink.Written);
        Assert.Equal(Start + (13 * Second), _join.NextDue);
        _join.Advance(Start + (13 * Second));
        Assert.Equal((Key(1), "DEFAULT", 0, 10L, -1L, 1), Assert.Single(_sink.Written).Summary);
        Assert.Equal(ExperienceJoin<int>.NoResult, _sink.Written[0].Skip);
        _join.Result(Result(Key(1), 20), Ok());
        Assert.Equal((1L, 0L, 1L), (_join.Counters.Defaulted, _join.Counters.Joined, _join.Counters.Duplicates));
    }

    [Fact]
    public void A_result_without_its_decision_is_an_orphan_and_with_that_of_another_attempt_teaches_nothing()
    {
        _join.Result(Result(Key(1), 20), Ok());
        _join.Decision(Decision(Key(2), 10), 0);
        _join.Result(Result(Key(2), 21) with { Attempt = 2 }, Ok());
        Assert.Equal((10L, 20L), (_join.NeededDecision, _join.NeededResult));
        _join.Advance(Start + (60 * Second));
        Assert.Equal(1, _join.Counters.Orphans);
        Assert.Equal((Key(2), "JOINED", 0, 10L, 21L, 1), Assert.Single(_sink.Written).Summary);
        Assert.Equal(ExperienceJoin<int>.OtherAttempt, _sink.Written[0].Skip);
    }

    [Fact]
    public void Of_several_attempts_the_one_that_was_answered_is_joined()
    {
        for (int attempt = 1; attempt <= 3; attempt++) _join.Decision(Decision(Key(1), 10 + attempt) with { Attempt = attempt }, attempt);
        _join.Result(Result(Key(1), 20) with { Attempt = 2 }, Ok());
        Assert.Equal((Key(1), "JOINED", 0, 12L, 20L, 2), Assert.Single(_sink.Written).Summary);
        Assert.Equal([1, 2, 3], _sink.Released.Order());

        // Two schedulers decide on one request when the first is gone: attempts have the same number then.
        _join.Decision(Decision(Key(2), 30) with { Scheduler = 7 }, 4);
        _join.Decision(Decision(Key(2), 31) with { Scheduler = 8 }, 5);
        _join.Result(Result(Key(2), 21) with { Scheduler = 7 }, Ok());
        Assert.Equal((Key(2), "JOINED", 0, 30L, 21L, 1), _sink.Written[^1].Summary);
    }

    [Fact]
    public void Attempts_without_end_do_not_pile_up()
    {
        for (int attempt = 1; attempt <= 100; attempt++) _join.Decision(Decision(Key(1), attempt) with { Attempt = attempt }, attempt);
        Assert.Equal(92, _sink.Released.Count);
        _join.Result(Result(Key(1), 20) with { Attempt = 99 }, Ok());
        Assert.Equal((99L, 99), (_sink.Written[0].DecisionOffset, _sink.Written[0].Attempt));
    }

    [Fact]
    public void L2_a_label_may_come_early_late_twice_or_never()
    {
        _join.Feedback(Feedback(Key(1), 1, new FeedbackFacts(3, null, null, null)));
        Assert.Equal(1, _join.NeededFeedback);
        _join.Decision(Decision(Key(1), 10), 0);
        _join.Result(Result(Key(1), 20), Ok());
        Assert.Null(_join.NeededFeedback);
        Assert.Equal(["JOINED", "REVISED"], _sink.Written.Select(w => w.State));
        Assert.Equal((1, 3), (_sink.Written[1].Revision, _sink.Written[1].Feedback.Label));

        _join.Feedback(Feedback(Key(1), 2, new FeedbackFacts(3, null, null, null))); // twice
        Assert.Equal((1L, 1L), (_join.Counters.Revised, _join.Counters.RepeatedFeedback));
        _join.Feedback(Feedback(Key(1), 3, new FeedbackFacts(null, 0.5, null, true))); // more
        Assert.Equal((2, 3, 0.5, true), (_sink.Written[^1].Revision, _sink.Written[^1].Feedback.Label!.Value, _sink.Written[^1].Feedback.Rating!.Value,
            _sink.Written[^1].Feedback.OnTime!.Value));

        _join.Decision(Decision(Key(2), 11), 0);
        _join.Result(Result(Key(2), 21), Ok());
        _join.Decision(Decision(Key(9), 12, at: Start + (601 * Second)), 0);
        _join.Result(Result(Key(9), 22, at: Start + (601 * Second)), Ok());
        _join.Advance(Start + (603 * Second)); // ten minutes later
        int written = _sink.Written.Count;
        _join.Feedback(Feedback(Key(2), 4, new FeedbackFacts(3, null, null, null), at: Start + (603 * Second)));
        _join.Advance(Start + (616 * Second));
        Assert.Equal((written, 1L, null), (_sink.Written.Count, _join.Counters.Dangling, _join.NeededFeedback));
    }

    [Fact]
    public void Feedback_and_results_in_the_name_of_another_device_change_nothing()
    {
        _join.Result(Result(new JoinKey(Key(1).Id, 77), 19), Ok() with { Outcome = ResultOutcome.Failed });
        _join.Decision(Decision(Key(1), 10), 0);
        _join.Feedback(Feedback(new JoinKey(Key(1).Id, 77), 1, new FeedbackFacts(3, 0, null, false)));
        _join.Result(Result(Key(1), 20), Ok());
        _join.Feedback(Feedback(new JoinKey(Key(1).Id, 77), 2, new FeedbackFacts(4, 0, null, false)));
        _join.Advance(Start + (60 * Second));
        Assert.Equal((Key(1), "JOINED", 0, 10L, 20L, 1), Assert.Single(_sink.Written).Summary);
        Assert.Equal(0, _join.Counters.Revised);
        Assert.True(_join.Counters.Orphans + _join.Counters.Dangling >= 1);
    }

    [Fact]
    public void A_flood_of_revisions_ends()
    {
        _join.Decision(Decision(Key(1), 10), 0);
        _join.Result(Result(Key(1), 20), Ok());
        for (int i = 0; i < 100; i++) _join.Feedback(Feedback(Key(1), i, new FeedbackFacts(i, null, null, null)));
        Assert.Equal((16L, 84L), (_join.Counters.Revised, _join.Counters.RepeatedFeedback));
    }

    [Fact]
    public void When_too_many_wait_the_one_that_is_due_first_gives_way_and_is_told_apart()
    {
        ExperienceJoin<int> join = new(new JoinSettings { MostOpen = 10, MostKept = 4 }, _sink);
        for (int i = 0; i < 15; i++) join.Decision(Decision(Key(i), i, at: Start + i), i);
        Assert.Equal((10, 5L, 4), (join.OpenCount, join.Counters.Overflowed, join.KeptCount));
        Assert.All(_sink.Written, w => Assert.Equal(("DEFAULT", ExperienceJoin<int>.TableFull), (w.State, w.Skip)));
        Assert.Equal([0, 1, 2, 3, 4], _sink.Written.Select(w => w.DecisionOffset));
    }

    [Fact]
    public void A_decision_of_an_hour_ago_keeps_its_place_and_a_deadline_without_end_does_not()
    {
        _join.Decision(Decision(Key(1), 10) with { Deadline = long.MaxValue }, 0);
        for (int i = 0; i < 20_000; i++)
        {
            _join.Decision(Decision(Key(100 + i), 11 + i), i);
            _join.Result(Result(Key(100 + i), 20 + i), Ok());
        }

        Assert.Equal(10, _join.NeededDecision);
        _join.Advance(Start + (3_700 * Second));
        Assert.Equal((null, 0), (_join.NeededDecision, _join.OpenCount));
    }

    [Fact]
    public void What_an_answer_was_worth_follows_the_device_where_it_told()
    {
        ValueWeights value = new() { Energy = 0.1f, Latency = 0.2f };
        ResultFacts facts = Ok() with { Accuracy = 0.8f, EnergyJoules = 2, LatencyMicros = 50_000, DeadlineMicros = 100_000, Output = 3, Created = Start };
        Assert.Equal((2 * 0.8) - 0.2 - 0.1, facts.Utility(value, 2, default), 6);
        Assert.Equal(2 - 0.3, facts.Utility(value, 2, new FeedbackFacts(3, null, null, null)), 6);
        Assert.Equal(-0.3, facts.Utility(value, 2, new FeedbackFacts(4, null, null, null)), 6);
        Assert.Equal(-0.3, facts.Utility(value, 2, new FeedbackFacts(null, null, null, false)), 6);

        // When it says that it had the answer counts, in time or not.
        Assert.Equal(1.6 - 0.2 - 0.16, facts.Utility(value, 2, new FeedbackFacts(null, null, Start + 80_000, null)), 6);
        Assert.Equal(-0.2 - 0.24, facts.Utility(value, 2, new FeedbackFacts(null, null, Start + 120_000, null)), 6);
        Assert.Equal(0, (Ok() with { Outcome = ResultOutcome.Rejected }).Utility(value, 2, default), 6);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public void Whatever_is_read_first_and_however_often_the_learner_dies_the_experience_is_that_of_the_whole_logs(int seed)
    {
        Logs logs = Logs.Draw(new Random(seed), requests: 400);
        List<Written> expected = logs.Offline();
        Random random = new(1000 + seed);
        JoinSettings settings = new();
        List<Written> stored = [];
        long[] committed = [0, 0, 0];
        for (int life = 0; ; life++)
        {
            Sink sink = new();
            ExperienceJoin<int> join = new(settings, sink);
            foreach (Written w in stored) join.Recover(w.Key, w.ResultOffset, w.Revision, w.Feedback, w.FeedbackOffset, sink.Keep(w), w.At);
            long[] read = [.. committed], at = [0, 0, 0];
            int until = life < 30 ? random.Next(50, 400) : int.MaxValue;
            for (int step = 0; step < until; step++)
            {
                int log = random.Next(3);
                if (read[log] < logs.Length(log)) at[log] = logs.Give(join, log, read[log]++);
                if (read[0] == logs.Length(0) && read[1] == logs.Length(1) && read[2] == logs.Length(2)) break;
                if (random.Next(10) == 0) join.Advance(Math.Min(at[0], at[1]));
                if (random.Next(20) != 0) continue;

                // A transaction: what was joined, and how far to go back.
                stored.AddRange(sink.Written);
                sink.Written.Clear();
                committed = [join.NeededDecision ?? read[0], join.NeededResult ?? read[1], join.NeededFeedback ?? read[2]];
            }

            if (read[0] < logs.Length(0) || read[1] < logs.Length(1) || read[2] < logs.Length(2)) continue; // killed: what was not stored is lost
            join.Advance(long.MaxValue);
            stored.AddRange(sink.Written);
            Assert.Equal(0, join.OpenCount);
            break;
        }

        Assert.Equal(
            expected.Select(w => $"{w.Summary} {w.Feedback} {w.Skip}").Order(StringComparer.Ordinal),
            stored.Select(w => $"{w.Summary} {w.Feedback} {w.Skip}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Memory_is_flat_over_a_million_requests()
    {
        NullSink sink = new();
        ExperienceJoin<int> join = new(new JoinSettings { MostKept = 1 << 12 }, sink);
        Run(0, 100_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(100_000, 1_000_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(1_000_000, sink.Joined);
        Assert.True(allocated < 900_000, $"{allocated} bytes for 900,000 requests");

        void Run(int from, int to)
        {
            for (int i = from; i < to; i++)
            {
                long at = Start + (i * 500);
                join.Decision(Decision(Key(i), i, at), i);
                if (i >= 64) join.Result(Result(Key(i - 64), i, at), Ok());
                if (i == to - 1 && to == 1_000_000) for (int k = i - 63; k <= i; k++) join.Result(Result(Key(k), k + 64, at), Ok());
                if (i % 128 == 0) join.Advance(at);
                _ = join.NeededDecision;
            }
        }
    }

    private static JoinKey Key(int number) => new(new Guid(number, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8), 5);

    private static DecisionHead Decision(JoinKey key, long offset, long at = Start) => new()
    {
        Key = key, Offset = offset, At = at, Deadline = at + Second, Attempt = 1, Scheduler = 7,
    };

    private static ResultHead Result(JoinKey key, long offset, long at = Start) => new() { Key = key, Offset = offset, At = at, Attempt = 1, Scheduler = 7 };

    private static FeedbackHead Feedback(JoinKey key, long offset, FeedbackFacts facts, long at = Start) => new()
    {
        Key = key, Offset = offset, At = at, Facts = facts,
    };

    private static ResultFacts Ok() => new() { Outcome = ResultOutcome.Ok, OnTime = true, Accuracy = 1, Batch = 1 };

    private sealed record Written(JoinKey Key, string State, int Revision, long DecisionOffset, long ResultOffset, int Attempt, string? Skip)
    {
        public FeedbackFacts Feedback { get; init; }

        public long FeedbackOffset { get; init; } = -1;

        public long At { get; init; } = Start;

        public (JoinKey, string, int, long, long, int) Summary => (Key, State, Revision, DecisionOffset, ResultOffset, Attempt);
    }

    private sealed class Sink : IJoinSink<int>
    {
        private readonly List<Written> _kept = [];

        public List<Written> Written { get; } = [];

        public List<int> Released { get; } = [];

        public long Joined(in DecisionHead decision, int body, in ResultHead result, in ResultFacts facts, string? skipLearn) =>
            Write(new Written(decision.Key, "JOINED", 0, decision.Offset, result.Offset, decision.Attempt, skipLearn));

        public long Defaulted(in DecisionHead decision, int body, string skipLearn) =>
            Write(new Written(decision.Key, "DEFAULT", 0, decision.Offset, -1, decision.Attempt, skipLearn));

        public long Revised(long kept, int revision, FeedbackFacts feedback, long offset) =>
            Write(_kept[(int)kept] with { State = "REVISED", Revision = revision, Feedback = feedback, FeedbackOffset = offset });

        public void Release(int body) => Released.Add(body);

        public long Keep(Written written)
        {
            _kept.Add(written);
            return _kept.Count - 1;
        }

        private long Write(Written written)
        {
            Written.Add(written);
            return Keep(written);
        }
    }

    private sealed class NullSink : IJoinSink<int>
    {
        public long Joined { get; private set; }

        long IJoinSink<int>.Joined(in DecisionHead decision, int body, in ResultHead result, in ResultFacts facts, string? skipLearn) => Joined++;

        public long Defaulted(in DecisionHead decision, int body, string skipLearn) => throw new InvalidOperationException();

        public long Revised(long kept, int revision, FeedbackFacts feedback, long offset) => throw new InvalidOperationException();

        public void Release(int body)
        {
        }
    }

    /// <summary>Three logs of one partition, and what a program that has them whole makes of them.</summary>
    private sealed class Logs
    {
        private readonly List<DecisionHead> _decisions = [];
        private readonly List<ResultHead> _results = [];
        private readonly List<FeedbackHead> _feedback = [];

        public static Logs Draw(Random random, int requests)
        {
            List<(long At, Action<Logs> Add)> events = [];
            for (int i = 0; i < requests; i++)
            {
                JoinKey key = Key(i);
                long at = Start + (i * 20_000L);
                int attempts = random.Next(10) == 0 ? random.Next(2, 5) : 1, answered = random.Next(1, attempts + 1);
                for (int a = 1; a <= attempts; a++)
                {
                    DecisionHead decision = Decision(key, 0, at + (a * 100_000)) with { Attempt = a, Scheduler = (ulong)random.Next(2) };
                    events.Add((decision.At, l => l._decisions.Add(decision with { Offset = l._decisions.Count })));
                    if (a != answered || random.Next(20) == 0) continue;
                    int results = random.Next(15) == 0 ? 2 : 1;
                    for (int n = 0; n < results; n++)
                    {
                        long resultAt = decision.At + random.Next(1_000, 1_500_000);
                        ulong scheduler = random.Next(30) == 0 ? 9 : decision.Scheduler;
                        events.Add((resultAt, l => l._results.Add(
                            Result(key, l._results.Count, resultAt) with { Attempt = decision.Attempt, Scheduler = scheduler })));
                    }
                }

                for (int n = random.Next(6) - 3; n > 0; n--)
                {
                    FeedbackFacts facts = new(
                        random.Next(3) == 0 ? random.Next(10) : null, random.Next(2) == 0 ? random.Next(5) * 0.25 : null, null, null);
                    long feedbackAt = at + random.Next(0, 8_000_000);
                    events.Add((feedbackAt, l => l._feedback.Add(Feedback(key, l._feedback.Count, facts, feedbackAt))));
                }
            }

            Logs logs = new();
            foreach ((long _, Action<Logs> add) in events.OrderBy(e => e.At)) add(logs);
            return logs;
        }

        public long Length(int log) => log switch { 0 => _decisions.Count, 1 => _results.Count, _ => _feedback.Count };

        public long Give(ExperienceJoin<int> join, int log, long offset)
        {
            int i = (int)offset;
            if (log == 0) join.Decision(_decisions[i], i);
            else if (log == 1) join.Result(_results[i], Ok());
            else join.Feedback(_feedback[i]);
            return log switch { 0 => _decisions[i].At, 1 => _results[i].At, _ => _feedback[i].At };
        }

        public List<Written> Offline()
        {
            List<Written> all = [];
            foreach (IGrouping<JoinKey, DecisionHead> request in _decisions.GroupBy(d => d.Key))
            {
                DecisionHead[] decisions = [.. request];
                ResultHead? result = _results.Where(r => r.Key == request.Key).Select(r => (ResultHead?)r).FirstOrDefault();
                DecisionHead[] matching = [.. decisions.Where(d => result is { } r && d.Attempt == r.Attempt && d.Scheduler == r.Scheduler)];
                bool matches = matching.Length > 0;
                Written written = new(
                    request.Key, result is null ? "DEFAULT" : "JOINED", 0, (matches ? matching[0] : decisions[^1]).Offset, result?.Offset ?? -1,
                    (matches ? matching[0] : decisions[^1]).Attempt,
                    result is null ? ExperienceJoin<int>.NoResult : matches ? null : ExperienceJoin<int>.OtherAttempt);
                all.Add(written);
                FeedbackFacts said = default;
                foreach (FeedbackHead feedback in _feedback.Where(f => f.Key == request.Key))
                {
                    FeedbackFacts more = said.With(feedback.Facts);
                    if (more == said) continue;
                    said = more;
                    all.Add(written = written with { State = "REVISED", Revision = written.Revision + 1, Feedback = said });
                }
            }

            return all;
        }
    }
}
