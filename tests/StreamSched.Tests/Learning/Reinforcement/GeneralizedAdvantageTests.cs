using StreamSched.Learning.Reinforcement;

namespace StreamSched.Tests.Learning.Reinforcement;

public class GeneralizedAdvantageTests
{
    [Fact]
    public void Advantages_are_discounted_sums_of_errors_within_an_episode()
    {
        const float g = 0.9f, l = 0.8f;
        float[] rewards = [1, 2, 3, 4, 5], values = [0.5f, 1, 1.5f, 2, 2.5f], bootstraps = [0, 0, 7, 0, 0], advantages = new float[5];
        GeneralizedAdvantage.Compute(rewards, values, [false, true, true, false, false], bootstraps, lastValue: 3, g, l, advantages);
        float d0 = 1 + (g * 1) - 0.5f, d1 = 2 - 1, d2 = 3 + (g * 7) - 1.5f, d3 = 4 + (g * 2.5f) - 2, d4 = 5 + (g * 3) - 2.5f;
        float[] expected = [d0 + (g * l * d1), d1, d2, d3 + (g * l * d4), d4]; // terminated after 1, cut off after 2, going on after 4
        for (int i = 0; i < 5; i++) Assert.Equal(expected[i], advantages[i], 1e-5f);
    }
}
