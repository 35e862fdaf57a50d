using StreamSched.Core.Policies;
using StreamSched.Core.Serving;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

/// <summary>Worlds in which workers register other times than batches take.</summary>
public class WrongProfileTests
{
    [Theory]
    [InlineData("2", "0.03")] // too long
    [InlineData("0.5", "0.03")] // too short
    [InlineData("[0.5,2]", "0.03")] // mixed
    [InlineData("2", "0.6")]
    public void A_wrong_profile_costs_little_once_batches_have_been_measured(string registered, string noise)
    {
        double right = Success("1", noise), wrong = Success(registered, noise);
        Assert.True(wrong > right - 0.02, $"{wrong:0.000} in time, {right:0.000} with a right profile");
    }

    [Fact]
    public void Several_registered_scales_are_drawn_anew_with_each_seed_and_stay_with_it()
    {
        Scenario scenario = Parse("[0.5,2]", "0");
        float[] first = Scales(scenario, 1), again = Scales(scenario, 1), other = Scales(scenario, 2);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Equal([0.5f, 2f], first.Distinct().Order());
    }

    [Fact]
    public void A_group_of_workers_may_have_its_own_registered_scale()
    {
        Scenario scenario = TestWorlds.Parse(
            Text("4", "0").Replace("\"class\":\"w\",\"count\"", "\"class\":\"w\",\"registered_scale\":3,\"count\"", StringComparison.Ordinal));
        Assert.Equal(3f, Assert.Single(Scales(scenario, 1).Distinct()), 4);
    }

    [Theory]
    [InlineData("\"exponential\"", true, 0)]
    [InlineData("0.6", false, 0.6)]
    public void A_scenario_may_say_how_all_service_times_scatter(string noise, bool exponential, double sigma)
    {
        ServiceNoise drawn = new WorkerModel(Parse("1", noise).Workers[0], Parse("1", noise), 1).Noise[0, 0];
        Assert.Equal(new ServiceNoise(sigma, exponential), drawn);
    }

    [Theory]
    [InlineData("[]", "registered_scale: needs one number at least")]
    [InlineData("[1,0]", "registered_scale[1]: 0 is not in 0.001 .. 1000")]
    public void A_scale_that_makes_no_sense_is_named(string registered, string error) =>
        Assert.Contains(error, Assert.Throws<ScenarioException>(() => Parse(registered, "0")).Errors);

    private static double Success(string registered, string noise) => Enumerable.Range(1, 3)
        .Average(seed => TestWorlds.Run(Parse(registered, noise), PolicyNames.Price, (ulong)seed).All.Success);

    private static float[] Scales(Scenario scenario, ulong seed) =>
    [
        .. scenario.Workers.Select(w => new WorkerModel(w, scenario, seed)).SelectMany(
            m => Enumerable.Range(0, m.Variants.Length).Select(v => m.Profile[v, 0]!.Seconds(1) / m.Truth[v, 0]!.Seconds(1))),
    ];

    private static Scenario Parse(string registered, string noise) => TestWorlds.Parse(Text(registered, noise));

    // Six workers of 100 requests/s each, at nine tenths of that; two in three deadlines are shorter than what a profile says that is twice too long.
    private static string Text(string registered, string noise) => $$$"""
        {
          "duration_s": 20, "warmup_s": 5, "noise": {{{noise}}}, "registered_scale": {{{registered}}},
          "variants": [{"name":"m","task":"t","accuracy":0.5},{"name":"n","task":"t","accuracy":0.6}],
          "classes": [{"name":"w","processors":[{"id":"cpu"}],"services":[{"variant":"m","ms":10,"noise":0.2},{"variant":"n","ms":15}]}],
          "workers": [{"class":"w","count":6}],
          "applications": [{"name":"a","task":"t","deadline_ms":[15,40]}],
          "arrivals": [{"kind":"poisson","rate_per_s":400}],
          "schedulers": {"count": 2, "shared": {"period_ms": 5, "delay_ms": 2}}
        }
        """;
}
