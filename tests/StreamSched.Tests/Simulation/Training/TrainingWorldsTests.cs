using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Training;

namespace StreamSched.Tests.Simulation.Training;

public class TrainingWorldsTests
{
    [Fact]
    public void Worlds_of_training_vary_what_matters_and_never_use_the_seeds_of_evaluation()
    {
        TrainingWorlds worlds = new(new TrainingPlan
        {
            Scenarios = [ScenarioFile.Load(Checkout.Path("scenarios", "small.json")), ScenarioFile.Load(Checkout.Path("scenarios", "aset.json"))],
            RequestsPerWorld = 5_000,
        });
        List<(Scenario Scenario, ulong Seed)> drawn = [.. Enumerable.Range(0, 300).Select(i => worlds.Draw((ulong)i))];
        Assert.All(drawn, d => Assert.InRange(d.Seed, 1UL, 49_999UL));
        Assert.All(drawn, d => Assert.True(d.Scenario.Duration > d.Scenario.WarmUp));

        // Long beside its deadlines, or what is left over at its end would be worth more than what is scarce before.
        Assert.All(drawn, d => Assert.True(d.Scenario.Duration - d.Scenario.WarmUp >= 4 * d.Scenario.Applications.Max(a => a.Deadline.Most)));
        Assert.All(drawn, d => Assert.InRange(d.Scenario.Load * d.Scenario.ServiceScale, 0.29, 1.61));
        Assert.True(drawn.Min(d => d.Scenario.ServiceScale) < 0.2 && drawn.Max(d => d.Scenario.ServiceScale) > 5);
        Assert.InRange(drawn.Count(d => d.Scenario.ValueIsAccuracy), 100, 200);
        Assert.Equal(2, drawn.Select(d => d.Scenario.Name).Distinct().Count());

        // Streams come one by one: their worlds are not cut to their empty beginning.
        Assert.All(drawn.Where(d => d.Scenario.Name == "aset-full-edge"), d => Assert.Equal(5, d.Scenario.WarmUp));
        Assert.Equal(drawn[7].Seed, worlds.Draw(7).Seed);
    }
}
