using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Learning.Optimization;

namespace StreamSched.Tests.Learning.Optimization;

public class EvolutionStrategyTests
{
    private static readonly EvolutionSettings Settings = new() { Pairs = 12, Deviation = 0.1f, LearningRate = 0.1f };

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void It_finds_the_maximum_of_a_noisy_hill(bool isAdam, bool isByRank)
    {
        float[] parameters = new float[5];
        EvolutionStrategy search = new(parameters, Settings with { UseAdam = isAdam, ShapeByRank = isByRank, LearningRate = 0.05f }, 1);
        for (int g = 0; g < 300; g++) search.Step(Hill);
        for (int i = 0; i < 5; i++) Assert.Equal(i * 0.3f, parameters[i], 0.15f);
    }

    [Fact]
    public void All_members_of_a_generation_meet_the_same_draws_and_other_generations_others()
    {
        List<ulong> seeds = [];
        EvolutionStrategy search = new(new float[2], Settings, 1);
        double Record(ReadOnlySpan<float> parameters, ulong seed)
        {
            seeds.Add(seed);
            return 0;
        }

        search.Step(Record);
        search.Step(Record);
        Assert.Equal(48, seeds.Count);
        Assert.Single(seeds.Take(24).Distinct());
        Assert.Equal(2, seeds.Distinct().Count());
        Assert.Equal(new float[2], search.Parameters); // nobody was better than anybody
    }

    [Fact]
    public void Threads_change_nothing_and_a_checkpoint_goes_on()
    {
        EvolutionStrategy one = new(new float[5], Settings, 7), many = new(new float[5], Settings with { Threads = 4 }, 7),
            resumed = new(new float[5], Settings, 7);
        for (int g = 0; g < 6; g++)
        {
            one.Step(Hill);
            many.Step(Hill);
        }

        EvolutionStrategy first = new(new float[5], Settings, 7);
        for (int g = 0; g < 3; g++) first.Step(Hill);
        Checkpoint checkpoint = new();
        first.Save(checkpoint);
        resumed.Load(checkpoint);
        for (int g = 0; g < 3; g++) resumed.Step(Hill);
        Assert.Equal(one.Parameters, many.Parameters);
        Assert.Equal(one.Parameters, resumed.Parameters);
    }

    [Fact]
    public void Members_that_give_no_number_are_counted_and_avoided()
    {
        float[] parameters = [0.5f];
        EvolutionStrategy search = new(parameters, Settings, 1);
        Generation generation = default;
        for (int g = 0; g < 40; g++) generation = search.Step((p, _) => p[0] > 0.55 ? double.NaN : 0);
        Assert.True(parameters[0] < 0.5f);
        Assert.InRange(generation.Failed, 0, 23);
    }

    // A hill at (0, 0.3, 0.6, …) under noise that is common to a generation.
    private static double Hill(ReadOnlySpan<float> parameters, ulong seed)
    {
        RandomStream random = new(seed);
        double value = random.NextNormal();
        for (int i = 0; i < parameters.Length; i++) value -= Math.Pow(parameters[i] - (i * 0.3), 2);
        return value;
    }
}
