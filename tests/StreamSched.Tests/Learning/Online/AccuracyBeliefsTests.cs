using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Learning.Online;

namespace StreamSched.Tests.Learning.Online;

public class AccuracyBeliefsTests
{
    private const float Registered = 0.8f;
    private readonly AccuracySettings _settings = new();

    [Fact]
    public void L2_while_nothing_changes_the_registered_accuracy_is_believed()
    {
        int contradicted = 0;
        for (ulong seed = 1; seed <= 50; seed++)
        {
            AccuracyBeliefs beliefs = new(_settings);
            RandomStream random = new(seed);
            for (int i = 0; i < 5000; i++)
            {
                Label(beliefs, random.NextDouble() < Registered, i);
                if (i % 500 != 499) continue;
                AccuracyEstimate edge = Edge(beliefs, i);
                if (edge.Lower != Registered) contradicted++;
                else Assert.InRange(edge.Mean, Registered - 0.03f, Registered + 0.03f);
            }
        }

        Assert.True(contradicted == 0, $"contradicted in {contradicted} of 500 looks");
    }

    [Fact]
    public void U5_a_drift_is_known_after_some_dozens_of_labels_and_its_end_too()
    {
        List<int> needed = [], back = [];
        for (ulong seed = 1; seed <= 30; seed++)
        {
            AccuracyBeliefs beliefs = new(_settings);
            RandomStream random = new(seed);
            int now = 0;
            for (; now < 500; now++) Label(beliefs, random.NextDouble() < Registered, now);
            needed.Add(Until(e => e.Mean < 0.5f, 0.35));
            for (int i = 0; i < 500; i++, now++) Label(beliefs, random.NextDouble() < 0.35, now);
            AccuracyEstimate drifted = Edge(beliefs, now);
            Assert.InRange(drifted.Mean, 0.25f, 0.45f);
            Assert.InRange(drifted.Lower, 0.2f, drifted.Mean);
            back.Add(Until(e => e.Mean > 0.65f, Registered));

            int Until(Func<AccuracyEstimate, bool> holds, double accuracy)
            {
                int n = 0;
                while (!holds(Edge(beliefs, now)))
                {
                    Label(beliefs, random.NextDouble() < accuracy, now++);
                    if (++n > 2000) return n;
                }

                return n;
            }
        }

        Assert.True(needed.Max() <= 200, $"{needed.Max()} labels until a drift was known");
        Assert.True(back.Max() <= 400, $"{back.Max()} labels until its end was known");
    }

    [Fact]
    public void A_drift_at_one_site_is_believed_of_that_site_alone()
    {
        AccuracyBeliefs beliefs = new(_settings);
        RandomStream random = new(3);
        for (int i = 0; i < 600; i++)
        {
            Label(beliefs, random.NextDouble() < 0.3, i);
            beliefs.Label("t", "m", "cloud", Registered, random.NextDouble() < Registered, (ulong)i, i);
        }

        IReadOnlyList<AccuracyEstimate> estimates = beliefs.Estimates(600);
        Assert.InRange(estimates.Single(e => e.Site == "edge").Mean, 0.2f, 0.4f);
        Assert.InRange(estimates.Single(e => e.Site == "cloud").Mean, 0.77f, 0.83f);
        Assert.Equal(Registered, estimates.Single(e => e.Site == "cloud").Lower);
    }

    [Fact]
    public void What_nobody_has_labelled_for_long_is_believed_to_be_as_registered_again()
    {
        AccuracyBeliefs beliefs = new(_settings);
        for (int i = 0; i < 200; i++) Label(beliefs, false, i);
        Assert.True(Edge(beliefs, 200).Mean < 0.2f);
        long later = (long)_settings.Forget.TotalMicroseconds + 1000;
        Assert.Equal((Registered, Registered), (Edge(beliefs, later).Mean, Edge(beliefs, later).Lower));
    }

    [Fact]
    public void A_successor_goes_on_from_what_was_told()
    {
        AccuracyBeliefs first = new(_settings), second = new(_settings);
        RandomStream random = new(5);
        for (int i = 0; i < 800; i++) Label(first, random.NextDouble() < 0.4, i);
        AccuracyEstimate told = Edge(first, 800);
        second.Restore(told, Registered, 800);
        Assert.InRange(Edge(second, 800).Mean, told.Mean - 0.03f, told.Mean + 0.03f);
        Assert.True(Edge(second, 800).Lower < 0.5f);
    }

    [Fact]
    public void Poisoned_labels_of_one_device_among_ten_move_a_belief_only_so_far()
    {
        AccuracyBeliefs beliefs = new(_settings), alone = new(_settings);
        RandomStream random = new(4);
        for (int i = 0; i < 4000; i++)
        {
            // Nine devices tell the truth now and then, the tenth says ten times as much, and all of it is wrong.
            beliefs.Label("t", "m", "edge", Registered, random.NextDouble() < Registered, (ulong)(i % 9), i);
            for (int k = 0; k < 10; k++) beliefs.Label("t", "m", "edge", Registered, false, 99, i);
            alone.Label("t", "m", "edge", Registered, i % 2 == 0, 99, i);
        }

        Assert.True(Edge(beliefs, 4000).Mean > 0.7 * Registered, $"{Edge(beliefs, 4000).Mean:0.00}");
        Assert.InRange(Edge(alone, 4000).Mean, 0.45f, 0.55f); // where there is but one device, it is believed
    }

    [Fact]
    public void Names_beyond_the_limit_are_refused_and_those_known_go_on()
    {
        AccuracyBeliefs beliefs = new(_settings with { MostCells = 4 });
        for (int i = 0; i < 10; i++) beliefs.Label("t", $"m{i}", "edge", Registered, true, 1, i);
        Assert.Equal(4, beliefs.Estimates(10).Count);
        Assert.True(beliefs.Label("t", "m0", "edge", Registered, true, 1, 11));
        Assert.False(beliefs.Label("t", "m9", "edge", Registered, true, 1, 11));
    }

    private static void Label(AccuracyBeliefs beliefs, bool right, long at) => beliefs.Label("t", "m", "edge", Registered, right, (ulong)(at % 10), at);

    private static AccuracyEstimate Edge(AccuracyBeliefs beliefs, long now) => beliefs.Estimates(now).Single(e => e.Site == "edge");
}
