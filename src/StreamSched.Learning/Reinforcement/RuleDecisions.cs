namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// Decisions that one scheduler took by the price rule with a network, in their order, for <see cref="RulePpo"/>: each has its reward and what the critic
/// expected before it, a share of them also what was chosen from. Filled by one thread.
/// </summary>
public sealed class RuleDecisions
{
    private readonly List<float> _rewards = [], _values = [];
    private readonly List<RuleSample> _samples = [];

    /// <summary>Number of decisions.</summary>
    public int Count => _rewards.Count;

    /// <summary>Mean reward.</summary>
    public float MeanReward => Count == 0 ? 0 : _rewards.Average();

    internal IReadOnlyList<RuleSample> Samples => _samples;

    /// <summary>Adds to what a decision earned.</summary>
    /// <param name="index">Its index: how many there were before it.</param>
    /// <param name="reward">In units of value.</param>
    public void AddReward(int index, float reward) => _rewards[index] += reward;

    internal int Add(float value)
    {
        _rewards.Add(0);
        _values.Add(value);
        return Count - 1;
    }

    internal void Add(RuleSample sample) => _samples.Add(sample);

    // Rewards count beside their mean: what a world earns anyhow is nobody's merit, and the critic need not learn it.
    internal float[] Advantages(float discount, float lambda, float scale)
    {
        float[] advantages = new float[Count], rewards = new float[Count], values = [.. _values];
        float mean = MeanReward;
        for (int i = 0; i < rewards.Length; i++) rewards[i] = scale * (_rewards[i] - mean);
        float last = values.Length == 0 ? 0 : values[^1];
        GeneralizedAdvantage.Compute(rewards, values, new bool[Count], new float[Count], last, discount, lambda, advantages);
        return advantages;
    }

    internal float Value(int index) => _values[index];
}

/// <summary>What a decision was taken from.</summary>
/// <param name="At">Index of the decision.</param>
/// <param name="Context">What the critic saw: means over the feasible candidates [inputs].</param>
/// <param name="Rows">What the network saw of each option [options × inputs].</param>
/// <param name="Options">The candidates that could have been drawn.</param>
/// <param name="Chosen">Index of one of them; -1: refused.</param>
/// <param name="RejectScore">What refusing scores.</param>
internal sealed record RuleSample(int At, float[] Context, float[] Rows, RuleOption[] Options, int Chosen, float RejectScore)
{
    /// <summary>1: in time, 0: not; no number: not known, or refused.</summary>
    public float OnTime { get; set; } = float.NaN;
}

/// <summary>One candidate as the price rule sees it: score = gain · P(logit + correction) − cost − max(capacity price, delay price · e^factor).</summary>
/// <param name="Logit">Of the on-time curve.</param>
/// <param name="Gain">Worth of an answer in time, less what may go wrong on its way.</param>
/// <param name="Cost">Weighted energy, money and latency.</param>
/// <param name="CapacityPrice">Price.</param>
/// <param name="DelayPrice">Price before the network's factor.</param>
/// <param name="Score">As it was when the decision was taken.</param>
internal readonly record struct RuleOption(float Logit, float Gain, float Cost, float CapacityPrice, float DelayPrice, float Score);
