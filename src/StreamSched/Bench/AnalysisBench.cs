using StreamSched.Analysis.Estimation;
using StreamSched.Analysis.Export;
using StreamSched.Analysis.Replays;
using StreamSched.Analysis.Worlds;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Bench;

/// <summary>What reading logs costs.</summary>
/// <param name="Conditions">Where and when.</param>
/// <param name="Command">The command line that repeats it.</param>
/// <param name="Costs">By what is done.</param>
internal sealed record AnalysisReport(RunConditions Conditions, string Command, IReadOnlyList<AnalysisCost> Costs);

/// <summary>What one thing costs.</summary>
/// <param name="What">It.</param>
/// <param name="Per">Of what one is counted.</param>
/// <param name="Figure">For one.</param>
internal sealed record AnalysisCost(string What, string Per, MicroFigure Figure);

/// <summary>Times estimators on 100,000 rounds of ten actions, and the records of a simulated world: decisions taken again, experiences made into
/// tables.</summary>
internal static class AnalysisBench
{
    private const int Rounds = 100_000, Actions = 10, Seconds = 10;

    /// <summary>Measures, on this thread.</summary>
    /// <param name="world">The world that gives records.</param>
    /// <param name="seconds">Length of each measurement.</param>
    /// <param name="say">Told what is measured.</param>
    public static IReadOnlyList<AnalysisCost> Measure(Scenario world, double seconds, Action<string> say)
    {
        RandomStream random = new(1);
        double[] reward = new double[Rounds], propensity = new double[Rounds], policy = new double[Rounds * Actions], model = new double[Rounds * Actions];
        int[] action = new int[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            (reward[i], propensity[i], action[i]) = (random.NextInt32(2), 0.05 + (0.2 * random.NextDouble()), random.NextInt32(Actions));
            for (int a = 0; a < Actions; a++) (policy[(i * Actions) + a], model[(i * Actions) + a]) = (1.0 / Actions, random.NextDouble());
        }

        LoggedRounds plain = LoggedRounds.Of(reward, action, propensity, policy, [], Actions);
        LoggedRounds modelled = LoggedRounds.Of(reward, action, propensity, policy, model, Actions);
        List<AnalysisCost> costs = [];
        Add("IPS", "100,000 rounds", () => OffPolicy.Ips(Judged(plain)), 1);
        Add("DR", "100,000 rounds", () => OffPolicy.DoublyRobust(Judged(modelled)), 1);
        Add(
            "Switch-DR with SLOPE", "100,000 rounds", () =>
            {
                LoggedRounds log = Judged(modelled);
                OffPolicy.DoublyRobust(log, Shrinkage.Switch, OffPolicy.Slope(log, Shrinkage.Switch, withModel: true, OffPolicy.Lambdas));
            }, 1);

        SchedulerSettings settings = new() { Exploration = 0.1f };
        IReadOnlyList<Experience> records = WorldLog.Of(world with { Duration = world.WarmUp + Seconds, Events = [] }, settings, 1);
        byte[][] decisions = [.. records.Select(DecisionOf)], experiences = [.. records.Select(Encoded)];
        double candidates = records.Where(r => r.Full is not null).Average(r => r.Full!.Placements.Length);
        LogReplay replay = new(new PolicyShelf(), 0);
        Add($"replay of price, {candidates:0} candidates", "decision", () =>
        {
            foreach (byte[] body in decisions)
                if (SchedulingDecisionView.TryDecode(body, out SchedulingDecisionView view, out _)) replay.Take(view);
        }, decisions.Length);
        DecisionTable table = new();
        Dictionary<string, string> about = [];
        Add("Parquet, decisions", "decision", () =>
        {
            for (int i = 0; i < experiences.Length; i++)
                if (ExperienceView.TryDecode(experiences[i], out ExperienceView view, out _)) table.Add(view, 0, i);
            table.ToFile(about);
        }, experiences.Length);
        CandidateTable each = new(new PolicyShelf());
        Add($"Parquet, {candidates:0} candidates of each", "decision", () =>
        {
            foreach (byte[] body in experiences)
            {
                if (ExperienceView.TryDecode(body, out ExperienceView view, out _) && view.HasFull
                    && FullDecisionView.TryDecode(view.Full, out FullDecisionView full, out _)) each.Add(view.Id, view.Digest, full);
            }

            each.ToFile(about);
        }, experiences.Length);
        return costs;

        LoggedRounds Judged(LoggedRounds rounds)
        {
            rounds.Judge(action, propensity, policy, model, Actions);
            return rounds;
        }

        void Add(string what, string per, Action batch, int count)
        {
            say(what);
            costs.Add(new AnalysisCost(what, per, MicroBench.Measure(batch, count, seconds)));
        }
    }

    private static byte[] Encoded(Experience record)
    {
        byte[] body = new byte[record.GetEncodedLength()];
        record.Encode(body);
        return body;
    }

    private static byte[] DecisionOf(Experience record)
    {
        SchedulingDecision decision = new()
        {
            Id = record.Id, Device = record.Device, At = record.At, Task = record.Task, Attempt = 1, Scheduler = record.Scheduler, Policy = record.Policy,
            PolicyVersion = record.PolicyVersion, Digest = record.Digest, Propensity = record.Propensity, Explored = record.Explored,
            Candidates = record.Candidates, Feasible = record.Feasible, SampleRate = 1, Full = record.Full,
        };
        byte[] body = new byte[decision.GetEncodedLength()];
        decision.Encode(body);
        return body;
    }
}
