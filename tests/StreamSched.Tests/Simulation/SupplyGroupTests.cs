using StreamSched.Core.Policies;
using StreamSched.Simulation.Bounds;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

public class SupplyGroupTests
{
    [Fact]
    public void What_a_machine_can_do_in_a_second_is_one_of_its_states()
    {
        // A slot beside two others; among one it runs at 1.5 times the pace that it has among two, alone at twice that pace.
        SupplyGroup group = SupplyGroup.Of(3, [1, 2], (_, coRunners) => coRunners switch { 0 => 2, 1 => 1.5, _ => 1 });
        Assert.Equal(3, group.First);
        Assert.Equal(2, group.Count);
        double[] prices = [9, 9, 9, 1, 1];
        Assert.Equal(3, group.Worth(prices)); // two or three runs are worth the same
        prices[4] = 0;
        Assert.Equal(2, group.Worth(prices)); // the second processor is better left idle
        prices[3] = 0;
        Assert.Equal(0, group.Worth(prices));

        // One run alone on the second processor, among the states of others, is worth no more than two there; nor is any state kept that another one is as
        // good as everywhere.
        Assert.DoesNotContain(group.States, s => s[0] == 0 && s[1] == 2);
        Assert.All(group.States, a => Assert.DoesNotContain(group.States, b => b != a && b[0] >= a[0] && b[1] >= a[1]));
    }

    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(1.5, 0.667)]
    [InlineData(2, 0.5)]
    [InlineData(3, 0.5)] // better one after the other
    public void Processors_that_slow_each_other_down_are_not_both_at_their_best(double factor, double expected)
    {
        // 200 requests a second of 10 ms on two processors.
        Scenario scenario = Machine(factor);
        double bound = UpperBound.Compute(scenario, 1, new BoundSettings { Accuracy = false, Iterations = 20 }).Value;
        Assert.InRange(bound, 0.95 * expected, 1.06 * expected);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1.5)]
    [InlineData(3)]
    public void No_policy_exceeds_it_where_processors_slow_each_other_down(double factor)
    {
        Scenario scenario = Machine(factor);
        double bound = UpperBound.Compute(scenario, 1, new BoundSettings { Accuracy = false, Iterations = 20 }).Value;
        foreach (string policy in (string[])[PolicyNames.Price, PolicyNames.EarliestFinish, PolicyNames.Random])
        {
            WorldResult result = TestWorlds.Run(scenario, policy);
            Assert.True(result.All.SuccessValue <= bound + 1e-9, $"{policy} has {result.All.SuccessValue}, more than {bound}");
        }

        Assert.True(TestWorlds.Run(scenario, PolicyNames.Price).All.SuccessValue > 0.6 * bound);
    }

    private static Scenario Machine(double factor) => TestWorlds.Parse("""
        {
          "duration_s": 10,
          "variants": [{"name":"m","task":"t","accuracy":0.5}],
          "classes": [{"name":"w","processors":[{"id":"gpu"},{"id":"cpu"}],"interference":{"per_company":{"*":[FACTOR]}},
                       "services":[{"variant":"m","processor":"gpu","ms":10},{"variant":"m","processor":"cpu","ms":10}]}],
          "workers": [{"class":"w"}],
          "applications": [{"name":"a","task":"t","deadline_ms":200}],
          "arrivals": [{"kind":"poisson","rate_per_s":200}]
        }
        """.Replace("FACTOR", factor.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
}
