using StreamSched.Core.Policies;
using StreamSched.Core.Rollouts;
using StreamSched.Learning.Rollouts;

namespace StreamSched.Tests.Rollouts;

public class SwitchbackTests
{
    private const long Second = 1_000_000;
    private static readonly WindowPlan Plan = new() { Start = 0, Length = 4 * Second, BurnIn = Second / 2, Tail = Second / 2, Share = 0.5, Seed = 3 };
    private readonly Switchback _switchback = new(8);

    public SwitchbackTests()
    {
        _switchback.Judge(0.05, 0.05);
        _switchback.Begin(Plan);
    }

    [Fact]
    public void A_pairs_difference_is_that_of_means_per_request_in_points()
    {
        for (int pair = 0; pair < 10; pair++)
        {
            // The busier window does not weigh more.
            Tell(pair, Arm.Challenger, requests: 30, value: 0.8, missed: 3, rejected: 6, failed: 0);
            Tell(pair, Arm.Champion, requests: 10, value: 0.7, missed: 2, rejected: 1, failed: 1);
        }

        _switchback.Advance(20 * Plan.Length);
        Assert.Equal(10, _switchback.Pairs);
        Assert.Equal(10, _switchback.Value.Estimate, 9);
        Assert.Equal(-10, _switchback.Missed.Estimate, 9);
        Assert.Equal(10, _switchback.Rejected.Estimate, 9);
        Assert.Equal(-10, _switchback.Failed.Estimate, 9);
        Assert.True(_switchback is { Value.Lower: > 9, Rejected.Lower: > 9, Missed.Lower: < 0, WorstLoss: 0 });
    }

    [Fact]
    public void Where_windows_are_held_back_the_difference_is_new_less_former()
    {
        WindowPlan held = Plan with { HoldsBack = true };
        _switchback.Begin(held);
        for (int window = 0; window < 20; window++)
        {
            Arm arm = held.At(window * held.Length).Arm;
            _switchback.Observe(Outcome(held, window, arm, arm == Arm.HoldBack ? 0.9 : 0.6));
        }

        _switchback.Advance(20 * held.Length);
        Assert.Equal((10, -30.0), (_switchback.Pairs, Math.Round(_switchback.Value.Estimate, 9)));
        Assert.Equal(30, _switchback.WorstLoss, 9);
    }

    [Fact]
    public void A_pair_counts_once_the_watermark_has_passed_both_windows_and_what_comes_then_is_late()
    {
        Tell(0, Arm.Champion, 1, 0.5);
        Tell(0, Arm.Challenger, 1, 0.6);
        _switchback.Advance((2 * Plan.Length) - 1);
        Assert.Equal(0, _switchback.Pairs);
        _switchback.Advance(2 * Plan.Length);
        Assert.Equal((1, 0), (_switchback.Pairs, _switchback.Late));
        Tell(0, Arm.Champion, 5, 100);
        Assert.Equal((1, 5), (_switchback.Pairs, _switchback.Late));
        Assert.Equal(10, _switchback.Value.Estimate, 9);
    }

    [Fact]
    public void A_window_without_requests_is_no_evidence()
    {
        for (int pair = 0; pair < 5; pair++) Tell(pair, Arm.Challenger, 5, 1);
        _switchback.Advance(100 * Plan.Length);
        Assert.Equal((0, double.PositiveInfinity), (_switchback.Pairs, _switchback.Value.Upper));
    }

    [Fact]
    public void Burn_in_tail_other_arms_and_values_that_are_not_numbers_are_counted_and_left_out()
    {
        Arm first = Plan.At(0).Arm, other = first == Arm.Champion ? Arm.Challenger : Arm.Champion;
        RolloutOutcome good = Outcome(Plan, 0, first, 0.5);
        _switchback.Observe(good with { Created = Plan.BurnIn - 1 });
        _switchback.Observe(good with { Created = Plan.Length - Plan.Tail });
        _switchback.Observe(good with { Created = -1 });
        _switchback.Observe(good with { Arm = other });
        _switchback.Observe(good with { Window = 1 });
        _switchback.Observe(good with { Window = -1 });
        _switchback.Observe(good with { Value = double.NaN });
        _switchback.Observe(good with { Value = double.NegativeInfinity });
        Assert.Equal((3, 3, 2), (_switchback.Dropped, _switchback.Strayed, _switchback.NotFinite));
        _switchback.Observe(good);
        Tell(0, other, 1, 0.5);
        _switchback.Advance(2 * Plan.Length);
        Assert.Equal((1, 0.0), (_switchback.Pairs, _switchback.Value.Estimate));
    }

