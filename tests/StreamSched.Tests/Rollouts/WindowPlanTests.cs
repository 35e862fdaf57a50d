using StreamSched.Core.Policies;
using StreamSched.Core.Rollouts;

namespace StreamSched.Tests.Rollouts;

public class WindowPlanTests
{
    private const long Start = 1_700_000_000_000_000;
    private static readonly WindowPlan Plan =
        new() { Start = Start, Length = 4_000_000, BurnIn = 500_000, Tail = 1_000_000, Share = 0.1, Seed = -7 };

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void Two_schedulers_agree_and_the_windows_of_a_trial_pair_are_balanced(double share)
    {
        WindowPlan plan = Plan with { Share = share }, other = Plan with { Share = share };
        const int pairs = 20_000;
        int trials = 0, first = 0;
        for (int pair = 0; pair < pairs; pair++)
        {
            Arm[] arms = [.. Enumerable.Range(2 * pair, 2).Select(w => plan.At(Start + (w * plan.Length)).Arm)];
            Assert.Equal(plan.At(Start + (2 * pair * plan.Length)), other.At(Start + (2 * pair * plan.Length) + plan.Length - 1));
            Assert.Equal(plan.IsTrialPair(pair) ? 1 : 0, arms.Count(a => a == Arm.Challenger));
            Assert.DoesNotContain(Arm.HoldBack, arms);
            if (plan.IsTrialPair(pair)) trials++;
            if (arms[0] == Arm.Challenger) first++;
        }

        // Four standard deviations of a binomial.
        Assert.InRange(trials, (2 * share * pairs) - (4 * Math.Sqrt(pairs) / 2), (2 * share * pairs) + (4 * Math.Sqrt(pairs) / 2));
        Assert.InRange(first, (trials / 2.0) - (4 * Math.Sqrt(trials) / 2), (trials / 2.0) + (4 * Math.Sqrt(trials) / 2));
    }

    [Fact]
    public void Windows_that_are_held_back_are_the_former_champions()
    {
        WindowPlan held = Plan with { HoldsBack = true };
        for (long at = Start; at < Start + (1000 * Plan.Length); at += Plan.Length)
        {
            ArmWindow expected = Plan.At(at);
            Assert.Equal(expected with { Arm = expected.Arm == Arm.Challenger ? Arm.HoldBack : Arm.Champion }, held.At(at));
        }
    }

    [Fact]
    public void Another_seed_draws_other_windows()
    {
        WindowPlan one = Plan with { Share = 0.5 }, two = one with { Seed = -6 };
        int same = Enumerable.Range(0, 10_000).Count(w => one.At(Start + (w * Plan.Length)) == two.At(Start + (w * Plan.Length)));
        Assert.InRange(same, 4800, 5200);
    }

    [Fact]
    public void Before_the_start_the_champion_serves_and_nothing_counts()
    {
        Assert.Equal(new ArmWindow(Arm.Champion, -1), Plan.At(Start - 1));
        Assert.False(Plan.Counts(Start - 1));
        Assert.False(Plan.Counts(long.MinValue));
        Assert.Equal(0, Plan.At(Start).Window);
    }

    [Fact]
    public void Burn_in_and_tail_do_not_count()
    {
        long window = Start + (5 * Plan.Length);
        Assert.Equal(
            [false, false, true, true, false, false],
            [.. ((long[])[0, 499_999, 500_000, 2_999_999, 3_000_000, 3_999_999]).Select(into => Plan.Counts(window + into))]);
    }

    [Fact]
    public void A_decision_allocates_nothing() => Assert.Equal(0, Allocations.Of(static () =>
    {
        for (int i = 0; i < 1000; i++) Plan.At(Start + (i * 1_000_003L));
    }));

    [Fact]
    public void All_that_is_wrong_with_a_plan_is_told_at_once()
    {
        Assert.Empty(Plan.Validate());
        WindowPlan wrong = Plan with { Start = -1, Length = 10, BurnIn = -1, Tail = -1, Share = double.NaN };
        Assert.Equal(["start", "length", "burnIn", "tail", "share"], [.. wrong.Validate().Select(e => e.Split(':')[0])]);
        Assert.Contains("leaves nothing", Assert.Single((Plan with { BurnIn = 3_000_001 }).Validate()), StringComparison.Ordinal);
    }
}
