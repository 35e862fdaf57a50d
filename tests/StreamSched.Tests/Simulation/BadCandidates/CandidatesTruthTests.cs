using StreamSched.Learning.Rollouts;
using StreamSched.Simulation.BadCandidates;

namespace StreamSched.Tests.Simulation.BadCandidates;

public class CandidatesTruthTests
{
    [Fact]
    public void Means_are_over_worlds_and_a_canary_is_fooled_by_what_is_worse()
    {
        CandidateDay[] days =
        [
            Day(1, Fate("greedy", -1, 0.5), Fate("greedy", -3, -0.5)), Day(2, Fate("greedy", -4, 1), Fate("noisy", 1, 1)), Day(3, Fate("greedy", null, null)),
        ];
        CandidatesTruth greedy = CandidatesTruth.Of("greedy", 1, days)!;
        Assert.Equal((3, 0, 2), (greedy.Count, greedy.NotWorse, greedy.CanaryFooled));
        Assert.Equal((-3, 0.5), (greedy.Truth.Mean, greedy.Canary.Mean));
        Assert.Equal(1, CandidatesTruth.Of("noisy", 1, days)!.NotWorse);
        Assert.Null(CandidatesTruth.Of("slow", 1, days));
        Assert.Null(CandidatesTruth.Of("greedy", 2, days));
    }

    [Fact]
    public void A_loss_is_what_was_served_times_the_truth_and_an_hour_has_that_of_all_its_trials()
    {
        CandidateDay day = Day(1, Fate("greedy", -2, 0), Fate("greedy", -1, 0, hour: 1), Fate("greedy", -4, 0, hour: 1));
        Assert.Equal([0.2, 0.1, 0.4], day.Fates.Select(f => f.Loss));
        Assert.Equal(0.5, day.LossOfHour, 9);
        Assert.All(day.Fates, f => Assert.Equal(0.3, f.MostLoss, 9));
        CandidatesCell cell = CandidatesCell.Of("greedy", [day]);
        Assert.Equal((3, 0.4, 1), (cell.Count, cell.MostTrueLoss, cell.MostWindowsAfterHarm));
        Assert.Equal(3, cell.Gates["TRIAL: misses"]);
    }

    private static CandidateDay Day(ulong seed, params CandidateFate[] fates) => new(seed, 1, 0, 0, fates, []);

    private static CandidateFate Fate(string kind, double? truth, double? canary, int hour = 0) => new()
    {
        Kind = kind, Reached = RolloutState.Trial, Gate = "misses", Reason = "", Promoted = false, Seconds = 1, Windows = 1,
        WindowsAfterHarm = 1, Served = new Dictionary<int, double> { [hour] = 360 }, MostCost = 3, Truth = truth, Canary = canary,
    };
}
