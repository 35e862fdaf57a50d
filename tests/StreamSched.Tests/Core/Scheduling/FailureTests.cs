using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Scheduling;

/// <summary>Who fails, or never answers, gets probes only while another is feasible, whatever the policy.</summary>
public class FailureTests
{
    // A request every 5 ms, deadlines of 300 ms; results are read 20 ms after they were sent.
    private const double Gap = 5, Latency = 20, Deadline = 300, Grace = 1000;

    /// <summary>What a worker does with what it is given.</summary>
    public enum Fault
    {
        /// <summary>Its model gives no numbers.</summary>
        Fails,

        /// <summary>It never answers.</summary>
        Silent,

        /// <summary>It answers EXPIRED to everything, at once.</summary>
        Expires,

        /// <summary>Every second answer is a failure.</summary>
        FailsHalf,

        /// <summary>Every second request is left unanswered.</summary>
        SilentHalf,
    }

    public static TheoryData<string, Fault, FeasibilityRule> Cases
    {
        get
        {
            TheoryData<string, Fault, FeasibilityRule> cases = [];
            foreach (string policy in AllPolicies)
            {
                foreach (Fault fault in Enum.GetValues<Fault>()) cases.Add(policy, fault, FeasibilityRule.Completion);
                cases.Add(policy, Fault.Fails, FeasibilityRule.Aset);
                cases.Add(policy, Fault.Silent, FeasibilityRule.Aset);
            }

            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void B3_who_fails_or_never_answers_gets_less_than_a_twentieth_after_five_seconds_and_all_again_once_it_answers(
        string policy, Fault fault, FeasibilityRule mask)
    {
        // The bad one is the quickest, the nearest and the most accurate: whatever a policy looks for.
        Play play = new(policy, mask, fault);
        play.Run(seconds: 5);
        (int before, int sent) = (play.SentTo("bad"), play.Sent);
        play.Run(seconds: 20);
        double share = (play.SentTo("bad") - before) / (double)(play.Sent - sent);
        Assert.True(share < 0.05, $"{share:p1} of {play.Sent - sent} requests");
        Assert.True(before == 0 || play.SentTo("bad") > before, "no probe");

        play.Fault = null;
        play.Run(seconds: 15);
        (before, sent) = (play.SentTo("bad"), play.Sent);
        play.Run(seconds: 5);
        if (play.SentTo("bad") > 0) Assert.Empty(play.Cluster.View.Failing());
    }

    [Theory, MemberData(nameof(Policies))]
    public void B3_where_only_failing_ones_are_left_they_are_used_rather_than_refused(string policy)
    {
        foreach (FeasibilityRule mask in Enum.GetValues<FeasibilityRule>())
        {
            Play play = new(policy, mask, Fault.Fails, onlyBad: true);
            play.Run(seconds: 5);
            Assert.NotEmpty(play.Cluster.View.Failing());
            int before = play.Sent;
            play.Run(seconds: 1);
            Assert.InRange(play.Sent - before, 195, 200);
        }
    }

    public static TheoryData<string> Policies => new(AllPolicies);

    private static IEnumerable<string> AllPolicies =>
        [.. PolicyCatalogue.Rules.Select(r => r.Name), .. PolicyCatalogue.BuiltIn.Where(p => p.Learns).Select(p => p.Name),
            .. Directory.GetFiles(Shipped, "*.onnx").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private static string Shipped => Checkout.Path("models", "policies");

    [Fact]
    public void B3_a_devices_own_faults_change_nothing()
    {
        TestCluster cluster = new TestCluster().Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        float residual = cluster.View.OnTimeResidual[0];
        for (int i = 0; i < 100; i++)
        {
            cluster.After(20);
            cluster.Hear("w");
            Decision decision = cluster.Decide(cluster.Request());
            cluster.Rows.Answered(decision.Handle, AnswerKind.Refused, new Measurement(0, 0, 1, float.NaN, -1), cluster.Now);
        }

        Assert.Empty(cluster.View.Failing());
        Assert.Equal(residual, cluster.View.OnTimeResidual[0]);
    }

    [Fact]
    public void B3_silence_closes_all_variants_of_a_worker_and_a_failing_model_only_its_own()
    {
        TestCluster cluster = new TestCluster()
            .Worker("a", "edge", TestCluster.Variant("m", "t", 0.9f, 10), TestCluster.Variant("n", "t", 0.8f, 10))
            .Worker("b", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        WorkerState a = cluster.View.Workers["a"];
        for (int i = 0; i < 3; i++) cluster.View.Responded(a.Placements[0], cluster.View.GenerationOf(a.Placements[0]), AnswerKind.Failed);
        Assert.Equal(["a/m"], cluster.View.Failing().Select(f => $"{f.Worker}/{f.Variant}"));
        WorkerState b = cluster.View.Workers["b"];
        for (int i = 0; i < 3; i++) cluster.View.Unanswered(a.Placements[1], cluster.View.GenerationOf(a.Placements[1]), cluster.Now);
        Assert.Equal(["a/m", "a/n"], cluster.View.Failing().Select(f => $"{f.Worker}/{f.Variant}"));
        Assert.True(a.IsSilent);
        Assert.False(b.IsSilent);

        // Another life begins without a record; other models of the same life do not make it answer.
        cluster.Worker("a", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        Assert.True(cluster.View.Workers["a"].IsSilent);
        int version = cluster.View.FailureVersion;
        cluster.Worker("a", "edge", 2, InterferenceTable.None, TestCluster.Variant("m", "t", 0.9f, 10));
        Assert.Empty(cluster.View.Failing());
        Assert.NotEqual(version, cluster.View.FailureVersion);
    }

    [Fact]
    public void B3_what_was_under_way_while_the_scheduler_itself_was_held_up_is_nobodys_silence()
    {
        TestCluster cluster = new TestCluster().Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        List<Decision> sent = [.. Enumerable.Range(0, 5).Select(_ => cluster.Decide(cluster.Request(deadlineMs: 1_000)))];
        cluster.After(10_000);
        cluster.View.HeldUp(10_000_000, cluster.Now);
        foreach (Decision decision in sent) cluster.Rows.Unanswered(decision.Handle, cluster.Now);
        Assert.Empty(cluster.View.Failing());
    }

    [Fact]
    public void B3_with_long_deadlines_silence_is_known_long_before_they_are_over()
    {
        Play play = new("earliest-finish", FeasibilityRule.Completion, Fault.Silent, deadline: 60_000);
        play.Run(seconds: 5);
        (int before, int sent) = (play.SentTo("bad"), play.Sent);
        play.Run(seconds: 10);
        Assert.True(play.SentTo("bad") - before < 0.05 * (play.Sent - sent));
    }

    // A good and a bad worker under a stream of requests.
    private sealed class Play
    {
        private readonly Queue<(double At, Decision Decision, bool Answers)> _answers = new(), _expiries = new();
        private readonly Dictionary<string, int> _sent = [];
        private readonly double _deadline;
        private double _time;
        private int _turn;

        public Play(string policy, FeasibilityRule mask, Fault fault, bool onlyBad = false, double deadline = Deadline)
        {
            (Fault, _deadline) = (fault, deadline);
            bool known = PolicyCatalogue.IsBuiltIn(policy);
            Cluster = new TestCluster(new SchedulerSettings
            {
                Policy = known ? policy : PolicyNames.Price, Exploration = 0.01f, TimeBudget = TimeSpan.Zero,
                Prediction = new PredictionSettings { Mask = mask },
            });
            if (!known)
                Cluster.Scheduler.Use(
                    policy.EndsWith(".onnx", StringComparison.Ordinal)
                        ? PolicyCatalogue.Create(PolicyFile.Load(Path.Combine(Shipped, policy))) : PolicyCatalogue.Create(policy, new()), 1);
            if (!onlyBad) Cluster.Worker("good", "edge", TestCluster.Variant("m", "t", 0.8f, 2));
            Cluster.Worker("bad", "edge", TestCluster.Variant("l", "t", 0.9f, 1));
        }

        public TestCluster Cluster { get; }

        public Fault? Fault { get; set; }

        public int Sent { get; private set; }

        public int SentTo(string worker) => _sent.GetValueOrDefault(worker);

        public void Run(double seconds)
        {
            for (double end = _time + (seconds * 1000); _time < end; _time += Gap)
            {
                Cluster.After(Gap);
                Cluster.Hear([.. Cluster.View.Workers.Keys]);
                while (_answers.TryPeek(out var next) && next.At <= _time) Answer(_answers.Dequeue().Decision);
                while (_expiries.TryPeek(out var next) && next.At <= _time) Cluster.Rows.Unanswered(_expiries.Dequeue().Decision.Handle, Cluster.Now);
                Decision decision = Cluster.Decide(Cluster.Request(deadlineMs: (float)_deadline));
                if (!decision.IsPlaced) continue;
                Sent++;
                string worker = Cluster.Where(decision)!;
                _sent[worker] = SentTo(worker) + 1;
                bool silent = worker == "bad" && (Fault == FailureTests.Fault.Silent || (Fault == FailureTests.Fault.SilentHalf && _turn++ % 2 == 0));
                if (silent) _expiries.Enqueue((_time + _deadline + Grace, decision, false));
                else _answers.Enqueue((_time + Latency, decision, true));
            }
        }

        private void Answer(Decision decision)
        {
            AnswerKind kind = Cluster.Where(decision) == "good" ? AnswerKind.Served : Fault switch
            {
                FailureTests.Fault.Fails => AnswerKind.Failed,
                FailureTests.Fault.Expires => AnswerKind.Expired,
                FailureTests.Fault.FailsHalf when _turn++ % 2 == 0 => AnswerKind.Failed,
                _ => AnswerKind.Served,
            };
            int batch = kind == AnswerKind.Served ? 1 : 0;
            Cluster.Rows.Answered(decision.Handle, kind, new Measurement(0.001f * batch, batch, 1, float.NaN, -1), Cluster.Now);
        }
    }
}
