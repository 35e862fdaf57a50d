using StreamSched.Core.Policies;
using StreamSched.Core.Serving;

namespace StreamSched.Tests.Core.Serving;

public class ServiceNoiseTests
{
    [Theory]
    [InlineData("0.15")]
    [InlineData("0.6")]
    [InlineData("1")]
    public void Factors_have_mean_1_and_the_deviation_of_the_logarithm(string text)
    {
        Assert.True(ServiceNoise.TryParse(text, out ServiceNoise noise));
        float[] drawn = Draw(noise);
        Assert.InRange(drawn.Average(), 0.97, 1.03);
        double mean = drawn.Average(x => Math.Log(x));
        Assert.Equal(noise.Sigma, Math.Sqrt(drawn.Average(x => Math.Pow(Math.Log(x) - mean, 2))), 0.02);
    }

    [Fact]
    public void Exponential_factors_have_mean_and_deviation_1()
    {
        Assert.True(ServiceNoise.TryParse("exponential", out ServiceNoise noise));
        float[] drawn = Draw(noise);
        Assert.InRange(drawn.Average(), 0.97, 1.03);
        Assert.InRange(Math.Sqrt(drawn.Average(x => (x - 1) * (x - 1))), 0.97, 1.03);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-0.1")]
    [InlineData("3.1")]
    [InlineData("NaN")]
    [InlineData("normal")]
    public void What_is_no_noise_is_refused(string text) => Assert.False(ServiceNoise.TryParse(text, out _));

    [Fact]
    public void Noise_reads_as_it_was_written()
    {
        foreach (string text in (string[])["0", "0.3", "exponential"])
        {
            Assert.True(ServiceNoise.TryParse(text, out ServiceNoise noise));
            Assert.Equal((text, text == "0"), (noise.ToString(), noise.IsNone));
        }
    }

    private static float[] Draw(ServiceNoise noise)
    {
        RandomStream random = new(5);
        float[] drawn = new float[40_000];
        for (int i = 0; i < drawn.Length; i++) drawn[i] = noise.Factor((float)random.NextNormal(), random.NextSingle());
        return drawn;
    }
}
