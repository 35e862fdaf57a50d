using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// Proximal policy optimisation (Schulman et al. 2017) of the network inside the price rule: the policy is the rule's softmax over candidates and refusal,
/// gradients go through its scores, so both of the network's results move, the correction of the on-time logit and the factor on the price of delay. The
/// logarithmic score of the chosen one's on-time probability is part of the loss, so that it stays a probability. Any number of candidates in any order.
/// </summary>
public sealed class RulePpo
{
    private readonly Adam _adam, _criticAdam;
    private readonly Activations _rows, _contexts;
    private readonly float[] _gradients, _criticGradients;
    private readonly float _temperature;
    private RandomStream _random;

    /// <summary>A learner.</summary>
    /// <param name="network">From features to the two results; it is changed.</param>
    /// <param name="temperature">T of the rule while it decides.</param>
    /// <param name="settings">Settings; the weight of entropy and minibatches of sequences are not used.</param>
    /// <param name="seed">Of the critic's first values and of the order of minibatches.</param>
    public RulePpo(Network network, float temperature, PpoSettings settings, ulong seed)
    {
        (Network, Settings, _temperature) = (network, settings, temperature);
        _random = RandomStream.For(seed, "rule ppo");
        Critic = new Network(CriticShape(network.Shape.Inputs));
        Initialization.Orthogonal(Critic, ref _random, lastGain: 0.01f);
        (_rows, _contexts) = (new Activations(network.Shape, 256), new Activations(Critic.Shape, 256));
        (_adam, _criticAdam) = (new Adam(network.Shape.ParameterCount, settings.Adam), new Adam(Critic.Shape.ParameterCount, settings.Adam));
        (_gradients, _criticGradients) = (new float[network.Shape.ParameterCount], new float[Critic.Shape.ParameterCount]);
    }

    /// <summary>What learns.</summary>
    public Network Network { get; }

    /// <summary>From the means over the feasible candidates to what is expected to come.</summary>
    public Network Critic { get; }

    /// <summary>Settings.</summary>
    public PpoSettings Settings { get; }

    /// <summary>Decisions per minibatch.</summary>
    public int MinibatchSize { get; init; } = 512;

    /// <summary>Weight of the logarithmic score of the on-time probability.</summary>
    public float ScoreWeight { get; init; } = 1;

    /// <summary>Rewards are multiplied by it, so that returns are of the order of one.</summary>
    public float RewardScale { get; init; } = 0.1f;

    /// <summary>Learns from decisions of the network as it is.</summary>
    /// <param name="decisions">Of some schedulers.</param>
    /// <exception cref="ArgumentException">There is no decision to learn from.</exception>
    public PpoStatistics Update(IReadOnlyList<RuleDecisions> decisions)
    {
        float[][] advantages = [.. decisions.Select(d => d.Advantages(Settings.Discount, Settings.Lambda, RewardScale))];
        Step[] steps = [.. decisions.SelectMany((d, t) => d.Samples.Select(s => new Step(s, advantages[t][s.At], d.Value(s.At) + advantages[t][s.At])))];
        if (steps.Length == 0) throw new ArgumentException("there is no decision to learn from", nameof(decisions));
        PpoSums total = default;
        int epochs = 0, done = 0;
        float norm = 0, divergence = 0;
        for (; epochs < Settings.Epochs && divergence <= Settings.MaxDivergence; epochs++)
        {
            _random.Shuffle(steps.AsSpan());

            double epoch = 0;
            for (int from = 0; from < steps.Length; from += MinibatchSize)
            {
                PpoSums sums = Minibatch(steps.AsSpan(from, Math.Min(MinibatchSize, steps.Length - from)), out _);
                norm += _adam.Step(Network.Parameters, _gradients);
                _criticAdam.Step(Critic.Parameters, _criticGradients);
                epoch += sums.Divergence;
                total.Add(sums);
                done++;
            }

            divergence = (float)(epoch / steps.Length);
        }

        return total.Means(divergence, norm / done, epochs);
    }

    /// <summary>Writes parameters and everything else that it needs to go on.</summary>
    /// <param name="checkpoint">Where to.</param>
    public void Save(Checkpoint checkpoint)
    {
        checkpoint.Set<float>("rule.network", Network.Parameters);
        checkpoint.Set<float>("rule.critic", Critic.Parameters);
        checkpoint.Set("rule.random", _random.State);
        _adam.Save(checkpoint, "rule.adam");
        _criticAdam.Save(checkpoint, "rule.critic.adam");
    }

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <exception cref="CheckpointException">It is of another training.</exception>
    public void Load(Checkpoint checkpoint)
    {
        checkpoint.Get("rule.network", Network.Parameters);
        checkpoint.Get("rule.critic", Critic.Parameters);
        _random = new RandomStream(checkpoint.GetUInt64("rule.random"));
        _adam.Load(checkpoint, "rule.adam");
        _criticAdam.Load(checkpoint, "rule.critic.adam");
    }

