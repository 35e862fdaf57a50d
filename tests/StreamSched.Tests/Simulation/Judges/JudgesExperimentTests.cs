using StreamSched.Core.Registry;
using StreamSched.Simulation.Judges;
using StreamSched.Simulation.ScenarioFiles;

namespace StreamSched.Tests.Simulation.Judges;

public class JudgesExperimentTests
{
    [Fact]
    public void A_canary_takes_a_greedy_policy_for_a_better_one_and_a_switchback_does_not()
    {
        JudgedWorld world = World("shared/1.1/price/greedy", load: 1.5, seconds: 60);
        JudgedCell cell = Assert.Single(JudgesExperiment.Run([world], seeds: 2, threads: 2));
        Assert.True(cell.Truth.Mean < -0.5, $"{cell.Truth}");
        JudgeFigure few = Of("canary, 10 %"), half = Of("canary, 50 %"), net = Of("net utility, 10 %"), windows = Of("switchback");
        Assert.True(few.Estimate > 0.5 && half.Estimate > 0.5, $"{few}, {half}");
        Assert.False(few.HasRightSign);
        Assert.True(net.Estimate < 0 && net.HasRightSign, $"{net}");
        Assert.True(windows.Estimate < 0 && windows.HasRightSign, $"{windows}");
        Assert.Equal(windows.Estimate - cell.Truth.Mean, windows.Error.Mean, 9);
        Assert.Equal(JudgesExperiment.Judges, cell.Judges.Select(j => j.Judge));

        JudgeFigure Of(string judge) => cell.Judges.Single(j => j.Judge == judge);
    }

    [Fact]
    public void To_who_asks_off_policy_a_policy_is_as_good_as_itself()
    {
        JudgedWorld world = World("shared/0.9/price/greedy", load: 1, seconds: 20);
        JudgedCell cell = Assert.Single(JudgesExperiment.Run([world with { Challenger = world.Champion }], seeds: 1, threads: 1));
        Assert.All(cell.Judges.Where(j => j.Judge is "SNIPS" or "doubly robust"), j => Assert.Equal(0, j.Estimate, 9));
    }

    [Fact]
    public void Every_world_has_its_name_once_and_two_schedulers()
    {
        IReadOnlyList<JudgedWorld> worlds = All();
        Assert.Equal(18, worlds.Select(w => w.Name).Distinct().Count());
        Assert.All(worlds, w => Assert.Equal(2, w.Scenario.Schedulers.Shares.Count));
    }

    /// <summary>A cell of the experiment, made shorter.</summary>
    internal static JudgedWorld World(string name, double load, double seconds)
    {
        JudgedWorld world = All().Single(w => w.Name == name);
        return world with { Scenario = world.Scenario with { Load = load, Duration = seconds, WarmUp = 5 } };
    }

    private static IReadOnlyList<JudgedWorld> All() => JudgedWorld.All(
        ScenarioFile.Load(Checkout.Path("scenarios", "live", "live-nothing.json"), Checkout.Path("scenarios")),
        LoadedPolicy.Load(Checkout.Path("models", "policies", "neural.onnx")));
}
