using StreamSched.Core.Policies;
using StreamSched.Core.Rollouts;
using StreamSched.Learning.Rollouts;

namespace StreamSched.Tests.Rollouts;

public class RolloutTests
{
    private static readonly PolicyVersion First = RolloutWorld.First, Second = RolloutWorld.Challenger;

    [Fact]
    public void A_challenger_that_is_a_point_better_goes_all_the_way()
    {
        RolloutWorld world = new() { Better = 1 };
        Assert.Null(world.Propose());
        world.RunUntil(step => step is { State: RolloutState.Active, Windows: null });
        Assert.Equal(
            [
                (RolloutState.Proposed, null), (RolloutState.Shadow, null), (RolloutState.Trial, 0.1), (RolloutState.Trial, 0.5), (RolloutState.Active, 0.05),
                (RolloutState.Active, (double?)null),
            ],
            [.. Taken(world).Select(s => (s.State, s.Windows?.Share))]);
        Assert.Equal(Enumerable.Range(1, world.Steps.Count).Select(i => (long)i), world.Steps.Select(s => s.Sequence));
        Assert.All(world.Steps, step => Assert.Equal("learner", step.By));
        Assert.All(world.Steps, step => Assert.Empty(step.Windows?.Validate() ?? []));
        RolloutStep promoted = Taken(world)[4];
        Assert.Equal((Second, null, First, true), (promoted.Champion, promoted.Challenger, promoted.Former, promoted.Windows!.HoldsBack));
        Assert.Matches(@"^TRIAL: \d+ pairs, \+\d\.\d\d points \[-?\d\.\d\d, \d\.\d\d\]; promoted$", promoted.Reason);
        Assert.Equal(["switchback", "misses", "rejects", "failures", "budget"], [.. promoted.Evidence.Select(e => e.Judge)]);
        Evidence value = promoted.Evidence[0];
        Assert.True(value.Lower > -0.1 && value.Estimate > 0 && value.Upper > 1, $"{value}");
        Assert.True(promoted.At - world.Steps[2].At < 20 * 60 * RolloutWorld.Second, promoted.Reason);
        Assert.EndsWith("no window is held back any more", world.Last.Reason, StringComparison.Ordinal);
        Assert.True(world.Last.At - promoted.At >= 15 * 60 * RolloutWorld.Second);
        Assert.True(world.Rollout.IsIdle);
        Assert.Equal((0, 0), (world.Rollout.LateOutcomes, world.Rollout.StrayedOutcomes));
    }

    [Fact]
    public void A_gate_that_stops_a_file_is_named()
    {
        RolloutWorld world = new();
        Assert.Null(world.Propose(new("layout", true, ""), new("digest", false, "other bytes"), new("finite", false, "")));
        Assert.Equal([RolloutState.Proposed, RolloutState.Rejected], [.. world.Steps.Select(s => s.State)]);
        Assert.Equal("PROPOSED: digest: other bytes; rejected", world.Last.Reason);
        Assert.Equal((First, Second), (world.Last.Champion, world.Last.Challenger));
        Assert.Null(world.Rollout.Propose(Second, [], world.Now));
    }

    // Without those that only tell where a trial stands.
    private static RolloutStep[] Taken(RolloutWorld world) => [.. world.Steps.Where(s => !s.Reason.EndsWith("; goes on", StringComparison.Ordinal))];

    public static TheoryData<string, ShadowOutcome?> Shadows => new()
    {
        { "forecasters", null },
        { "finite", new ShadowOutcome { Asked = true, Choice = ShadowChoice.Invalid } },
        { "finite", new ShadowOutcome { Asked = true, ChampionLogit = 1, ChallengerLogit = float.NaN } },
        { "finite", new ShadowOutcome { Asked = true, NetUtility = double.PositiveInfinity } },
        { "net utility", new ShadowOutcome { Asked = true, NetUtility = -1 } },
        { "disagreement", new ShadowOutcome { Asked = true, Choice = ShadowChoice.Other } },
        { "decision time", new ShadowOutcome { Asked = true, Choice = ShadowChoice.Slow } },
        { "shadow time", new ShadowOutcome() },
    };

