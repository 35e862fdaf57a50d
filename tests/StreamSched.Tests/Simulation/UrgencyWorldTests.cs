using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

public class UrgencyWorldTests
{
    // Patient requests fill a batching processor; urgent ones overtake them there, and are answered if somebody knows that they will be.
    private static readonly Scenario Mixed = TestWorlds.Parse("""
        {
          "duration_s": 20, "warmup_s": 1,
          "variants": [{"name":"m","task":"t","accuracy":0.8}],
          "classes": [{"name":"gpu","processors":[{"id":"gpu"}],"services":[{"variant":"m","ms":[[1,4],[8,8]],"noise":0.05}]},
                      {"name":"far","processors":[{"id":"cpu"}],"services":[{"variant":"m","ms":12,"noise":0.05}]}],
          "workers": [{"class":"gpu"},{"class":"far","count":2}],
          "applications": [{"name":"urgent","task":"t","deadline_ms":25,"share":1},{"name":"patient","task":"t","deadline_ms":400,"share":2}],
          "arrivals": [{"kind":"poisson","rate_per_s":1250}]
        }
        """);

    [Fact]
    public void Urgent_requests_are_not_refused_where_only_patient_ones_wait()
    {
        double[] knowing = [.. Seeds(WaitingRule.DueBefore)], counting = [.. Seeds(WaitingRule.Everything)];
        Assert.All(knowing.Zip(counting), pair =>
            Assert.True(pair.First > pair.Second + 0.001, $"{pair.First:0.0000} where what is due before counts, {pair.Second:0.0000} where everything does"));
    }

    private static IEnumerable<double> Seeds(WaitingRule waiting)
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            SchedulerSettings settings = new()
            {
                Policy = PolicyNames.Price, Exploration = 0, Prediction = new() { Waiting = waiting }, Value = new() { Accuracy = 0 },
            };
            yield return new World(Mixed, new WorldSettings { Seed = seed, Scheduler = settings }).Run().All.Success;
        }
    }
}
