using StreamSched.Core.Policies;
using StreamSched.Core.Rollouts;
using StreamSched.Simulation.Judges;

namespace StreamSched.Tests.Simulation.Judges;

public class EstimatesTests
{
    [Fact]
    public void A_canary_compares_means_and_net_utility_takes_prices_off()
    {
        JudgedRequest[] requests =
        [
            new() { Arm = Arm.Champion, Value = 0.5, Price = 0.1f }, new() { Arm = Arm.Champion, Value = 0.7, Price = 0.1f },
            new() { Arm = Arm.Challenger, Value = 0.9, Price = 0.5f },
        ];
        Assert.Equal(30, Estimates.Canary(requests), 4);
        Assert.Equal(-10, Estimates.NetUtility(requests), 4);
        Assert.Equal(70, Estimates.Value(requests), 4);
    }

    [Fact]
    public void Off_policy_a_decision_counts_by_how_much_likelier_a_policy_is_to_take_it()
    {
        // The champion takes the first choice nine times in ten, worth 0.4; the challenger always takes the second, worth 0.8 but predicted to be 0.6.
        JudgedRequest[] log = [.. Enumerable.Range(0, 10).Select(i => i < 9 ? Logged(1, 0, 0.4, 0.4) : Logged(0, 10, 0.8, 0.6))];
        Assert.Equal(40, Estimates.Snips(log), 9);
        Assert.Equal(40, Estimates.DoublyRobust(log), 9);

        static JudgedRequest Logged(double champion, double challenger, double value, double predicted) => new()
        {
            Value = value, Predicted = predicted, Champion = new PolicyView(champion / 0.9, 0.4), Challenger = new PolicyView(challenger, 0.6),
        };
    }

    [Fact]
    public void A_switchback_compares_the_windows_of_a_pair()
    {
        WindowPlan plan = new() { Start = 0, End = 40_000_000, Length = 2_000_000, BurnIn = 500_000, Tail = 100_000, Share = 0.5, Seed = 3 };
        JudgedRequest[] requests =
        [
            .. from i in Enumerable.Range(0, 400)
               let at = i * 100_000L
               let window = plan.At(at)
               let level = window.Window / 2 // what changes from pair to pair falls out
               select new JudgedRequest
               {
                   Created = at, Arm = window.Arm, Window = window.Window, Value = level + (!plan.Counts(at) ? 100 : window.Arm == Arm.Challenger ? 0.25 : 0),
               },
        ];
        Assert.Equal(25, Estimates.Switchback(requests, plan), 9);
    }

    [Fact]
    public void Windows_are_the_roll_outs_shortest()
    {
        WindowPlan plan = Estimates.Windows(longestDeadline: 0.15, 10, 1_000_000_000, 1);
        Assert.Equal((10, 1_000_000_000, 4_000_000, 500_000, 150_000), (plan.Start, plan.End, plan.Length, plan.BurnIn, plan.Tail));
        Assert.Empty(plan.Validate());
    }
}
