using StreamSched.Core.Policies;
using StreamSched.Learning.Rollouts;

namespace StreamSched.Tests.Rollouts;

/// <summary>Whether intervals hold at every look at once, over many seeds.</summary>
public class ConfidenceSequenceTests
{
    private const double Alpha = 0.05;
    private const int Seeds = 2000;

    /// <summary>Draws a value with mean 0 from the stream and the value before.</summary>
    private delegate double Draw(ref RandomStream random, double before);

    [Theory]
    [InlineData("normal")]
    [InlineData("skewed")]
    [InlineData("heavy tails")]
    [InlineData("rare, in random order")]
    [InlineData("autocorrelated")]
    [InlineData("random order of a drifting load")]
    public void The_mean_of_pairs_is_covered_at_every_look(string shape)
    {
        Draw draw = Shape(shape);
        foreach ((double tightest, int looks) in ((double, int)[])[(60, 400), (10, 400)])
        {
            int covered = 0;
            for (int seed = 0; seed < Seeds; seed++)
            {
                RandomStream random = RandomStream.For((ulong)seed, shape);
                MeanSequence mean = new(Alpha, tightest, 8);
                bool holds = true;
                double value = 0;
                for (int look = 0; look < looks && holds; look++)
                {
                    value = draw(ref random, value);
                    mean.Add(value + 3);
                    Evidence now = mean.Evaluate("");
                    holds = now.Lower <= 3 && now.Upper >= 3;
                }

                if (holds) covered++;
            }

            Assert.True(covered >= (1 - Alpha) * Seeds, $"{shape}, tightest at {tightest}: {100.0 * covered / Seeds:0.0} % of {Seeds} seeds are covered");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.9)]
    public void X0_what_pairs_were_worth_is_covered_at_every_look_while_it_changes(double memoryOfLoad)
    {
        int covered = 0, told = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            RandomStream random = RandomStream.For((ulong)seed, "changing worth");
            MeanSequence mean = new(Alpha, 10, 8, ofTheseValues: true);
            bool holds = true;
            double load = 0, sum = 0;
            Evidence now = default;
            for (int look = 0; look < 200 && holds; look++)
            {
                // Worth nothing until the world changes, then much, and later half of that.
                double worth = look < 12 ? 0 : look < 100 ? 8 : 4;
                load = (memoryOfLoad * load) + random.NextNormal();
                sum += worth;
                mean.Add(worth + (random.NextDouble() < 0.5 ? load : -load) + random.NextNormal());
                now = mean.Evaluate("");
                holds = now.Lower <= sum / (look + 1) && now.Upper >= sum / (look + 1);
            }

            if (holds) covered++;
            if (now.Lower > 3) told++;
        }

