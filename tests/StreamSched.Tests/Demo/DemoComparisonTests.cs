using StreamSched.Core.Policies;
using StreamSched.Demo;

namespace StreamSched.Tests.Demo;

/// <summary>Policies side by side, as the demo prints them.</summary>
public class DemoComparisonTests
{
    [Fact]
    public void The_most_useful_comes_first_and_differences_are_paired_by_seed()
    {
        DemoComparison comparison = DemoComparison.Of(
        [
            Report(PolicyNames.Farthest, 1, 0.70), Report(PolicyNames.Price, 1, 0.80), Report(PolicyNames.Random, 1, 0.60),
            Report(PolicyNames.Farthest, 2, 0.50), Report(PolicyNames.Price, 2, 0.62), Report(PolicyNames.Random, 2, 0.64),
        ]);
        Assert.Equal([PolicyNames.Price, PolicyNames.Random, PolicyNames.Farthest], comparison.Policies.Select(p => p.Policy));
        Assert.Equal([1UL, 2UL], comparison.Seeds);
        Assert.Equal(PolicyNames.Random, comparison.BestSimpleRule);
        Assert.Equal(0.09, comparison.Policies[0].ToBestRule!.Value.Mean, 1e-9);
        Assert.False(comparison.Policies[0].ToBestRule!.Value.ExcludesZero); // +0.20 and -0.02
        Assert.Equal(
            ["best simple rule in hindsight (live): random", "price is 9.0 ± 139.8 points above it in utility, which may be chance"],
            DemoView.Verdicts(comparison));
    }

    [Fact]
    public void One_seed_has_no_interval_and_without_a_simple_rule_there_is_no_verdict()
    {
        DemoComparison one = DemoComparison.Of([Report(PolicyNames.Price, 1, 0.6), Report(PolicyNames.Random, 1, 0.64)]);
        Assert.Equal("price is 4.0 points below it in utility", DemoView.Verdicts(one).Last());
        Assert.Empty(DemoView.Verdicts(DemoComparison.Of([Report(PolicyNames.Price, 1, 0.6)])));
    }

    private static DemoReport Report(string policy, ulong seed, double utility) => new()
    {
        Policy = policy, Seed = seed, Seconds = 30, Sent = 100, Success = utility, Reject = 0, Failure = 1 - utility, Rejects = new Dictionary<string, long>(),
        Expired = 0, Late = 0, Failed = 0, NoAnswer = 0, Duplicates = 0, Throughput = 3, Accuracy = 1, AccuracyCountingMisses = utility, LatencyP50Ms = 1,
        LatencyP95Ms = 1, LatencyP99Ms = 1, EnergyJoules = 5, EnergySource = "modelled", Cost = 0.1, Value = "accuracy", Utility = utility, Timetable = [],
        CloudDelayMs = 12, Placements = [], Devices = [],
    };
}
