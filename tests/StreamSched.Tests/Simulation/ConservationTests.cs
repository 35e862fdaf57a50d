using System.Text.Json;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

public class ConservationTests
{
    // Overloaded, with two sites, crashes, slow-downs, a slow link and two schedulers: everything that can end a request does.
    internal static readonly Scenario Rough = TestWorlds.Parse("""
        {
          "duration_s": 20, "warmup_s": 0,
          "sites": [{"name":"a"},{"name":"b"},{"name":"far","tier":"cloud"}],
          "links": {"local":{"delay_ms":1,"jitter_ms":0.3},"other":{"delay_ms":8,"jitter_ms":3,"mbit_per_s":100}},
          "variants": [{"name":"s","task":"t","accuracy":0.6},{"name":"l","task":"t","accuracy":0.8}],
          "classes": [{"name":"edge","processors":[{"id":"cpu","slots":3,"active_w":5}],"interference":{"per_company":{"*":[1.4,2]}},
                       "services":[{"variant":"s","ms":8,"noise":0.2},{"variant":"l","ms":30,"noise":0.2}]},
                      {"name":"gpu","processors":[{"id":"gpu"}],
                       "services":[{"variant":"s","ms":[[1,2],[8,5]],"noise":0.1},{"variant":"l","ms":[[1,5],[8,14]],"noise":0.1}]}],
          "workers": [{"class":"edge","count":2},{"class":"gpu","at":"cloud"}],
          "applications": [{"name":"quick","task":"t","deadline_ms":[40,60],"payload_bytes":20000},
          {"name":"exact","task":"t","deadline_ms":150,"min_accuracy":0.7}],
          "arrivals": [{"kind":"poisson","rate_per_s":1500}],
          "schedulers": {"count":2,"shared":{"period_ms":10,"delay_ms":2},"telemetry_ms":10},
          "events": [{"kind":"crash","every_s":6,"for_s":1.5},
          {"kind":"slow-down","every_s":5,"for_s":1,"factor":[2,5]},{"kind":"link","from":"a","to":"far","at_s":5,"for_s":4,"factor":3}]
        }
        """);

    [Theory]
    [InlineData(PolicyNames.Price)]
    [InlineData(PolicyNames.EarliestFinish)]
    [InlineData(PolicyNames.Random)]
    public void Every_request_ends_once(string policy)
    {
        Ends ends = new();
        WorldResult result = TestWorlds.Run(Rough, policy, observer: ends);
        Assert.Equal(result.Simulated, ends.Count);
        Assert.Equal(1, result.All.Success + result.All.Reject + result.All.Failure, 9);
        Assert.Equal(result.All.Reject, result.All.RejectReasons.Values.Sum(), 9);
        foreach (GroupResult application in result.Applications) Assert.Equal(1, application.Success + application.Reject + application.Failure, 9);
        Assert.Equal(result.All.Requests, result.Applications.Sum(a => a.Requests));
        Assert.True(ends.Resent > 0, "nothing was sent again");
        Assert.InRange(result.All.Success, 0.05, 0.95);
        Assert.Equal(0, result.PolicyFailures);
    }

    [Fact]
    public void Requests_that_reach_their_scheduler_too_late_expire_and_the_world_ends()
    {
        Scenario slow = Rough with { Events = [], Applications = [.. Rough.Applications.Select(a => a with { Deadline = (0.0005, 0.0005) })] };
        Ends ends = new();
        WorldResult result = TestWorlds.Run(slow, PolicyNames.Price, observer: ends);
        Assert.Equal(result.Simulated, ends.Count);
        Assert.Equal(0, result.All.Success);
        Assert.True(result.All.Failure > 0.9); // few are as quick as that, and rejected
    }

    [Theory]
    [InlineData(PolicyNames.Price)]
    [InlineData(PolicyNames.PowerOfTwo)]
    public void The_same_seed_gives_the_same_bytes(string policy)
    {
        byte[] first = Bytes(1), again = Bytes(1), other = Bytes(2);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);

        byte[] Bytes(ulong seed) => JsonSerializer.SerializeToUtf8Bytes(TestWorlds.Run(Rough, policy, seed) with { DecisionP50 = 0, DecisionP99 = 0 });
    }

    [Fact]
    public void Another_policy_meets_the_same_requests()
    {
        Arrivals price = new(), random = new();
        TestWorlds.Run(Rough, PolicyNames.Price, observer: price);
        TestWorlds.Run(Rough, PolicyNames.Random, observer: random);
        Assert.Equal(price.Seen.Order(), random.Seen.Order());
    }

    private sealed class Ends : WorldObserver
    {
        private readonly HashSet<long> _ids = [];

        public int Count => _ids.Count;

        public int Resent { get; private set; }

        public override void Ended(in Outcome outcome, long now)
        {
            Assert.True(_ids.Add(outcome.Id), $"request {outcome.Id} ended twice");
            if (outcome.Attempt > 0) Resent++;
        }
    }

    private sealed class Arrivals : WorldObserver
    {
        public HashSet<(long, int, long, float, int)> Seen { get; } = [];

        public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates candidates, long now) =>
            Seen.Add((id, scheduler, request.Started, request.Deadline, request.Site));
    }
}
