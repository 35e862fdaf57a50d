using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Learning.Rollouts;
using StreamSched.Simulation.BadCandidates;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Tests.Simulation.BadCandidates;

public class CandidatesExperimentTests
{
    private static readonly LoadedPolicy Shipped = LoadedPolicy.Load(Checkout.Path("models", "policies", "neural.onnx"));
    private static readonly Scenario World =
        ScenarioFile.Load(Checkout.Path("scenarios", "live", "live-nothing.json"), Checkout.Path("scenarios")) with { Load = 1.1 };

    // As where schedulers do not tell what a challenger would choose: only a trial can find those that forecast as the champion does.
    private static readonly RolloutSettings ByTrialsAlone = new() { MostDisagreement = 1 };

    private static readonly Dictionary<string, string[]> Gates = new()
    {
        ["not-a-number"] = ["layout", "recorded decisions"], ["stale"] = ["layout"], ["inverted"] = ["forecasters"], ["slow"] = ["decision time"],
        ["greedy"] = ["misses", "switchback"], ["rejecting"] = ["rejects", "switchback"], ["random"] = ["misses", "rejects", "switchback"],
        ["hasty"] = ["misses", "switchback"],
    };

    [Fact]
    public void X5_what_chooses_otherwise_is_stopped_before_it_serves_anything()
    {
        string[] otherwise = ["greedy", "random", "hasty"];
        BadKind[] kinds = [.. BadKinds.All.Where(k => otherwise.Contains(k.Name)).Select(k => k with { Count = 1 })];
        CandidateDay day = CandidatesExperiment.Day(World, Shipped, kinds, 90_001, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(otherwise.Length, day.Fates.Count);
        Assert.All(day.Fates, f => Assert.Equal((false, RolloutState.Shadow, "disagreement", 0), (f.Promoted, f.Reached, f.Gate, f.Windows)));
    }

    [Fact]
    public void X5_bad_candidates_are_stopped_by_a_named_gate_and_the_greedy_one_in_its_trial()
    {
        BadKind[] kinds = [.. BadKinds.All.Where(k => Gates.ContainsKey(k.Name)).Select(k => k with { Count = 1 })];
        CandidateDay day = CandidatesExperiment.Day(World, Shipped, kinds, 90_001, ByTrialsAlone, TestContext.Current.CancellationToken);
        Assert.Equal(0, day.Unfinished);
        Assert.Equal(kinds.Select(k => k.Name).Order(), day.Fates.Select(f => f.Kind).Order());
        Assert.All(day.Fates, f => Assert.True(!f.Promoted && Gates[f.Kind].Contains(f.Gate), $"{f.Kind}: {f.Reason}"));
        Assert.All(day.Fates, f => Assert.Equal(f.Reached == RolloutState.Trial, f.Windows > 0));
        Assert.All(day.Fates, f => Assert.InRange(f.WindowsAfterHarm, 0, 1));
        CandidateFate greedy = day.Fates.Single(f => f.Kind == "greedy");
        Assert.True(greedy.Reached == RolloutState.Trial && greedy.Truth < -0.5 && greedy.Canary > 0, $"{greedy}");
        Assert.True(greedy.Loss > 0 && greedy.MostLoss > greedy.Loss && day.LossOfHour < 0.5, $"{greedy.MostLoss}, {greedy.Loss}, {day.LossOfHour}");
    }

    [Fact]
    public void Who_stops_it_gets_no_day_that_looks_finished()
    {
        using CancellationTokenSource stop = new();
        BadKind kind = new("stopped", 1, (PolicyFile _, ref RandomStream _) =>
        {
            stop.Cancel();
            return [];
        });
        OperationCanceledException stopped = Assert.Throws<OperationCanceledException>(
            () => CandidatesExperiment.Day(World, Shipped, [kind], 1, cancellation: stop.Token));
        Assert.Equal(stop.Token, stopped.CancellationToken); // that of the linked source would end the command as an unexpected fault
    }

    [Fact]
    public void A_candidate_that_comes_into_force_is_told_as_promoted()
    {
        // The champion is what is bad, so the candidate is better in truth.
        BadKind random = BadKinds.All.Single(k => k.Name == "random") with { Count = 1 };
        LoadedPolicy champion = LoadedPolicy.Parse(BadKinds.Draw([random], Shipped.File!, 1).Single().File);
        BadKind better = new("better", 1, (PolicyFile _, ref RandomStream _) => Shipped.Bytes.ToArray());
        CandidateDay day = CandidatesExperiment.Day(World, champion, [better], 90_001, ByTrialsAlone, TestContext.Current.CancellationToken);
        CandidateFate fate = Assert.Single(day.Fates);
        Assert.True(fate.Promoted && fate.Gate is null && fate.Reached == RolloutState.Active, fate.Reason);
        Assert.True(fate.Truth > 1, $"{fate.Truth}");
        CandidatesCell cell = CandidatesCell.Of("better", [day]);
        Assert.Equal((1, 1), (cell.Count, cell.Promoted));
        Assert.Equal(1, CandidatesTruth.Of("better", World.Load, [day])!.NotWorse);
    }
}
