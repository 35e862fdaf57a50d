using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;

namespace StreamSched.Simulation.BadCandidates;

/// <summary>The kinds of bad candidates. Each is the policy that serves with one fault, whose place and size are drawn.</summary>
internal static class BadKinds
{
    private const int OnTime = 0, Delay = 1;
    private const float Huge = 3e38f;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<BadKind> All { get; } =
    [
        new("not-a-number", 3, NotANumber), new("stale", 3, Stale), new("inverted", 3, Inverted), new("noisy", 3, Noisy), new("slow", 2, Slow),
        new("greedy", 3, Greedy), new("rejecting", 1, Rejecting), new("random", 1, Scattering), new("hasty", 1, Hasty),
    ];

    /// <summary>The candidates of one world, in a random order.</summary>
    /// <param name="kinds">The kinds.</param>
    /// <param name="champion">The policy that serves.</param>
    /// <param name="seed">Of what is drawn.</param>
    public static IReadOnlyList<BadCandidate> Draw(IEnumerable<BadKind> kinds, PolicyFile champion, ulong seed)
    {
        List<BadCandidate> drawn = [];
        foreach (BadKind kind in kinds)
        {
            RandomStream random = RandomStream.For(seed, kind.Name);
            for (int i = 0; i < kind.Count; i++) drawn.Add(new BadCandidate(kind.Name, kind.Make(champion, ref random)));
        }

        BadCandidate[] order = [.. drawn];
        RandomStream.For(seed, "order").Shuffle(order.AsSpan());
        return order;
    }

    // Parameters that are no numbers, or so large that answers are none.
    private static byte[] NotANumber(PolicyFile champion, ref RandomStream random)
    {
        Network network = champion.Network.Clone();
        int hidden = network.Shape.Layers.Count - 1;
        if (random.NextInt32(4) == 0)
        {
            network.Weights(random.NextInt32(hidden)).Fill(Huge);
        }
        else
        {
            float odd = random.NextInt32(3) switch { 0 => float.NaN, 1 => float.PositiveInfinity, _ => float.NegativeInfinity };
            for (int left = 1 << random.NextInt32(8); left > 0; left--) network.Parameters[random.NextInt32(network.Parameters.Length)] = odd;
        }

        return Of(champion, network);
    }

    // A file of another build or another policy, or what is left of one.
    private static byte[] Stale(PolicyFile champion, ref RandomStream random)
    {
        PolicyMetadata unnamed = champion.Metadata with { Features = [] };
        NetworkShape shape = champion.Network.Shape;
        switch (random.NextInt32(6))
        {
            case 0: return new PolicyFile(champion.Network, champion.Metadata with { FeatureLayout = random.NextInt32(FeatureEncoder.RatioLayout) }).ToBytes();
            case 1: return Untrained(shape.Inputs - 1 - random.NextInt32(shape.Inputs - 1), shape.Outputs);
            case 2: return Untrained(shape.Inputs, shape.Outputs + 1 + random.NextInt32(4));
            case 3:
                byte[] whole = Of(champion, champion.Network);
                return whole[..random.NextInt32(whole.Length / 2)];
            case 4:
                byte[] noise = new byte[1 + random.NextInt32(8192)];
                foreach (ref byte b in noise.AsSpan()) b = (byte)random.NextInt32(256);
                return noise;
            default: return new ConstantsFile(champion.Metadata with { Name = PolicyNames.Price }, new RuleConstants()).ToBytes();
        }

        byte[] Untrained(int inputs, int outputs)
        {
            IEnumerable<int> hidden = shape.Layers.SkipLast(1).Select(l => l.Outputs);
            return new PolicyFile(new Network(NetworkShape.Perceptron(inputs, hidden, Activation.Relu, outputs)), unnamed).ToBytes();
        }
    }

    // Forecasts the contrary: the network's own part of the logit, or all of it.
    private static byte[] Inverted(PolicyFile champion, ref RandomStream random)
    {
        bool all = random.NextInt32(2) == 0;
        Network network = all ? Widened(champion.Network, 2) : champion.Network.Clone();
        int last = network.Shape.Layers.Count - 1, inputs = network.Shape.InputsOf(last);
        float factor = -1 - (3 * random.NextSingle());
        foreach (ref float w in network.Weights(last).Slice(OnTime * inputs, inputs)) w *= factor;
        network.Biases(last)[OnTime] *= factor;
        if (all) Pass(network, (factor - 1) * 4); // the first feature is a quarter of the rule's logit
        return Of(champion, network);
    }