    [Fact]
    public void Memory_is_bounded_where_the_watermark_stands_still()
    {
        const int pairs = 1000;
        for (int pair = 0; pair < pairs; pair++)
        {
            Tell(pair, Arm.Champion, 1, 0.5);
            Tell(pair, Arm.Challenger, 1, 0.6);
        }

        Assert.Equal(pairs - Switchback.MostOpenPairs, _switchback.Pairs);
        Assert.Equal(0, Allocations.Of(() => Tell(pairs, Arm.Champion, 1, 0.5)));
        _switchback.Advance(long.MaxValue / 2);
        Assert.Equal(pairs, _switchback.Pairs);
    }

    [Fact]
    public void Evidence_outlives_a_plan_and_begins_anew_when_asked()
    {
        Tell(0, Arm.Champion, 1, 0.5);
        Tell(0, Arm.Challenger, 1, 0.6);
        _switchback.Advance(2 * Plan.Length);
        Tell(1, Arm.Champion, 1, 0.5);
        _switchback.Begin(Plan with { Seed = 4 });
        _switchback.Advance(10 * Plan.Length);
        Assert.Equal(1, _switchback.Pairs);
        _switchback.Judge(0.05, 0.05);
        Assert.Equal(0, _switchback.Pairs);
    }

    [Fact]
    public void The_champions_own_windows_tell_the_noise_and_so_how_long_a_verdict_takes()
    {
        WindowPlan quiet = Plan with { Share = 0 };
        _switchback.Begin(quiet);
        RandomStream random = new(1);
        for (int window = 0; window < 400; window++)
            _switchback.Observe(Outcome(quiet, window, Arm.Champion, 0.5 + (0.01 * random.NextNormal())) with { Window = -1 });
        _switchback.Advance(400 * quiet.Length);
        Assert.Equal(200, _switchback.NoisePairs);
        Assert.InRange(_switchback.Noise, 1.1, 1.8);
        Assert.InRange(_switchback.PairsFor(0.5, 0.025), 80, 170);
        Assert.True(_switchback.PairsFor(0.25, 0.025) > 3 * _switchback.PairsFor(0.5, 0.025));
    }

    [Fact]
    public void A_greedy_challenger_looks_better_to_a_canary_and_is_stopped_by_the_switchback()
    {
        // Truth, all greedy less all careful: about −1.9 points.
        const double seconds = 600;
        SharedQueue canary = new(1);
        double greedy = 0, careful = 0;
        long greedyCount = 0, carefulCount = 0;
        RandomStream device = new(2);
        while (canary.Now < seconds)
        {
            bool isGreedy = device.NextDouble() < 0.1;
            double value = canary.Serve(isGreedy).Value;
            (greedy, greedyCount) = isGreedy ? (greedy + value, greedyCount + 1) : (greedy, greedyCount);
            (careful, carefulCount) = isGreedy ? (careful, carefulCount) : (careful + value, carefulCount + 1);
        }

        double seen = 100 * ((greedy / greedyCount) - (careful / carefulCount));
        SharedQueue queue = new(1);
        while (queue.Now < seconds)
        {
            long at = queue.Arrive();
            ArmWindow window = Plan.At(at);
            (double value, bool rejected, bool missed) = queue.Serve(window.Arm == Arm.Challenger);
            _switchback.Observe(new RolloutOutcome
            {
                Created = at, Arm = window.Arm, Window = window.Window, Value = value, Rejected = rejected, Missed = missed,
            });
        }

        _switchback.Advance((long)(seconds * Second));
        Assert.True(seen > 10, $"the canary sees {seen:+0.00;-0.00} points");
        Assert.True(_switchback.Value is { Upper: < 0, Lower: < -1.9, Estimate: > -3 }, $"canary {seen:+0.00} points, switchback {_switchback.Value}");
    }

    private static RolloutOutcome Outcome(WindowPlan plan, int window, Arm arm, double value) =>
        new() { Created = (window * plan.Length) + plan.BurnIn, Arm = arm, Window = window, Value = value };

    private void Tell(int pair, Arm arm, int requests, double value, int missed = 0, int rejected = 0, int failed = 0)
    {
        int window = Plan.At(2 * pair * Plan.Length).Arm == arm ? 2 * pair : (2 * pair) + 1;
        for (int i = 0; i < requests; i++)
            _switchback.Observe(Outcome(Plan, window, arm, value) with { Missed = i < missed, Rejected = i < rejected, Failed = i < failed });
    }
}
