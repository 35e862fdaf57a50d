using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Selection;

namespace StreamSched.Tests.Simulation.Selection;

public class SelectionExperimentTests
{
    [Fact]
    public void L4_where_devices_differ_a_bandit_that_knows_them_beats_the_best_common_model_and_one_that_does_not_never_does()
    {
        Interval knows = Gain("all classes/1", SelectionContext.Class), blind = Gain("all classes/1", SelectionContext.None);
        Assert.True(knows.Mean > 0 && knows.ExcludesZero, $"{knows}");
        Assert.True(blind.Mean <= 0, $"{blind}");
    }

    [Fact]
    public void L4_where_users_differ_who_knows_the_device_gains_more_than_who_knows_its_class()
    {
        Interval device = Gain("all classes and users/1", SelectionContext.Device), kind = Gain("all classes and users/1", SelectionContext.Class);
        Assert.True(device.Mean > 0 && device.ExcludesZero, $"{device}");
        Assert.True(device.Mean > kind.Mean, $"{device}, {kind}");
    }

    [Fact]
    public void L4_where_devices_are_alike_there_is_nothing_to_gain_and_little_is_lost()
    {
        foreach (SelectionContext context in Enum.GetValues<SelectionContext>())
        {
            Interval gain = Gain("alike/1", context);
            Assert.InRange(gain.Mean, -1.5, 0); // a random choice loses 5 points
        }
    }

    [Fact]
    public void L4_a_bandit_leaves_a_variant_that_has_become_worse()
    {
        SelectionTrace trace = new(World("all classes and users/0.1/change") with { Rated = 1 }, 3);
        Assert.Equal(trace.Requests / 2, trace.ChangeAt);
        int dropped = trace.Best(0, trace.ChangeAt, _ => true);
        int[] chosen = trace.Play(SelectionExperiment.Linear(trace, SelectionContext.Class));
        double before = Part(trace.ChangeAt / 2, trace.ChangeAt), after = Part(trace.Requests * 7 / 8, trace.Requests);
        Assert.True(after < before / 2, $"{before} of the choices before the change, {after} at the end");

        double Part(int from, int to) => chosen[from..to].Count(v => v == dropped) / (double)(to - from);
    }

    [Fact]
    public void References_are_in_order_and_the_same_seed_gives_the_same_figures()
    {
        SelectionCell cell = Play("all classes and users/0.1/change", seconds: 200), again = Play("all classes and users/0.1/change", seconds: 200);
        Assert.Equal(cell.Contenders.Select(f => f with { Nanoseconds = 0 }), again.Contenders.Select(f => f with { Nanoseconds = 0 }));
        Assert.Equal(SelectionExperiment.Contenders, cell.Contenders.Select(f => f.Contender));
        SelectionFigure device = Of(cell, SelectionExperiment.BestOfDevice), common = Of(cell, SelectionExperiment.BestCommon);
        Assert.All(cell.Contenders, f => Assert.True(f.Regret >= 0 && device.Quality >= f.Quality, $"{f}"));
        Assert.True(Of(cell, "best of each class").Quality >= common.Quality);
        Assert.All((string[])["largest", "smallest"], name => Assert.True(Of(cell, name).Quality <= common.Quality, name));
        Assert.Equal(0, common.QualityGained.Mean);
        Assert.Equal(0, device.SecondsTo90);
        Assert.Null(common.SecondsTo90);
    }

    [Fact]
    public void Every_world_has_its_name_once_and_every_class_runs_every_variant()
    {
        IReadOnlyList<SelectionWorld> worlds = All();
        Assert.Equal(16, worlds.Select(w => w.Name).Distinct().Count());
        Assert.All(worlds, w => Assert.True(w.Variants.Count > 4));
        Assert.All(worlds, w => Assert.All(w.Classes, c => Assert.Equal(w.Variants.Count, c.Seconds.Count(s => s > 0))));
        Assert.Equal([1, 2, 10], worlds.Select(w => w.Classes.Count).Distinct().Order());
    }

    /// <summary>A cell of the experiment.</summary>
    internal static SelectionWorld World(string name) => All().Single(w => w.Name == name);

    // Of quality less that of the best common model, in points.
    private static Interval Gain(string world, SelectionContext context) => Statistics.Mean([.. Enumerable.Range(1, 5).Select(seed =>
    {
        SelectionTrace trace = new(World(world), (ulong)seed);
        int[] common = [.. Enumerable.Repeat(trace.Best(0, trace.Requests, _ => true), trace.Requests)];
        return 100 * (Quality(trace.Play(SelectionExperiment.Linear(trace, context))) - Quality(common));

        double Quality(int[] chosen) => trace.Mean(chosen, 0, trace.Requests).Quality;
    })]);

    private static SelectionCell Play(string name, int seconds) =>
        Assert.Single(SelectionExperiment.Run([World(name) with { Seconds = seconds }], seeds: 3, threads: 2));

    private static SelectionFigure Of(SelectionCell cell, string contender) => cell.Contenders.Single(f => f.Contender == contender);

    private static IReadOnlyList<SelectionWorld> All() => SelectionWorld.All(CatalogueReader.Load(Checkout.Path("scenarios", "data", "catalogue.json")));
}
