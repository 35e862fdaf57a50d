using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Judges;

namespace StreamSched.Tests.Simulation.Judges;

public class RequestLogTests
{
    [Fact]
    public void A_canary_decides_its_share_of_the_requests_and_the_same_ones_in_every_run()
    {
        IReadOnlyList<JudgedRequest> requests = Run(0.1);
        double share = requests.Count(r => r.Arm == Arm.Challenger) / (double)requests.Count;
        Assert.InRange(share, 0.08, 0.12);
        Assert.All(requests, r => Assert.Equal(-1, r.Window));
        Assert.Equal(requests, Run(0.1));
    }

    [Fact]
    public void Without_a_share_and_without_windows_the_champion_decides_alone() =>
        Assert.All(Run(0), r => Assert.Equal(Arm.Champion, r.Arm));

    private static IReadOnlyList<JudgedRequest> Run(double share)
    {
        JudgedWorld world = JudgesExperimentTests.World("shared/0.6/price/greedy", load: 1, seconds: 15);
        return RequestLog.Of(
            world.Scenario, 7, JudgedWorld.Scheduler, () => new ServingPlan(world.Champion.Serving(1), world.Challenger.Serving(2)), share,
            TestContext.Current.CancellationToken);
    }
}
