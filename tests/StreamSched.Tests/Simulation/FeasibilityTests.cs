using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

/// <summary>Every policy, behind both masks, in a world where everything goes wrong.</summary>
public class FeasibilityTests
{
    public static MatrixTheoryData<string, FeasibilityRule> Policies => new(PolicyCatalogue.Rules.Select(r => r.Name), Enum.GetValues<FeasibilityRule>());

    [Theory, MemberData(nameof(Policies))]
    public void A2_A6_X6_no_infeasible_candidate_is_sent_an_empty_mask_is_a_reject_and_every_request_ends_once(string policy, FeasibilityRule mask)
    {
        Watch watch = new();
        WorldSettings settings = new() { Scheduler = new SchedulerSettings { Policy = policy, Exploration = 0.05f }, Observer = watch };
        WorldResult result = new World(ConservationTests.Rough with { Duration = 5, Mask = mask }, settings).Run(TestContext.Current.CancellationToken);
        Assert.True(watch.Explored > 50, $"explored {watch.Explored} times");
        Assert.True(watch.EmptyMasks > 0 || policy == PolicyNames.Price, "every mask held something"); // price rejects before anything is full
        Assert.Equal(0, result.PolicyFailures);
        foreach (GroupResult group in result.Applications.Append(result.All)) Assert.Equal(1, group.Success + group.Reject + group.Failure, 9);
        Assert.InRange(result.All.Success, 0.01, 0.95);
        if (policy != PolicyNames.Price) Assert.Equal(mask == FeasibilityRule.Aset, result.All.RejectReasons.ContainsKey("capacity"));
    }

    [Fact]
    public void A_scenario_asks_for_ASETs_mask()
    {
        Scenario scenario = ScenarioFile.Load(Checkout.Path("scenarios", "aset-mask.json"));
        Assert.Equal(FeasibilityRule.Aset, scenario.Mask);
    }

    private sealed class Watch : WorldObserver
    {
        public int Explored { get; private set; }

        public int EmptyMasks { get; private set; }

        public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates candidates, long now)
        {
            if (decision.Explored) Explored++;
            if (candidates.Feasible == 0)
            {
                EmptyMasks++;
                Assert.False(decision.IsPlaced);
                Assert.NotEqual(RejectReason.None, decision.Reason);
            }

            if (!decision.IsPlaced) return;
            Assert.NotEqual(0, candidates.Mask[decision.Candidate]);
            Assert.True(candidates.Accuracy[decision.Candidate] >= request.MinAccuracy);
            Assert.InRange(decision.Propensity, 1e-9f, 1.0001f);
        }
    }
}