    [Theory, MemberData(nameof(Shadows))]
    public void A_gate_that_stops_a_shadow_is_named(string gate, ShadowOutcome? says)
    {
        RolloutWorld world = new() { Shadow = random => says ?? RolloutWorld.Forecast(random, 1) };
        world.Propose();
        world.RunUntil(RolloutState.Rejected, 15);
        Assert.StartsWith($"SHADOW: {gate}: ", world.Last.Reason, StringComparison.Ordinal);
        Assert.Equal((RolloutState.Rejected, Second, First), (world.Last.State, world.Last.Challenger, world.Last.Champion));
        Assert.Equal(["forecasters", "net utility", "disagreement", "decision time", "budget"], [.. world.Last.Evidence.Select(e => e.Judge)]);
        Assert.Equal(0, world.Last.Evidence[^1].Alpha);
    }

    [Fact]
    public void A_challenger_that_forecasts_nothing_is_not_judged_by_forecasts()
    {
        RolloutWorld world = new() { Shadow = static _ => new ShadowOutcome { Asked = true } };
        world.Propose();
        Assert.Equal(RolloutState.Trial, world.RunUntil(RolloutState.Trial, 2).Last.State);
    }

    [Theory]
    [InlineData("misses", 10, 0, 0)]
    [InlineData("rejects", 0, 10, 0)]
    [InlineData("failures", 0, 0, 10)]
    public void A_guard_stops_harm_within_few_windows_whatever_the_value(string guard, double missed, double rejected, double failed)
    {
        RolloutWorld world = new() { Better = 2, Harm = (missed, rejected, failed) };
        world.Propose();
        world.RunUntil(RolloutState.Rejected);
        Assert.StartsWith($"TRIAL: {guard}: ", world.Last.Reason, StringComparison.Ordinal);
        Evidence harm = world.Last.Evidence.Single(e => e.Judge == guard);
        Assert.True(harm is { Lower: > 0, Count: <= 16 }, $"{harm.Count} windows of the challenger: {harm}");
    }

    [Fact]
    public void A_challenger_that_is_worse_is_stopped_at_little_cost()
    {
        RolloutWorld world = new() { Better = -5 };
        world.Propose();
        world.RunUntil(RolloutState.Rejected);
        Assert.StartsWith("TRIAL: switchback: ", world.Last.Reason, StringComparison.Ordinal);
        Evidence budget = world.Last.Evidence[^1];
        Assert.True(world.Last.Evidence[0] is { Upper: < 0, Count: < 25 }, $"{world.Last.Evidence[0]}");
        Assert.True(budget is { Judge: "budget", Count: 1, Estimate: < 0.5 }, $"{budget}");
    }

