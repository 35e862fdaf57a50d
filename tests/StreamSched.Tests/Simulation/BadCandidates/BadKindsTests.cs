using StreamSched.Core.Networks;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Simulation.BadCandidates;

namespace StreamSched.Tests.Simulation.BadCandidates;

public class BadKindsTests
{
    private static readonly LoadedPolicy Shipped = LoadedPolicy.Load(Checkout.Path("models", "policies", "neural.onnx"));

    [Fact]
    public void Each_candidate_is_drawn_anew_and_the_same_seed_draws_the_same()
    {
        IReadOnlyList<BadCandidate> drawn = BadKinds.Draw(BadKinds.All, Shipped.File!, 7), again = BadKinds.Draw(BadKinds.All, Shipped.File!, 7);
        Assert.Equal(20, drawn.Count);
        Assert.Equal(drawn.Select(c => Convert.ToHexString(c.File)), again.Select(c => Convert.ToHexString(c.File)));
        IEnumerable<BadCandidate> greedy = drawn.Concat(BadKinds.Draw(BadKinds.All, Shipped.File!, 8)).Where(c => c.Kind == "greedy");
        Assert.Equal(6, greedy.Select(c => Convert.ToHexString(c.File)).Distinct().Count());
    }

    [Fact]
    public void A_greedy_candidate_forecasts_as_the_champion_does_and_asks_next_to_nothing_for_what_it_takes()
    {
        LoadedPolicy greedy = Of("greedy");
        Assert.InRange(greedy.Constants!.CapacityWeight, 0, 0.1f);
        (float[] ours, float[] champions) = (Outputs(greedy), Outputs(Shipped));
        Assert.Equal(champions[0], ours[0]);
        Assert.InRange(champions[1] - ours[1], 3, 8.01f);
    }

    [Fact]
    public void A_slow_candidate_computes_what_the_champion_does_with_ten_times_the_parameters()
    {
        LoadedPolicy slow = Of("slow");
        Assert.Equal(Outputs(Shipped)[0], Outputs(slow)[0], 1e-5);
        Assert.True(slow.File!.Network.Shape.ParameterCount > 10 * Shipped.File!.Network.Shape.ParameterCount);
    }

    [Fact]
    public void Inverted_forecasts_have_the_other_sign()
    {
        float rule = Row[0] * 4, right = rule + Outputs(Shipped)[0];
        List<float> factors = [];
        for (ulong seed = 1; seed <= 8; seed++)
        {
            LoadedPolicy inverted = Of("inverted", seed);
            bool all = inverted.File!.Network.Shape.ParameterCount > Shipped.File!.Network.Shape.ParameterCount;
            factors.Add(all ? (rule + Outputs(inverted)[0]) / right : Outputs(inverted)[0] / Outputs(Shipped)[0]);
        }

        Assert.All(factors, f => Assert.InRange(f, -4.01f, -0.99f));
    }

    private static float[] Row { get; } = [.. Enumerable.Range(0, FeatureEncoder.RatioFields).Select(f => 0.3f + (0.02f * f))];

    private static LoadedPolicy Of(string kind, ulong seed = 3) =>
        LoadedPolicy.Parse(BadKinds.Draw(BadKinds.All.Where(k => k.Name == kind).Select(k => k with { Count = 1 }), Shipped.File!, seed).Single().File);

    private static float[] Outputs(LoadedPolicy policy)
    {
        Network network = policy.File!.Network;
        Activations activations = new(network.Shape, 1);
        activations.SetSample(0, Row);
        ReadOnlySpan<float> outputs = network.Forward(activations);
        return [outputs[0], outputs[activations.Stride]];
    }
}
