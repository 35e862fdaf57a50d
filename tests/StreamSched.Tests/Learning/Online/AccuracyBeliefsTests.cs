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
            Label(beliefs, random.NextDouble() < Registered, i, site: "cloud", device: (ulong)i);
        }

        IReadOnlyList<AccuracyEstimate> estimates = beliefs.Estimates(600);
        AccuracyEstimate cloud = Of(estimates, "cloud", "yard");
        Assert.InRange(Of(estimates, "edge", "yard").Mean, 0.2f, 0.4f);
        Assert.InRange(cloud.Mean, 0.77f, 0.83f);
        Assert.Equal(Registered, cloud.Lower);
    }

    [Fact]
    public void What_nobody_has_labelled_for_long_is_believed_to_be_as_registered_again()
    {
        AccuracyBeliefs beliefs = new(_settings);
        for (int i = 0; i < 200; i++) Label(beliefs, false, i);
        Assert.True(Edge(beliefs, 200).Mean < 0.2f);
        long later = (long)_settings.Forget.TotalMicroseconds + 1000;
        Assert.Empty(beliefs.Estimates(later));
        Label(beliefs, true, later);
        Assert.Equal(Registered, Edge(beliefs, later).Lower);
    }

    [Fact]
    public void A_successor_goes_on_from_what_was_told()
    {
        AccuracyBeliefs first = new(_settings), second = new(_settings);
        RandomStream random = new(5);
        for (int i = 0; i < 800; i++) Label(first, random.NextDouble() < 0.4, i);
        AccuracyEstimate told = Edge(first, 800);
        foreach (AccuracyEstimate estimate in first.Estimates(800)) second.Restore(estimate, Registered, 800);
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
            Label(beliefs, random.NextDouble() < Registered, i, device: (ulong)(i % 9));
            for (int k = 0; k < 10; k++) Label(beliefs, false, i, device: 99);
            Label(alone, i % 2 == 0, i, device: 99);
        }

        Assert.True(Edge(beliefs, 4000).Mean > 0.7 * Registered, $"{Edge(beliefs, 4000).Mean:0.00}");
        Assert.InRange(Edge(alone, 4000).Mean, 0.45f, 0.55f); // where there is but one device, it is believed
    }

    [Fact]
    public void Poisoned_labels_of_one_device_among_few_at_its_site_move_the_belief_of_that_site_only_so_far()
    {
        AccuracyBeliefs beliefs = new(_settings);
        RandomStream random = new(8);
        for (int i = 0; i < 4000; i++)
        {
            // Four honest devices at the yard, nine tenths of all labels from elsewhere; the fifth of the yard says ten times as much, and all of it is wrong.
            Label(beliefs, random.NextDouble() < Registered, i, device: (ulong)(i % 4));
            for (int k = 0; k < 10; k++) Label(beliefs, false, i, device: 99);
            for (int k = 0; k < 20; k++) Label(beliefs, random.NextDouble() < Registered, i, origin: "plant", device: 100 + (ulong)k);
        }

        Assert.True(Edge(beliefs, 4000).Mean > 0.5 * Registered, $"{Edge(beliefs, 4000).Mean:0.00}");
    }

    [Fact]
    public void Names_beyond_the_limit_are_refused_and_those_known_go_on()
    {
        AccuracyBeliefs beliefs = new(_settings with { MostCells = 6 });
        for (int i = 0; i < 10; i++) Label(beliefs, true, i, variant: $"m{i}");
        Assert.Equal(6, beliefs.Estimates(10).Count);
        Assert.True(Label(beliefs, true, 11, variant: "m0"));
        Assert.False(Label(beliefs, true, 11, variant: "m9"));

        // A site more is not told apart, and its labels count in the mean over all.
        double before = Of(beliefs.Estimates(11), "", "").Labels;
        Assert.True(Label(beliefs, true, 12, variant: "m0", origin: "somewhere"));
        Assert.Equal((6, before + 1), (beliefs.Estimates(12).Count, Of(beliefs.Estimates(12), "", "").Labels));
    }

    [Fact]
    public void L4_grainy_frames_of_one_site_spoil_a_variant_for_no_other()
    {
        AccuracyBeliefs beliefs = new(_settings);
        RandomStream random = new(6);
        for (int i = 0; i < 600; i++)
        {
            Label(beliefs, random.NextDouble() < 0.35, i, origin: "yard");
            Label(beliefs, random.NextDouble() < Registered, i, origin: "plant");
            if (i < 40) Label(beliefs, random.NextDouble() < Registered, i, origin: "hall");
        }

        IReadOnlyList<AccuracyEstimate> estimates = beliefs.Estimates(600);
        Assert.InRange(Of(estimates, "edge", "").Mean, 0.5f, 0.65f);
        Assert.InRange(Of(estimates, "edge", "yard").Mean, 0.3f, 0.4f);
        foreach (string clean in (string[])["plant", "hall"])
        {
            Assert.InRange(Of(estimates, "edge", clean).Mean, 0.77f, 0.83f);
            Assert.Equal(Registered, Of(estimates, "edge", clean).Lower);
        }
    }

    [Fact]
    public void U5_a_drift_everywhere_is_believed_of_each_of_many_sites_before_its_own_labels_alone_could_tell()
    {
        const int Sites = 20;
        AccuracyBeliefs beliefs = new(_settings);
        RandomStream random = new(7);
        int now = 0;
        for (; now < 100 * Sites; now++) Label(beliefs, random.NextDouble() < Registered, now, origin: $"site-{now % Sites}");
        int each = 0;
        while (beliefs.Estimates(now).Count(e => e.Site == "edge" && e.Origin != "" && e.Mean < 0.5f) < Sites * 9 / 10)
        {
            Assert.True(++each < 40, "not believed after 40 labels of each site");
            for (int i = 0; i < Sites; i++, now++) Label(beliefs, random.NextDouble() < 0.3, now, origin: $"site-{now % Sites}");
        }

        // Alone a site needs more, as its own window has not dropped what is registered.
        AccuracyBeliefs alone = new(_settings);
        for (int i = 0; i < 100; i++) Label(alone, random.NextDouble() < Registered, i);
        for (int i = 0; i < each; i++) Label(alone, random.NextDouble() < 0.3, 100 + i);
        Assert.Equal(Registered, Edge(alone, 200).Lower);
    }

    private static bool Label(
        AccuracyBeliefs beliefs, bool right, long at, string variant = "m", string site = "edge", string origin = "yard", ulong? device = null) =>
        beliefs.Label(new LabelledAnswer(new("t", variant, site, origin), Registered, right, device ?? (ulong)(at % 10)), at);

    private static AccuracyEstimate Edge(AccuracyBeliefs beliefs, long now) => Of(beliefs.Estimates(now), "edge", "yard");

    private static AccuracyEstimate Of(IReadOnlyList<AccuracyEstimate> estimates, string site, string origin) =>
        estimates.First(e => e.Site == site && e.Origin == origin);
}
