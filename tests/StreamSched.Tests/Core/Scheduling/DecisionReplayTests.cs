using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Core.Scheduling;

/// <summary>Decisions of whole worlds, taken again from what full records hold of them.</summary>
public class DecisionReplayTests
{
    public static TheoryData<string> Replayable =>
        [.. PolicyCatalogue.All.Where(p => p.IsReplayable).Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Replayable))]
    public void X2_a_decision_taken_again_from_its_record_is_the_same_bit_for_bit(string name)
    {
        Replayed log = Run(name, exploration: 0.1f);
        Assert.True(log.Decisions > 1000 && log.Explored > 50, $"{log.Decisions} decisions, {log.Explored} explored");
        Assert.Empty(log.Differing);
    }

    [Fact]
    public void X2_another_policy_decides_otherwise_and_probabilities_add_up()
    {
        Replayed log = Run(PolicyNames.Price, exploration: 0.1f, with: PolicyNames.Random);
        Assert.InRange(log.Differing.Count, 100, log.Decisions);
        Assert.InRange(log.LeastSum, 0.99999, 1.00001);
        Assert.InRange(log.MostSum, 0.99999, 1.00001);
    }

    [Fact]
    public void A_record_of_another_layout_or_of_another_length_is_refused_in_words()
    {
        DecisionReplay replay = new();
        Assert.Contains("layout 3", replay.Restore(3, 36, new float[36], new float[5], 1), StringComparison.Ordinal);
        Assert.Contains(
            "of layout 4", replay.Restore(4, RecordLayout.Fields, new float[7], new float[RecordLayout.ContextFields], 1), StringComparison.Ordinal);
        Assert.Contains("of layout 4", replay.Restore(4, 0, [], new float[RecordLayout.ContextFields], 1), StringComparison.Ordinal);
        Assert.Contains("of layout 4", replay.Restore(4, RecordLayout.Fields, new float[RecordLayout.Fields], new float[2], 1), StringComparison.Ordinal);
    }

    private static Replayed Run(string name, float exploration, string? with = null)
    {
        Scenario scenario = ShippedScenarios.Read("live-nothing")[0];
        scenario = scenario with { Duration = 10, WarmUp = 0, Events = [], Load = 1.2 * scenario.Load };
        PolicySource source = PolicySource.Find(name, "--policy");
        SchedulerSettings settings = scenario.Valued(source.Into(new SchedulerSettings { Exploration = exploration, RecordsFeatures = true }));
        PolicySource again = PolicySource.Find(with ?? name, "--with");
        Replayed log = new((again.Into(settings).Prepare?.Invoke() ?? new PreparedPolicy(PolicyCatalogue.Create(again.Name, settings.Price))).Policy);
        World world = new(scenario, new WorldSettings { Seed = 7, Scheduler = settings, Observer = log, TimeEvery = 0 });
        log.Schedulers = world.Schedulers;
        world.Run(TestContext.Current.CancellationToken);
        return log;
    }

    private sealed class Replayed(ISchedulingPolicy policy) : WorldObserver
    {
        private readonly DecisionReplay _replay = new();
        private readonly float[] _context = new float[RecordLayout.ContextFields];
        private readonly double[] _probabilities = new double[4096];
        private float[] _features = [];

        public IReadOnlyList<Scheduler> Schedulers { get; set; } = [];

        public int Decisions { get; private set; }

        public int Explored { get; private set; }

        public List<string> Differing { get; } = [];

        public double LeastSum { get; private set; } = 1;

        public double MostSum { get; private set; } = 1;

        public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates c, long now)
        {
            if (c.Feasible == 0) return;
            Scheduler by = Schedulers[scheduler];
            int fields = RecordLayout.FieldsOf(c);
            if (_features.Length < c.Count * fields) _features = new float[c.Count * fields];
            for (int i = 0; i < c.Count; i++) RecordLayout.Encode(by, c, i, _features.AsSpan(i * fields, fields));
            RecordLayout.EncodeContext(request, c, by.Settings, _context);
            Assert.Null(_replay.Restore(RecordLayout.Version, fields, _features.AsSpan(0, c.Count * fields), _context, decision.Seed));
            ReplayedChoice again = _replay.Take(policy);
            ReplayedChoice taken = new(decision.Candidate, decision.Propensity, decision.Explored, decision.Policy);
            if (again != taken) Differing.Add($"{id}: {taken}, again {again}");
            double sum = _replay.Probabilities(policy, _probabilities);
            for (int i = 0; i < c.Count; i++) sum += _probabilities[i];
            (LeastSum, MostSum) = (Math.Min(LeastSum, sum), Math.Max(MostSum, sum));
            if (again == taken)
            {
                double told = decision.Candidate < 0 ? sum - _probabilities.Take(c.Count).Sum() : _probabilities[decision.Candidate];
                Assert.Equal(decision.Propensity, told, 1e-5);
            }

            (Decisions, Explored) = (Decisions + 1, Explored + (decision.Explored ? 1 : 0));
        }
    }
}
