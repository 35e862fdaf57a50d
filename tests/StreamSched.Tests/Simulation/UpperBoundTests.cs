using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Bounds;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

public class UpperBoundTests
{
    private static readonly BoundSettings Success = new() { Accuracy = false, Iterations = 12, Slice = TimeSpan.FromMilliseconds(20) };

    // Two unlike workers, six requests close together with deadlines that not all of them can meet.
    private static readonly Scenario Tiny = TestWorlds.Parse("""
        {
          "duration_s": 0.06,
          "variants": [{"name":"s","task":"t","accuracy":0.6},{"name":"l","task":"t","accuracy":0.9}],
          "classes": [{"name":"one","processors":[{"id":"cpu"}],"services":[{"variant":"s","ms":10,"noise":0.2},{"variant":"l","ms":25,"noise":0.2}]},
                      {"name":"two","processors":[{"id":"cpu"}],"services":[{"variant":"s","ms":15,"noise":0.2},{"variant":"l","ms":30,"noise":0.2}]}],
          "workers": [{"class":"one"},{"class":"two"}],
          "applications": [{"name":"a","task":"t","deadline_ms":[30,60]}],
          "arrivals": [{"kind":"poisson","rate_per_s":70}]
        }
        """);

    [Theory]
    [InlineData(3, true)]
    [InlineData(3, false)]
    [InlineData(8, true)]
    [InlineData(11, false)]
    public void No_choice_of_placements_in_the_world_exceeds_it(int seed, bool accuracy)
    {
        int requests = (int)Play((ulong)seed, []).Simulated;
        Assert.InRange(requests, 3, 6);
        double best = 0;
        for (int plan = 0; plan < (int)Math.Pow(5, requests); plan++)
        {
            int[] choices = new int[requests];
            for (int i = 0, rest = plan; i < requests; i++, rest /= 5) choices[i] = rest % 5;
            GroupResult all = Play((ulong)seed, choices).All;
            best = Math.Max(best, accuracy ? all.AccuracyValue : all.SuccessValue);
        }

        double bound = UpperBound.Compute(Tiny, (ulong)seed, Success with { Accuracy = accuracy }).Value;
        Assert.True(bound >= best - 1e-9, $"bound {bound}, yet {best} was reached");
        Assert.True(bound <= 1.35 * best, $"bound {bound} says little about {best}");
    }

    [Theory]
    [InlineData(50, 1.0)]
    [InlineData(100, 1.0)]
    [InlineData(200, 0.5)]
    [InlineData(1000, 0.1)]
    public void With_many_small_requests_it_is_what_capacity_allows(double rate, double expected)
    {
        // 10 ms each: a hundred a second.
        Scenario scenario = TestWorlds.SingleServer(rate, """{"variant":"m","ms":10}""", 20);
        scenario = scenario with { Applications = [scenario.Applications[0] with { Deadline = (0.2, 0.2) }] };
        double bound = UpperBound.Compute(scenario, 1, new BoundSettings { Accuracy = false, Iterations = 12 }).Value;
        Assert.InRange(bound, 0.93 * expected, 1.06 * expected);
    }

    [Fact]
    public void The_dearest_options_go_to_those_who_gain_the_most()
    {
        // One second of processor time; ten requests gain 1 for 0.2 s or 0.5 for 0.05 s. By hand: all take 0.05 s, which leaves 0.5 s, and a further 0.15 s
        // buys 0.5 more: 10 · 0.5 + 0.5 / 0.15 · 0.5 = 6.667.
        BoundInstance instance = BoundInstance.OfOptions(
            [1.0], 1, [.. Enumerable.Repeat<BoundInstance.Option[]>([new(0, 0, 0.2f, 1), new(0, 0, 0.05f, 0.5f)], 10)]);
        Assert.InRange(UpperBound.Descend(instance, Success), 6.6666, 6.68);
    }

    [Fact]
    public void Work_that_fits_into_any_of_several_slices_pays_the_lowest_price()
    {
        // Two slices of a second; the first is wanted by nobody else.
        BoundInstance.Option[] either = [new(0, 1, 1, 1)], second = [new(1, 0, 1, 1)];
        BoundInstance instance = BoundInstance.OfOptions([1.0, 1.0], 2, [either, second]);
        Assert.InRange(UpperBound.Descend(instance, Success), 2 - 1e-6, 2 + 1e-6);
        BoundInstance crowded = BoundInstance.OfOptions([1.0, 1.0], 2, [either, second, second, either]);
        Assert.InRange(UpperBound.Descend(crowded, Success), 2 - 1e-6, 2.02);
    }

    [Fact]
    public void Slow_downs_and_crashes_take_capacity_away()
    {
        Scenario whole = TestWorlds.SingleServer(300, """{"variant":"m","ms":10}""", 10);
        whole = whole with { Applications = [whole.Applications[0] with { Deadline = (0.1, 0.1) }] };
        Scenario slow = whole with { Events = [new EventDefinition { Kind = EventKind.SlowDown, At = 0, Factor = (4, 4), Workers = [0] }] };
        Scenario dead = whole with { Events = [new EventDefinition { Kind = EventKind.Crash, At = 5, Workers = [0] }] };
        double all = Of(whole);
        Assert.Equal(all / 4, Of(slow), 2);
        Assert.Equal(all / 2, Of(dead), 2);

        double Of(Scenario scenario) => UpperBound.Compute(scenario, 1, new BoundSettings { Accuracy = false, Iterations = 12 }).Value;
    }

    private static WorldResult Play(ulong seed, int[] choices) =>
        new World(Tiny, new WorldSettings
        {
            Seed = seed, Scheduler = new SchedulerSettings { Exploration = 0, Prediction = new() { MaskDeviations = 100 } }, Policy = _ => new Script(choices),
        }).Run();

    // The next request goes to the next placement of the list; 4 and what comes after the list is refused. The mask is opened wide, so that it rules nothing
    // out.
    private sealed class Script(int[] choices) : ISchedulingPolicy
    {
        private int _next;

        public string Name => "script";

        public Choice Choose(ref DecisionContext context)
        {
            context.Candidates.Score.Clear();
            int choice = _next < choices.Length ? choices[_next] : 4;
            _next++;
            return choice < context.Candidates.Count && context.Candidates.Mask[choice] != 0 ? new Choice(choice) : Choice.Reject;
        }
    }
}
