using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

/// <summary>The world against closed forms of queueing theory.</summary>
public class QueueingTests
{
    private const double Service = 0.010;

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public void Waiting_of_MM1_is_that_of_theory(double load)
    {
        WorldResult result = TestWorlds.Run(TestWorlds.SingleServer(load / Service, """{"variant":"m","ms":10,"noise":"exponential"}""", 8000, warmUp: 100));
        Near(load * Service / (1 - load), result.All.Queue, 0.04);
        Near(load, result.Utilisation, 0.01);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public void Waiting_of_MD1_is_that_of_theory(double load)
    {
        WorldResult result = TestWorlds.Run(TestWorlds.SingleServer(load / Service, """{"variant":"m","ms":10}""", 8000, warmUp: 100));
        Near(load * Service / (2 * (1 - load)), result.All.Queue, 0.03);
    }

    [Theory]
    [InlineData(0.5, 0.3)]
    [InlineData(0.8, 1.0)]
    public void Waiting_of_MG1_is_that_of_Pollaczek_and_Khinchin(double load, double sigma)
    {
        string service = string.Create(System.Globalization.CultureInfo.InvariantCulture, $$"""{"variant":"m","ms":10,"noise":{{sigma}}}""");
        WorldResult result = TestWorlds.Run(TestWorlds.SingleServer(load / Service, service, 20_000, warmUp: 100));
        double secondMoment = Service * Service * Math.Exp(sigma * sigma);
        Near(load / Service * secondMoment / (2 * (1 - load)), result.All.Queue, 0.06);
    }

    [Fact]
    public void Number_on_workers_is_the_rate_times_the_time_there()
    {
        WorldResult result = TestWorlds.Run(TestWorlds.SingleServer(80, """{"variant":"m","ms":10,"noise":"exponential"}""", 2000));
        double rate = result.Simulated / 2000.0;
        Near(rate * (result.All.Queue + Service), result.InSystem, 0.01);
    }

    [Fact]
    public void Several_slots_wait_as_Erlang_says()
    {
        // M/M/2 at ρ = 0.8: C(2, 1.6) = 0.7111, W = C / (2μ - λ).
        WorldResult result = TestWorlds.Run(TestWorlds.SingleServer(
            160, """{"variant":"m","ms":10,"noise":"exponential"}""", 8000, """{"id":"cpu","slots":2}""", 100));
        Near(0.71111 / (200 - 160), result.All.Queue, 0.04);
    }

    private static void Near(double expected, double actual, double relative) =>
        Assert.True(Math.Abs(actual - expected) <= relative * expected, $"{actual} is not within {relative:P0} of {expected}");
}
