using StreamSched.Core.Policies;
using StreamSched.Learning.Online;

namespace StreamSched.Tests.Learning.Online;

public class AutocorrelationTimeTests
{
    [Theory, InlineData(0.2), InlineData(0.5), InlineData(1)]
    public void It_is_that_of_a_process_of_order_one_also_under_noise_of_each_sample(double seconds)
    {
        AutocorrelationTime time = new(0.1);
        RandomStream random = new(3);
        double r = Math.Exp(-0.1 / seconds), state = 0, sum = 0;
        int n = 0;
        for (int i = 0; i < 60_000; i++)
        {
            state = (r * state) + (Math.Sqrt(1 - (r * r)) * random.NextNormal());
            time.Add(5 + state + (0.7 * random.NextNormal()));
            if (i < 10_000) continue;
            (sum, n) = (sum + time.Seconds, n + 1);
        }

        Assert.InRange(sum / n, 0.6 * seconds, 1.7 * seconds);
    }

    [Fact]
    public void That_two_policies_take_turns_is_no_memory()
    {
        AutocorrelationTime together = new(0.1), apart = new(0.1);
        RandomStream random = new(7);
        for (int i = 0; i < 20_000; i++)
        {
            int turn = i / 20 % 2;
            double value = random.NextNormal() + (3 * turn);
            together.Add(value);
            apart.Add(value, turn);
        }

        Assert.True(together.Seconds > 0.5);
        Assert.True(apart.Seconds < 0.2, $"{apart.Seconds:0.00} s");
    }

    [Fact]
    public void Noise_alone_remembers_nothing()
    {
        AutocorrelationTime time = new(0.1);
        RandomStream random = new(5);
        int claimed = 0;
        for (int i = 0; i < 20_000; i++)
        {
            time.Add(i % 1000 == 0 ? double.NaN : random.NextDouble());
            if (i > 2000 && time.Seconds > 0.2) claimed++;
        }

        Assert.True(claimed < 200, $"{claimed} of 18,000 times");
    }
}
