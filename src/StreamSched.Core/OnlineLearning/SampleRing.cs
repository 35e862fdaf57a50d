using StreamSched.Core.Policies;

namespace StreamSched.Core.OnlineLearning;

/// <summary>The last outcomes that a <see cref="ResidualTrainer"/> draws from. Nothing is allocated once it is made.</summary>
/// <param name="features">Features of a sample.</param>
/// <param name="capacity">Most samples that are remembered.</param>
public sealed class SampleRing(int features, int capacity)
{
    private readonly float[] _features = new float[features * capacity], _logits = new float[capacity], _outcomes = new float[capacity];
    private long _count;

    /// <summary>Samples remembered.</summary>
    public int Count => (int)Math.Min(_count, capacity);

    /// <summary>Remembers a sample instead of the oldest.</summary>
    /// <param name="sample">[features].</param>
    /// <param name="logit">What the rule alone said.</param>
    /// <param name="outcome">1: in time, else 0.</param>
    public void Add(ReadOnlySpan<float> sample, float logit, float outcome)
    {
        int at = (int)(_count++ % capacity);
        sample[..features].CopyTo(_features.AsSpan(at * features));
        (_logits[at], _outcomes[at]) = (logit, outcome);
    }

    /// <summary>Draws with replacement.</summary>
    /// <param name="random">Moves on by one draw for each.</param>
    /// <param name="rows">[samples × features].</param>
    /// <param name="logits">[samples].</param>
    /// <param name="outcomes">[samples]; says how many are drawn.</param>
    public void Draw(ref RandomStream random, Span<float> rows, Span<float> logits, Span<float> outcomes)
    {
        for (int s = 0; s < outcomes.Length; s++)
        {
            int drawn = random.NextInt32(Count);
            _features.AsSpan(drawn * features, features).CopyTo(rows[(s * features)..]);
            (logits[s], outcomes[s]) = (_logits[drawn], _outcomes[drawn]);
        }
    }

    /// <summary>Writes what is remembered.</summary>
    public void Save(Checkpoint checkpoint)
    {
        checkpoint.Set("samples.features", _features.AsSpan(0, features * Count).ToArray());
        checkpoint.Set("samples.logits", _logits.AsSpan(0, Count).ToArray());
        checkpoint.Set("samples.outcomes", _outcomes.AsSpan(0, Count).ToArray());
        checkpoint.Set("samples.count", (ulong)_count);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public void Load(Checkpoint checkpoint)
    {
        checkpoint.Get<float>("samples.features").CopyTo(_features, 0);
        checkpoint.Get<float>("samples.logits").CopyTo(_logits, 0);
        checkpoint.Get<float>("samples.outcomes").CopyTo(_outcomes, 0);
        _count = (long)checkpoint.GetUInt64("samples.count");
    }
}
