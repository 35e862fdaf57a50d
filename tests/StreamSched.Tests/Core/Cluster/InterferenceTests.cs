using StreamSched.Core.Cluster;

namespace StreamSched.Tests.Core.Cluster;

public class InterferenceTests
{
    private static readonly float[] Law = [1, 1.2f, 1.5f, 1.4f, 1.7f, 2.1f, 1.9f, 2.3f, 3];

    [Fact]
    public void A_matrix_is_read_off_at_whole_counts_and_between_them()
    {
        InterferenceMatrix matrix = new("x", "a", "b", Law);
        Assert.Equal(1.7f, matrix.Factor(1, 1));
        Assert.Equal(1.55f, matrix.Factor(1, 0.5f), 5);
        Assert.Equal(3, matrix.Factor(9, 9));
    }

    [Fact]
    public void E1_the_matrix_need_not_be_symmetric_and_starts_at_one()
    {
        InterferenceMatrix matrix = new("x", "a", "b", [5, 1.2f, 1.4f, 1.7f]);
        Assert.Equal(1, matrix.Factor(0, 0));
        Assert.NotEqual(matrix.Factor(1, 0), matrix.Factor(0, 1));
    }

    [Fact]
    public void The_matrix_that_covers_most_company_is_used_and_unknown_company_multiplies()
    {
        InterferenceTable table = new([new("x", "a", "b", Law), new("x", "c", "c", [1, 1, 2, 2])]);
        Assert.Equal(1.7f, table.Factor("x", ["a", "b"], [1, 1]), 5);
        Assert.Equal(3.4f, table.Factor("x", ["a", "b", "c"], [1, 1, 1]), 5);
        Assert.Equal(1, table.Factor("y", ["a"], [1]));
    }

    [Fact]
    public void Factors_that_are_no_square_or_not_positive_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new InterferenceMatrix("x", "a", "b", [1, 1, 1]));
        Assert.Throws<ArgumentException>(() => new InterferenceMatrix("x", "a", "b", [1, 1, 0, 1]));
    }

    [Fact]
    public void E2_two_devices_with_opposite_laws_get_different_placements()
    {
        Assert.Equal("left", WithLaws(left: 1, right: 4));
        Assert.Equal("right", WithLaws(left: 4, right: 1));

        static string? WithLaws(float left, float right)
        {
            TestCluster cluster = new(new() { Policy = "earliest-finish", Exploration = 0 });
            foreach ((string id, float factor) in new[] { ("left", left), ("right", right) })
            {
                InterferenceTable table = new([new("m", "m", "m", [1, 1, factor, factor])]);
                cluster.Worker(id, "edge", 1, table, TestCluster.Variant("m", "t", 0.9f, 10));
            }

            // One request runs on each; where the next goes is decided by how its co-runners slow it.
            Assert.NotEqual(cluster.Where(cluster.Decide(cluster.Request())), cluster.Where(cluster.Decide(cluster.Request())));
            return cluster.Where(cluster.Decide(cluster.Request()));
        }
    }

    [Fact]
    public void E3_predicted_service_is_solo_time_times_the_factor_of_the_present_company()
    {
        InterferenceTable table = new([new("m", "m", "m", [1, 1, 2.5f, 2.5f])]);
        TestCluster with = new(), without = new(new() { View = new() { Interference = false }, Exploration = 0 });
        foreach (TestCluster cluster in new[] { with, without })
        {
            cluster.Worker("w", "edge", 1, table, TestCluster.Variant("m", "t", 0.9f, 10));
            cluster.Decide(cluster.Request());
            cluster.Decide(cluster.Request());
        }

        Assert.Equal(0.025f, with.Scheduler.Candidates.BatchTime[0], 5);
        Assert.Equal(0.010f, without.Scheduler.Candidates.BatchTime[0], 5);
    }
}
