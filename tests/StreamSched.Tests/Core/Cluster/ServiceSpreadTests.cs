using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Cluster;

/// <summary>What is learned of service times that scatter.</summary>
public class ServiceSpreadTests
{
    private const float ProfileMs = 10;

    // Mean 1 each; the third number is the squared coefficient of variation in closed form.
    public static TheoryData<string, double> Distributions => new()
    {
        { "constant", 0 }, { "log-normal 0.3", Math.Exp(0.09) - 1 }, { "log-normal 0.6", Math.Exp(0.36) - 1 }, { "exponential", 1 },
    };

    [Theory, MemberData(nameof(Distributions))]
    public void The_predicted_processor_time_is_the_mean_however_times_scatter(string distribution, double variation)
    {
        TestCluster cluster = One();
        RandomStream random = new(7);
        double predicted = 0, scattered = 0;
        const int settled = 500, counted = 3_000;
        for (int i = 0; i < settled + counted; i++)
        {
            Serve(cluster, ProfileMs * Draw(distribution, ref random));
            if (i < settled) continue;
            predicted += cluster.Scheduler.Candidates.ProcessorTime[0] * 1000 / counted;
            scattered += cluster.View.Variation[0] / counted;
        }

        // Were the mean of the logarithms taken for the logarithm of the mean, exponential times would be predicted at 5.6 ms.
        Assert.InRange(predicted, 0.9 * ProfileMs, 1.1 * ProfileMs);
        Assert.InRange(scattered, 0.7 * variation, (1.4 * variation) + 0.01);
    }

    [Theory, MemberData(nameof(Distributions))]
    public void A_machine_that_becomes_four_times_slower_is_known_to_be_within_thirty_answers(string distribution, double variation)
    {
        TestCluster cluster = One();
        RandomStream random = new(11);
        for (int i = 0; i < 300; i++) Serve(cluster, ProfileMs * Draw(distribution, ref random));
        for (int i = 0; i < 30; i++) Serve(cluster, 4 * ProfileMs * Draw(distribution, ref random));
        double predicted = 0;
        for (int i = 0; i < 50; i++)
        {
            Serve(cluster, 4 * ProfileMs * Draw(distribution, ref random));
            predicted += cluster.Scheduler.Candidates.ProcessorTime[0] * 1000 / 50;
        }

        Assert.InRange(predicted, 2.5 * ProfileMs, (5 + (3 * variation)) * ProfileMs);
    }

    [Fact]
    public void One_hiccup_of_a_calm_machine_changes_little()
    {
        TestCluster cluster = One();
        for (int i = 0; i < 200; i++) Serve(cluster, ProfileMs);
        Serve(cluster, 100 * ProfileMs);
        Serve(cluster, ProfileMs);
        Assert.InRange(cluster.Scheduler.Candidates.ProcessorTime[0] * 1000, ProfileMs, 1.3 * ProfileMs);
    }

    [Fact]
    public void Two_lucky_answers_of_a_machine_that_nobody_knows_do_not_make_it_quick_where_all_others_scatter()
    {
        TestCluster cluster = new(new SchedulerSettings { Policy = PolicyNames.EarliestFinish, Exploration = 0, TimeBudget = TimeSpan.Zero });
        cluster.Worker("known", "edge", TestCluster.Variant("m", "t", 0.9f, ProfileMs));
        RandomStream random = new(3);
        for (int i = 0; i < 300; i++) Serve(cluster, ProfileMs * Draw("exponential", ref random));
        Assert.True(cluster.View.Withdraw("known", cluster.Now));
        cluster.Worker("new", "edge", TestCluster.Variant("m", "t", 0.9f, ProfileMs));
        Serve(cluster, 0.05f * ProfileMs, "new");
        Serve(cluster, 0.05f * ProfileMs, "new");
        Serve(cluster, ProfileMs, "new");
        Assert.InRange(cluster.Scheduler.Candidates.ProcessorTime[0] * 1000, 0.4 * ProfileMs, 2 * ProfileMs);
    }

    [Fact]
    public void What_waits_at_a_machine_whose_times_scatter_widens_the_on_time_curve()
    {
        Assert.True(Deviation("exponential") > 1.2 * Deviation("constant"));

        static float Deviation(string distribution)
        {
            TestCluster cluster = One();
            RandomStream random = new(5);
            for (int i = 0; i < 500; i++) Serve(cluster, ProfileMs * Draw(distribution, ref random));
            for (int i = 0; i < 8; i++) cluster.Decide(cluster.Request(deadlineMs: 1000));
            return cluster.Scheduler.Candidates.Deviation[0];
        }
    }

    private static TestCluster One() =>
        new TestCluster(new SchedulerSettings { Policy = PolicyNames.EarliestFinish, Exploration = 0, TimeBudget = TimeSpan.Zero })
            .Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, ProfileMs));

    private static void Serve(TestCluster cluster, float milliseconds, string worker = "")
    {
        cluster.After(50);
        cluster.Hear([.. cluster.View.Workers.Keys.Where(w => worker.Length == 0 || w == worker)]);
        Decision decision = cluster.Decide(cluster.Request(deadlineMs: 10_000));
        Assert.True(decision.IsPlaced);
        cluster.Answer(decision, Math.Max(0.001f, milliseconds));
    }

    private static float Draw(string distribution, ref RandomStream random)
    {
        if (distribution == "exponential") return (float)random.NextExponential();
        float sigma = distribution.StartsWith("log-normal", StringComparison.Ordinal)
            ? float.Parse(distribution.AsSpan(11), System.Globalization.CultureInfo.InvariantCulture) : 0;
        float normal = MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
        return MathF.Exp((sigma * normal) - (sigma * sigma / 2));
    }
}