    internal static NetworkShape CriticShape(int inputs) => NetworkShape.Perceptron(inputs, [32], Activation.Tanh, 1);

    /// <summary>Loss and gradient of the network by some decisions with given advantages, for tests.</summary>
    internal (float Loss, float[] Gradient) Gradient(IReadOnlyList<(RuleSample Sample, float Advantage)> decisions)
    {
        PpoSums sums = Minibatch([.. decisions.Select(d => new Step(d.Sample, d.Advantage, 0))], out float score, normalize: false);
        float[] gradient = [.. _gradients];
        Array.Clear(_gradients);
        Array.Clear(_criticGradients);
        return ((sums.Policy + (ScoreWeight * score)) / sums.Count, gradient);
    }

    // Score: the sum of the logarithmic scores of the chosen ones' probabilities.
    private PpoSums Minibatch(Span<Step> steps, out float score, bool normalize = true)
    {
        int inputs = Network.Shape.Inputs, options = 0;
        double mean = 0, square = 0;
        foreach (Step step in steps)
        {
            options += step.Sample.Options.Length;
            (mean, square) = (mean + step.Advantage, square + ((double)step.Advantage * step.Advantage));
        }

        mean /= steps.Length;
        normalize &= Settings.NormalizeAdvantages && steps.Length > 1;
        float shift = normalize ? (float)mean : 0,
            scale = normalize ? (float)(1 / (Math.Sqrt(Math.Max(0, (square / steps.Length) - (mean * mean))) + 1e-8)) : 1;
        _rows.Resize(Math.Max(1, options));
        _contexts.Resize(steps.Length);
        int row = 0;
        for (int s = 0; s < steps.Length; s++)
        {
            RuleSample sample = steps[s].Sample;
            _contexts.SetSample(s, sample.Context);
            for (int o = 0; o < sample.Options.Length; o++) _rows.SetSample(row++, sample.Rows.AsSpan(o * inputs, inputs));
        }

        Network.Forward(_rows);
        Critic.Forward(_contexts);
        _rows.OutputGradient.Clear();
        _contexts.OutputGradient.Clear();
        PpoSums sums = default;
        score = 0;
        row = 0;
        for (int s = 0; s < steps.Length; s++)
        {
            score += Decision(steps[s].Sample, row, (steps[s].Advantage - shift) * scale, 1f / steps.Length, ref sums);
            row += steps[s].Sample.Options.Length;
            float error = _contexts.Output[s] - steps[s].Return;
            _contexts.OutputGradient[s] = Settings.ValueWeight * error / steps.Length;
            sums.Value += 0.5f * error * error;
        }

        Network.Backward(_rows, _gradients);
        Critic.Backward(_contexts, _criticGradients);
        return sums;
    }

    private float Decision(RuleSample sample, int row, float advantage, float weight, ref PpoSums sums)
    {
        int n = sample.Options.Length, stride = _rows.Stride;
        Span<float> now = stackalloc float[n + 1], before = stackalloc float[n + 1], onTime = stackalloc float[n], delay = stackalloc float[n];
        ReadOnlySpan<float> output = _rows.Output;
        Span<float> gradient = _rows.OutputGradient;
        for (int o = 0; o < n; o++)
        {
            ref readonly RuleOption option = ref sample.Options[o];
            onTime[o] = LogarithmicScore.Probability(option.Logit + output[row + o]);
            delay[o] = option.DelayPrice * MathF.Exp(output[stride + row + o]);
            now[o] = ((option.Gain * onTime[o]) - option.Cost - Math.Max(option.CapacityPrice, delay[o])) / _temperature;
            before[o] = option.Score / _temperature;
        }

        now[n] = before[n] = sample.RejectScore / _temperature;
        int action = sample.Chosen < 0 ? n : sample.Chosen;
        float logNow = now[action] - Categorical.Softmax(now, []), logBefore = before[action] - Categorical.Softmax(before, []), logRatio = logNow - logBefore;
        float byLog = sums.Decided(Math.Min(logRatio, 20), advantage, Settings.Clip, Categorical.Entropy(now));
        for (int o = 0; o < n; o++)
        {
            ref readonly RuleOption option = ref sample.Options[o];
            float byScore = byLog * ((o == action ? 1 : 0) - now[o]) / _temperature;
            gradient[row + o] = weight * byScore * option.Gain * onTime[o] * (1 - onTime[o]);
            gradient[stride + row + o] = delay[o] > option.CapacityPrice ? -weight * byScore * delay[o] : 0;
        }

        if (action == n || float.IsNaN(sample.OnTime)) return 0;
        gradient[row + action] += weight * ScoreWeight * (onTime[action] - sample.OnTime);
        return LogarithmicScore.Loss(sample.Options[action].Logit + output[row + action], sample.OnTime);
    }

    private readonly record struct Step(RuleSample Sample, float Advantage, float Return);
}