        Assert.True(covered >= (1 - Alpha) * Seeds, $"{100.0 * covered / Seeds:0.0} % of {Seeds} seeds are covered");
        Assert.True(told >= 0.95 * Seeds, $"{100.0 * told / Seeds:0.0} % of {Seeds} seeds tell that it is worth more than 3 points");
    }

    [Fact]
    public void For_many_values_the_half_width_is_that_of_the_asymptotic_sequence()
    {
        MeanSequence mean = new(Alpha, 60, 8);
        for (int i = 0; i < 10_000; i++) mean.Add(i % 2 == 0 ? 1 : -1);
        double rho2 = ((-2 * Math.Log(Alpha)) + Math.Log(1 - (2 * Math.Log(Alpha)))) / 60, n = 10_000;
        double expected = Math.Sqrt(2 * ((n * rho2) + 1) / (n * n * rho2) * Math.Log(Math.Sqrt((n * rho2) + 1) / Alpha));
        Assert.Equal(expected, mean.Evaluate("").Upper, expected * 0.002);
    }

    [Fact]
    public void A_real_point_is_found()
    {
        int[] needed = new int[1000];
        for (int seed = 0; seed < needed.Length; seed++)
        {
            RandomStream random = RandomStream.For((ulong)seed, "power");
            MeanSequence mean = new(Alpha / 2, 60, 8);
            while (mean.Evaluate("").Lower <= 0 && needed[seed]++ < 400) mean.Add(1 + (2 * random.NextNormal()));
        }

        Array.Sort(needed);
        double expected = MeanSequence.CountFor(1, 2, Alpha / 2, 60, 8);
        Assert.True(needed[500] < 80 && needed[950] < 140, $"median {needed[500]}, 95 %: {needed[950]} pairs");
        Assert.InRange(expected, needed[500] * 0.7, needed[500] * 1.5);
    }

    [Fact]
    public void Too_few_values_say_nothing_and_equal_ones_say_it_all()
    {
        MeanSequence mean = new(Alpha, 10, 8);
        for (int i = 0; i < 7; i++) mean.Add(5);
        Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), (mean.Evaluate("").Lower, mean.Evaluate("").Upper));
        mean.Add(5);
        Assert.Equal((5.0, 5.0), (mean.Evaluate("").Lower, mean.Evaluate("").Upper));
        Assert.True(double.IsPositiveInfinity(MeanSequence.CountFor(0, 1, Alpha, 60, 8)));
    }

    [Theory]
    [InlineData("equal forecasts")]
    [InlineData("rare")]
    [InlineData("half")]
    public void The_mean_of_bounded_values_is_covered_at_every_look(string shape)
    {
        int covered = 0;
        double width = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            RandomStream random = RandomStream.For((ulong)seed, shape);
            Forecasters forecasters = new(Alpha);
            BoundedSequence bounded = new(-1, 1, Alpha);
            bool holds = true;
            for (int look = 0; look < 3000 && holds; look++)
            {
                Evidence now;
                if (shape == "equal forecasts")
                {
                    // Two forecasts that err alike: neither is better, though they differ.
                    double logit = 2 * random.NextNormal();
                    bool onTime = random.NextDouble() < 1 / (1 + Math.Exp(-logit));
                    forecasters.Add((float)(logit + random.NextNormal()), (float)(logit + random.NextNormal()), onTime);
                    now = forecasters.Worse;
                }
                else
                {
                    double rare = shape == "rare" ? 0.02 : 0.5;
                    bounded.Add(random.NextDouble() < rare ? 1 - rare : -rare);
                    now = bounded.Evaluate("");
                }

                holds = now.Lower <= 0 && now.Upper >= 0;
                width = now.Upper - now.Lower;
            }

            if (holds) covered++;
        }

        Assert.True(covered >= (1 - Alpha) * Seeds, $"{shape}: {100.0 * covered / Seeds:0.0} % of {Seeds} seeds are covered, width {width:0.000}");
    }

    [Fact]
    public void A_forecaster_that_is_worse_is_found_within_seconds_of_traffic()
    {
        RandomStream random = new(1);
        Forecasters forecasters = new(0.005);
        while (forecasters.Worse is { Lower: <= 0, Count: < 100_000 })
        {
            double logit = 2 * random.NextNormal();
            bool onTime = random.NextDouble() < 1 / (1 + Math.Exp(-logit));
            forecasters.Add((float)logit, (float)(logit + random.NextNormal()), onTime);
        }

        Assert.InRange(forecasters.Worse.Count, 100, 4000);
    }

    [Fact]
    public void Wild_logits_are_clipped()
    {
        Forecasters forecasters = new(0.005);
        for (int i = 0; i < 100; i++) forecasters.Add(1e30f, -1e30f, true);
        Assert.Equal(4, forecasters.Worse.Estimate, 1e-3);
    }

    private static Draw Shape(string shape) => shape switch
    {
        "normal" => static (ref RandomStream r, double _) => r.NextNormal(),
        "skewed" => static (ref RandomStream r, double _) => r.NextExponential() - 1,

        // Student's t with three degrees of freedom.
        "heavy tails" => static (ref RandomStream r, double _) =>
            r.NextNormal() / Math.Sqrt((Square(r.NextNormal()) + Square(r.NextNormal()) + Square(r.NextNormal())) / 3),
        "rare, in random order" => static (ref RandomStream r, double _) =>
            (r.NextDouble() < 0.2 ? r.NextExponential() : 0) * (r.NextDouble() < 0.5 ? 1 : -1),
        "autocorrelated" => static (ref RandomStream r, double before) => (0.4 * before) + r.NextNormal(),
        "random order of a drifting load" => static (ref RandomStream r, double before) =>
            ((0.9 * Math.Abs(before)) + Math.Abs(r.NextNormal())) * (r.NextDouble() < 0.5 ? 1 : -1),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, null),
    };

    private static double Square(double value) => value * value;
}