    [Fact]
    public void No_verdict_within_the_limit_rejects()
    {
        RolloutWorld world = new(new RolloutSettings { TrialLimit = TimeSpan.FromMinutes(12), VerdictPoints = 5 }) { Better = -0.2 };
        world.Propose();
        world.RunUntil(RolloutState.Rejected);
        Assert.StartsWith("TRIAL: no verdict: ", world.Last.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_champion_that_disappoints_goes_back_by_itself()
    {
        RolloutWorld world = new() { Better = 1 };
        world.Propose();
        world.RunUntil(RolloutState.Active);
        world.Better = -4;
        world.RunUntil(step => step.State == RolloutState.RolledBack || step.Windows is null);
        Assert.Matches(@"^ACTIVE: hold-back: \d+ pairs, -.*; rolled back$", world.Last.Reason);
        Assert.Equal(
            (RolloutState.RolledBack, First, Second, null, null),
            (world.Last.State, world.Last.Champion, world.Last.Challenger, world.Last.Former, world.Last.Windows));
        Assert.True(world.Last.Evidence[0] is { Judge: "hold-back", Upper: < 0 });
        Assert.Null(world.Rollout.Propose(Second, [], world.Now));
    }

    [Fact]
    public void X0_baseline_windows_show_what_learning_is_worth_while_nobody_else_has_windows()
    {
        RolloutWorld world = new(new RolloutSettings { BaselineShare = 0.3 }) { Learned = 3, Better = 1 };
        world.Run(300);
        RolloutStep begun = world.Steps[0];
        Assert.Equal("ACTIVE: 30 % of the windows are served as if nothing had been learned since neural v1", begun.Reason);
        Assert.Equal((First, true, true, 0.3), (begun.Baseline, begun.Windows!.IsBaseline, begun.Windows.HoldsBack, begun.Windows.Share));
        Assert.True(world.Rollout.IsIdle);
        Assert.Matches(@"^ACTIVE: what was learned since neural v1: \d+ pairs, \+\d\.\d\d points \[\d\.\d\d, \d\.\d\d\]$", world.Last.Reason);
        Evidence worth = world.Rollout.Learning;
        Assert.True(worth is { Lower: > 0 and < 3, Upper: > 3 and < 6, Judge: "baseline" }, $"{worth}");
        Assert.Contains(worth.Judge, world.Last.Evidence.Select(e => e.Judge));

        // A trial takes the windows, and gives them back. What was seen stays, and what serves is compared with the same baseline.
        Assert.Null(world.Propose());
        world.RunUntil(step => step is { State: RolloutState.Active, Windows.IsBaseline: false });
        Assert.True(world.Rollout.Learning.Count >= worth.Count);
        world.RunUntil(step => step is { State: RolloutState.Active, Windows.IsBaseline: true });
        Assert.Equal((Second, First), (world.Last.Champion, world.Last.Baseline));
        Assert.Equal((0, 0), (world.Rollout.LateOutcomes, world.Rollout.StrayedOutcomes));
    }

    [Fact]
    public void X0_a_successor_compares_with_the_same_baseline_and_what_a_person_takes_into_force_is_a_new_one()
    {
        RolloutSettings settings = new() { BaselineShare = 0.3 };
        RolloutWorld first = new(settings) { Better = 1 };
        first.Run(200);
        Assert.Null(first.Propose());
        first.RunUntil(step => step.Champion == Second);
        RolloutWorld successor = new(settings, restored: first.Last);
        Assert.Equal((Second, First), (successor.Rollout.Champion, successor.Rollout.Baseline));
        successor.Rollout.Restore(new RolloutStep { Sequence = 90, At = successor.Now, State = RolloutState.Active, Champion = Second, Former = First });
        Assert.Equal(Second, successor.Rollout.Baseline);
        successor.Run(20);
        Assert.Equal((91, Second, true), (successor.Last.Sequence, successor.Last.Baseline, successor.Last.Windows!.IsBaseline));
    }

    [Fact]
    public void A_trial_tells_where_it_stands()
    {
        RolloutWorld world = new();
        world.Propose();
        world.RunUntil(RolloutState.Rejected, 60);
        string[] told = [.. world.Steps.Select(s => s.Reason).Where(r => r.EndsWith("; goes on", StringComparison.Ordinal))];
        Assert.Equal(["16", "32", "64"], [.. told.Take(3).Select(r => r.Split(' ')[1])]);
    }

    [Fact]
    public void One_candidate_at_a_time()
    {
        RolloutWorld world = new();
        world.Propose();
        Assert.StartsWith("busy: neural v2 is SHADOW", world.Rollout.Propose(Second, [], world.Now), StringComparison.Ordinal);
        Assert.Equal(2, world.Steps.Count);
    }

    [Fact]
    public void While_frozen_the_champion_serves_all_windows_and_no_step_is_taken()
    {
        RolloutWorld world = new() { Better = 1 };
        world.Propose();
        world.RunUntil(RolloutState.Trial);
        world.Rollout.Freeze("policy freeze", world.Now);
        Assert.Equal((RolloutState.Trial, true, "policy freeze", null), (world.Last.State, world.Last.Frozen, world.Last.By, world.Last.Windows));
        int steps = world.Steps.Count;
        world.Run(3600);
        world.Rollout.Freeze("again", world.Now);
        Assert.Equal(steps, world.Steps.Count);
        Assert.StartsWith("frozen: ", world.Rollout.Propose(Second, [], world.Now), StringComparison.Ordinal);
        world.Rollout.Unfreeze("policy unfreeze", world.Now);
        Assert.Equal((false, "policy unfreeze"), (world.Last.Frozen, world.Last.By));
        world.RunUntil(RolloutState.Active);
        Assert.Equal(Second, world.Last.Champion);
        Assert.Equal("TRIAL: goes on with 10 % of the windows", world.Steps[steps + 1].Reason);
    }

    [Fact]
    public void People_promote_and_take_back()
    {
        RolloutWorld world = new();
        Assert.StartsWith("no policy is in a shadow or on trial", world.Rollout.Promote("me", world.Now), StringComparison.Ordinal);
        Assert.Equal("there is no former policy", world.Rollout.RollBack("me", world.Now));
        world.Propose();
        world.Run(2);
        Assert.Null(world.Rollout.Promote("policy promote", world.Now));
        Assert.Equal(
            (RolloutState.Active, Second, First, "policy promote", true),
            (world.Last.State, world.Last.Champion, world.Last.Former, world.Last.By, world.Last.Windows?.HoldsBack));
        Assert.EndsWith("promoted by a person", world.Last.Reason, StringComparison.Ordinal);
        Assert.Null(world.Rollout.RollBack("policy roll-back", world.Now));
        Assert.Equal((RolloutState.RolledBack, First, "policy roll-back"), (world.Last.State, world.Last.Champion, world.Last.By));
        Assert.Null(world.Rollout.Propose(Second, [], world.Now));
        Assert.Null(world.Rollout.RollBack("policy roll-back", world.Now));
        Assert.Equal((RolloutState.Rejected, First, null), (world.Last.State, world.Last.Champion, world.Last.Windows));
    }

    [Fact]
    public void A_frozen_promotion_holds_windows_back_once_it_goes_on()
    {
        RolloutWorld world = new();
        world.Propose();
        world.RunUntil(RolloutState.Trial);
        world.Rollout.Freeze("me", world.Now);
        Assert.Null(world.Rollout.Promote("me", world.Now));
        Assert.Equal((Second, null), (world.Last.Champion, world.Last.Windows));
        world.Run(60);
        Assert.Null(world.Last.Windows);
        world.Rollout.Unfreeze("me", world.Now);
        world.Run(60);
        Assert.True(world.Last.Windows is { HoldsBack: true, Share: 0.05 });
    }

    [Theory]
    [InlineData(RolloutState.Shadow)]
    [InlineData(RolloutState.Trial)]
    [InlineData(RolloutState.Active)]
    public void A_successor_goes_on_from_the_latest_step(RolloutState state)
    {
        RolloutWorld former = new() { Better = 2 };
        former.Propose();
        former.RunUntil(step => step.State == state && (state != RolloutState.Trial || step.Windows!.Share > 0.2));
        RolloutWorld world = new(former.Settings, restored: former.Last) { Better = 2 };
        Assert.Equal((state, former.Last.Windows), (world.Rollout.State, world.Rollout.Windows));
        world.RunUntil(step => step is { State: RolloutState.Active, Windows: null });
        Assert.Equal((Second, First), (world.Last.Champion, world.Last.Former));
        Assert.Equal([.. Enumerable.Range(1, world.Steps.Count).Select(i => former.Last.Sequence + i)], [.. world.Steps.Select(s => s.Sequence)]);
        if (state == RolloutState.Shadow) return;

        // New windows, of the same share; evidence that begins anew has its own part of the day's α.
        Assert.Equal((former.Last.Windows!.Share, former.Last.Windows.HoldsBack), (world.Steps[0].Windows!.Share, world.Steps[0].Windows!.HoldsBack));
        Assert.NotEqual(former.Last.Windows.Seed, world.Steps[0].Windows!.Seed);
        Assert.Equal(2, world.Steps[0].Evidence[^1].Count);
        Assert.Equal(0.05 * 6 / (Math.PI * Math.PI) * 1.25, world.Steps[0].Evidence[^1].Alpha, 9);
    }

    [Fact]
    public void A_proposal_whose_checks_were_interrupted_is_rejected_and_idle_states_stay()
    {
        RolloutWorld former = new();
        former.Propose(new GateResult("layout", false, "old"));
        RolloutWorld world = new(restored: former.Steps[0]);
        world.Run(1);
        Assert.Equal("PROPOSED: interrupted: its checks did not end; rejected", world.Last.Reason);
        RolloutWorld idle = new(restored: former.Last);
        idle.Run(100);
        Assert.Empty(idle.Steps);
        Assert.True(idle.Rollout.IsIdle);
    }

    [Fact]
    public void A_days_alpha_is_never_overspent_and_comes_back_the_next_day()
    {
        RolloutBudget budget = new(new RolloutSettings());
        double values = 0;
        budget.Advance(0);
        for (int trial = 0; trial < 1000; trial++)
        {
            budget.BeginTrial();
            values += budget.ValueAlpha + (3 * budget.HarmAlpha) + budget.HoldBackAlpha;
        }

        Assert.InRange(values, 0.0499, 0.05);
        Assert.Equal(values, budget.Evaluate(0).Alpha, 9);
        Assert.Equal(0.05 * 6 / (Math.PI * Math.PI) / 2 / 1001 / 1001, budget.NextValueAlpha, 12);
        budget.Advance(86_400_000_000);
        Assert.Equal((0, 0.0), (budget.Evaluate(0).Count, budget.Evaluate(0).Alpha));
        Assert.Equal(0.05 * 3 / (Math.PI * Math.PI), budget.NextValueAlpha, 9);
    }

    [Fact]
    public void An_hours_loss_is_bounded_and_settled_trials_count()
    {
        RolloutBudget budget = new(new RolloutSettings());
        budget.Advance(1);
        budget.Serve(360_000_000);
        Assert.Equal((0.4, 0.0), (Math.Round(budget.Loss(4), 9), budget.Loss(-1)));
        budget.Settle(4);
        budget.Serve(36_000_000);
        Assert.Equal(0.41, budget.Loss(1), 9);
        budget.Advance(3_600_000_000);
        Assert.Equal(0, budget.Loss(1));
    }

    [Fact]
    public void A_trial_that_may_have_cost_the_hours_budget_rests_until_the_next_hour()
    {
        RolloutWorld world = new(new RolloutSettings { LossPerHour = 0.02, VerdictPoints = 5 }) { Noise = 3 };
        world.Propose();
        world.RunUntil(step => step.Reason.Contains("rests", StringComparison.Ordinal));
        Assert.Matches(@"^TRIAL: .*; rests, since it may have cost 0\.\d\d points of this hour's value$", world.Last.Reason);
        Assert.Equal((RolloutState.Trial, null), (world.Last.State, world.Last.Windows));
        Assert.True(world.Last.Evidence[^1].Estimate is > 0.02 and < 0.03);
        long hour = world.Last.At / 3_600_000_000;
        world.RunUntil(step => step.Windows is not null, 61);
        Assert.Equal(hour + 1, world.Last.At / 3_600_000_000);
    }

    [Fact]
    public void Where_a_verdict_would_take_too_long_no_candidate_is_taken()
    {
        RolloutWorld world = new() { Noise = 5 };
        Assert.StartsWith("traffic: 0 pairs", world.Rollout.Propose(Second, [], world.Now), StringComparison.Ordinal);
        Assert.Null(world.Rollout.TimeToVerdict(0.5, world.Now));
        Assert.Matches(@"^traffic: a verdict on 0\.50 points would take \d+ minutes$", world.Propose());
        Assert.Empty(world.Steps);
        Assert.True(world.Rollout.TimeToVerdict(0.5, world.Now) > 3 * world.Rollout.TimeToVerdict(5, world.Now));
    }

    [Fact]
    public void Garbage_is_survived()
    {
        RolloutWorld world = new() { Better = 1 };
        world.Propose();
        world.RunUntil(RolloutState.Trial);
        foreach (double value in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
            world.Rollout.Observe(new RolloutOutcome { Created = world.Now, Value = value });
        world.Rollout.Observe(new RolloutOutcome { Created = long.MaxValue, Arm = (Arm)77, Window = long.MinValue });
        world.Rollout.Observe(new RolloutOutcome { Created = long.MinValue });
        world.Rollout.Advance(long.MinValue);
        world.RunUntil(RolloutState.Active);
        Assert.Equal(Second, world.Last.Champion);
    }

    [Fact]
    public void Schedulers_that_do_not_follow_give_no_verdict_and_are_counted()
    {
        RolloutWorld world = new(new RolloutSettings { TrialLimit = TimeSpan.FromMinutes(10), VerdictPoints = 5 });
        world.Propose();
        world.RunUntil(RolloutState.Trial);
        for (; world.Last.State == RolloutState.Trial; world.Now += RolloutWorld.Second / 10)
        {
            world.Rollout.Observe(new RolloutOutcome { Created = world.Now, Window = -1, Value = 0.5 });
            world.Rollout.Advance(world.Now);
        }

        Assert.Matches(@"^TRIAL: no verdict: 0 pairs.*, [1-9]\d+ strayed outcomes; rejected$", world.Last.Reason);
    }

    [Fact]
    public void A_greedy_challenger_falls_in_its_trial_and_a_careful_one_replaces_it()
    {
        Assert.Matches("^TRIAL: (switchback|rejects|misses): ", Judge(challengerIsGreedy: true).Reason);
        RolloutStep careful = Judge(challengerIsGreedy: false);
        Assert.Equal((RolloutState.Active, Second), (careful.State, careful.Champion));
    }

    [Fact]
    public void Windows_are_long_enough_for_queues_to_forget_and_for_half_of_them_to_count()
    {
        RolloutSettings settings = new();
        Assert.Equal(new WindowLength(4_000_000, 500_000, 200_000), Lengths(0, 0.2, 0));
        Assert.Equal(new WindowLength(8_000_000, 900_000, 200_000), Lengths(0.2, 0.2, 0.05));
        Assert.Equal(new WindowLength(32_000_000, 500_000, 10_000_000), Lengths(0, 10, 0));
        foreach (double deadline in (double[])[0, 1, 60, 3600, 1e6])
        {
            WindowLength lengths = Lengths(deadline / 10, deadline, 1);
            Assert.True(2 * (lengths.BurnIn + lengths.Tail) <= lengths.Length && 8 * lengths.BurnIn <= lengths.Length && lengths.Length <= 86_400_000_000);
        }

        WindowLength Lengths(double autocorrelation, double deadline, double skew) => WindowLength.For(
            settings, new RolloutConditions(TimeSpan.FromSeconds(autocorrelation), TimeSpan.FromSeconds(deadline), TimeSpan.FromSeconds(skew)));
    }

    [Fact]
    public void All_that_is_wrong_with_settings_is_told_at_once()
    {
        Assert.Empty(new RolloutSettings().Validate());
        RolloutSettings wrong = new()
        {
            AlphaPerDay = double.NaN, FirstShare = 0.6, FirstPairs = 0, Lead = TimeSpan.FromSeconds(-1), TrialLimit = TimeSpan.Zero,
        };
        Assert.Equal(["alphaPerDay", "firstShare", "firstPairs", "trialLimit", "lead"], [.. wrong.Validate().Select(e => e.Split(':')[0])]);
        Assert.StartsWith(
            "patience", Assert.Single(new RolloutSettings { Patience = TimeSpan.FromHours(1) }.Validate()), StringComparison.Ordinal);
    }

    private static RolloutStep Judge(bool challengerIsGreedy)
    {
        RolloutWorld sink = new();
        Rollout rollout = sink.Rollout;
        SharedQueue queue = new(7);
        long advanced = 0;
        while (queue.Now < 3600 && (sink.Steps.Count == 0 || sink.Last.State is RolloutState.Shadow or RolloutState.Trial))
        {
            long at = queue.Arrive();
            if (at - advanced > 100_000)
            {
                rollout.Advance(advanced = at);
                if (sink.Steps.Count == 0) rollout.Propose(Second, [], at);
            }

            ArmWindow window = rollout.Windows?.At(at) ?? new ArmWindow(Arm.Champion, -1);
            (double value, bool rejected, bool missed) = queue.Serve(window.Arm == Arm.Challenger == challengerIsGreedy);
            rollout.Observe(new RolloutOutcome
            {
                Created = at, Arm = window.Arm, Window = window.Window, Value = value, Rejected = rejected, Missed = missed,
                Shadow = new ShadowOutcome { Asked = true },
            });
        }

        return sink.Last;
    }
}