    // All weights of a layer with noise as large as they are, or several times as large.
    private static byte[] Noisy(PolicyFile champion, ref RandomStream random)
    {
        Network network = champion.Network.Clone();
        Span<float> weights = network.Weights(random.NextInt32(network.Shape.Layers.Count));
        float squares = 0;
        foreach (float w in weights) squares += w * w;
        float scale = MathF.Sqrt(squares / weights.Length) * (1 + (3 * random.NextSingle()));
        foreach (ref float w in weights) w += scale * (float)random.NextNormal();
        return Of(champion, network);
    }

    // The same function, by a network that is ten times as large and more.
    private static byte[] Slow(PolicyFile champion, ref RandomStream random) => Of(champion, Widened(champion.Network, 128 + random.NextInt32(256)));

    // What a placement takes from others costs next to nothing; all forecasts are the champion's.
    private static byte[] Greedy(PolicyFile champion, ref RandomStream random)
    {
        Network network = champion.Network.Clone();
        network.Biases(network.Shape.Layers.Count - 1)[Delay] -= 3 + (5 * random.NextSingle());
        float weight = 0.1f * random.NextSingle();
        return Of(champion, network, c => c with { CapacityWeight = weight });
    }

    // Refuses what is not worth much.
    private static byte[] Rejecting(PolicyFile champion, ref RandomStream random)
    {
        float least = 0.5f + (0.2f * random.NextSingle());
        return Of(champion, champion.Network, c => c with { Price = c.Price with { RejectScore = least } });
    }

    // Draws among placements as if what they are worth hardly mattered.
    private static byte[] Scattering(PolicyFile champion, ref RandomStream random)
    {
        float temperature = 0.1f + random.NextSingle();
        return Of(champion, champion.Network, c => c with { Price = c.Price with { Temperature = temperature } });
    }

    // Pays for speed with accuracy.
    private static byte[] Hasty(PolicyFile champion, ref RandomStream random)
    {
        float hazard = 2 + (8 * random.NextSingle());
        return Of(champion, champion.Network, c => c with { Price = c.Price with { Hazard = hazard } });
    }

    private static byte[] Of(PolicyFile champion, Network network, Func<RuleConstants, RuleConstants>? change = null)
    {
        PolicyMetadata metadata = champion.Metadata;
        if (change is not null) metadata = RuleConstantsText.Into(metadata, change(RuleConstantsText.Read(metadata) ?? new RuleConstants()));
        return new PolicyFile(network, metadata).ToBytes();
    }

    // The same function with so many units more in each hidden layer; nothing reads them.
    private static Network Widened(Network network, int units)
    {
        NetworkShape shape = network.Shape;
        int last = shape.Layers.Count - 1;
        Network wide = new(new NetworkShape(shape.Inputs, [.. shape.Layers.Select((l, i) => i == last ? l : l with { Outputs = l.Outputs + units })]));
        for (int l = 0; l <= last; l++)
        {
            int inputs = shape.InputsOf(l), wideInputs = wide.Shape.InputsOf(l);
            for (int o = 0; o < shape.Layers[l].Outputs; o++) network.Weights(l).Slice(o * inputs, inputs).CopyTo(wide.Weights(l)[(o * wideInputs)..]);
            network.Biases(l).CopyTo(wide.Biases(l));
        }

        return wide;
    }

    // The last two units of each hidden layer carry the first feature and its negative, and so a multiple of it, to the on-time output.
    private static void Pass(Network network, float factor)
    {
        int last = network.Shape.Layers.Count - 1;
        for (int l = 0; l < last; l++)
        {
            int inputs = network.Shape.InputsOf(l), units = network.Shape.Layers[l].Outputs;
            Span<float> weights = network.Weights(l);
            (weights[((units - 2) * inputs) + (l == 0 ? 0 : inputs - 2)], weights[((units - 1) * inputs) + (l == 0 ? 0 : inputs - 1)]) = (1, l == 0 ? -1 : 1);
        }

        int wide = network.Shape.InputsOf(last);
        Span<float> onTime = network.Weights(last).Slice(OnTime * wide, wide);
        (onTime[^2], onTime[^1]) = (factor, -factor);
    }
}
