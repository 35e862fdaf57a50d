using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Simulation.Training;

/// <summary>Outcomes of choices as rows: what the network saw, what the rule gave, how it ended. A share of them is kept.</summary>
/// <param name="features">Numbers per row.</param>
/// <param name="share">Share that is kept, 0..1.</param>
/// <param name="seed">Of what is kept.</param>
internal sealed class OutcomeSamples(int features, float share, ulong seed) : IOutcomeSink
{
    private readonly List<float> _features = [], _logits = [], _assumed = [], _outcomes = [];
    private readonly List<int> _classes = [];
    private RandomStream _random = new(seed);

    public int Count => _outcomes.Count;

    public void Add(ReadOnlySpan<float> row, float logit, float assumed, int processorClass, bool onTime)
    {
        if (_random.NextSingle() >= share) return;
        _features.AddRange(row[..features]);
        _logits.Add(logit);
        _assumed.Add(assumed);
        _outcomes.Add(onTime ? 1 : 0);
        _classes.Add(processorClass);
    }

    public ReadOnlySpan<float> Features => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_features);

    public ReadOnlySpan<float> Logits => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_logits);

    public ReadOnlySpan<float> Assumed => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_assumed);

    /// <summary>Classes of the processors that were chosen.</summary>
    public IReadOnlyList<int> Classes => _classes;

    public ReadOnlySpan<float> Outcomes => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_outcomes);
}
