using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Selection;

namespace StreamSched.Tests.Simulation.Selection;

public class SelectionExperimentTests
{
    private const string Class = "LinUCB, class", Device = "LinUCB, device", Blind = "LinUCB, no context", NeuralClass = "NeuralUCB, class";

    [Fact]
    public void L4_where_devices_differ_bandits_that_know_them_beat_the_best_common_model()
    {
        SelectionCell cell = Play("classes and users/1", seconds: 600);
        foreach (string name in (string[])[Class, Device, NeuralClass])
        {
            SelectionFigure bandit = Of(cell, name);
            Assert.True(bandit.QualityGained.Mean > 0 && bandit.QualityGained.ExcludesZero, $"{bandit}");
            Assert.True(bandit.Regret < Of(cell, SelectionExperiment.BestCommon).Regret, $"{bandit}");
            Assert.NotNull(Of(cell, SelectionExperiment.BestOfDevice).SecondsTo90);
        }

        // One that knows nothing of devices can at best find the common model.
        Assert.True(Of(cell, Blind).QualityGained.Mean <= 0, $"{Of(cell, Blind)}");
    }

    [Fact]
    public void L4_where_devices_are_alike_there_is_nothing_to_gain_and_little_is_lost()
    {
        SelectionCell cell = Play("alike/1", seconds: 600);
        foreach (string name in (string[])[Class, Device, NeuralClass])
        {
            SelectionFigure bandit = Of(cell, name);
            Assert.InRange(bandit.QualityGained.Mean, Of(cell, "random").QualityGained.Mean / 2, 0);
            Assert.Null(bandit.SecondsTo90);
        }
    }

    [Fact]
    public void L4_fewer_ratings_gain_less()
    {
        double all = Of(Play("classes and users/1", seconds: 600), Class).QualityGained.Mean;
        double few = Of(Play("classes and users/0.02", seconds: 600), Class).QualityGained.Mean;
        Assert.True(few < all, $"{few} of few ratings, {all} of all");
    }

    [Fact]
    public void L4_a_bandit_leaves_a_variant_that_has_become_worse()
    {
        SelectionTrace trace = new(World("classes and users/0.1/change") with { Rated = 1, Seconds = 1200 }, 3);
        Assert.Equal(trace.Requests / 2, trace.ChangeAt);
        int dropped = trace.Best(0, trace.ChangeAt, _ => true);
        SelectionFeatures features = new(trace.World, trace.Users, SelectionContext.Class);
        int[] chosen = trace.Play(new BanditSelector(
            new StreamSched.Core.OnlineLearning.LinUcb(features.Count, 0.1), features, trace.World.Variants.Count));
        double before = Share(trace.ChangeAt / 2, trace.ChangeAt), after = Share(trace.Requests * 7 / 8, trace.Requests);
        Assert.True(after < before / 2, $"{before} of the choices before the change, {after} at the end");

        double Share(int from, int to) => chosen[from..to].Count(v => v == dropped) / (double)(to - from);
    }

    [Fact]
    public void References_are_in_order_and_the_same_seed_gives_the_same_figures()
    {
        SelectionCell cell = Play("classes and users/0.1/change", seconds: 200), again = Play("classes and users/0.1/change", seconds: 200);
        Assert.Equal(cell.Contenders.Select(f => f with { Nanoseconds = 0 }), again.Contenders.Select(f => f with { Nanoseconds = 0 }));
        Assert.Equal(SelectionExperiment.Contenders, cell.Contenders.Select(f => f.Contender));
        SelectionFigure device = Of(cell, SelectionExperiment.BestOfDevice), common = Of(cell, SelectionExperiment.BestCommon);
        Assert.All(cell.Contenders, f => Assert.True(f.Regret >= 0 && device.Quality >= f.Quality, $"{f}"));
        Assert.True(Of(cell, "best of each class").Quality >= common.Quality);
        Assert.All((string[])["largest", "smallest"], name => Assert.True(Of(cell, name).Quality <= common.Quality, name));
        Assert.Equal(0, common.QualityGained.Mean);
    }

    [Fact]
    public void Every_world_has_its_name_once_and_every_class_runs_every_variant()
    {
        IReadOnlyList<SelectionWorld> worlds = All();
        Assert.Equal(13, worlds.Select(w => w.Name).Distinct().Count());
        Assert.All(worlds, w => Assert.True(w.Variants.Count > 4));
        Assert.All(worlds.SelectMany(w => w.Classes), c => Assert.Equal(worlds[0].Variants.Count, c.Seconds.Count(s => s > 0)));
        Assert.Equal([1, 2, 10], worlds.Select(w => w.Classes.Count).Distinct().Order());
    }

    /// <summary>A cell of the experiment.</summary>
    internal static SelectionWorld World(string name) => All().Single(w => w.Name == name);

    private static SelectionCell Play(string name, int seconds) =>
        Assert.Single(SelectionExperiment.Run([World(name) with { Seconds = seconds }], seeds: 4, threads: 2));

    private static SelectionFigure Of(SelectionCell cell, string contender) => cell.Contenders.Single(f => f.Contender == contender);

    private static IReadOnlyList<SelectionWorld> All() => SelectionWorld.All(CatalogueReader.Load(Checkout.Path("scenarios", "data", "catalogue.json")));
}
