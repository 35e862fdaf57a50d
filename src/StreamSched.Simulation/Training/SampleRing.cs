using StreamSched.Core.Scheduling;
using StreamSched.Learning;

namespace StreamSched.Simulation.Training;

/// <summary>The last outcomes that training draws from.</summary>
internal sealed class SampleRing(int features, int capacity)
{
    private readonly float[] _features = new float[features * capacity], _logits = new float[capacity], _outcomes = new float[capacity];
    private long _count;

    public int Count => (int)Math.Min(_count, capacity);

    public void Add(OutcomeSamples samples)
    {
        for (int s = 0; s < samples.Count; s++)
        {
            int at = (int)(_count++ % capacity);
            samples.Features.Slice(s * features, features).CopyTo(_features.AsSpan(at * features));
            (_logits[at], _outcomes[at]) = (samples.Logits[s], samples.Outcomes[s]);
        }
    }

    public void Draw(ref RandomStream random, Span<float> rows, Span<float> logits, Span<float> outcomes)
    {
        for (int s = 0; s < outcomes.Length; s++)
        {
            int drawn = random.NextInt32(Count);
            _features.AsSpan(drawn * features, features).CopyTo(rows[(s * features)..]);
            (logits[s], outcomes[s]) = (_logits[drawn], _outcomes[drawn]);
        }
    }

    public void Save(Checkpoint checkpoint)
    {
        checkpoint.Set("samples.features", _features.AsSpan(0, features * Count).ToArray());
        checkpoint.Set("samples.logits", _logits.AsSpan(0, Count).ToArray());
        checkpoint.Set("samples.outcomes", _outcomes.AsSpan(0, Count).ToArray());
        checkpoint.Set("samples.count", (ulong)_count);
    }

    public void Load(Checkpoint checkpoint)
    {
        checkpoint.Get<float>("samples.features").CopyTo(_features, 0);
        checkpoint.Get<float>("samples.logits").CopyTo(_logits, 0);
        checkpoint.Get<float>("samples.outcomes").CopyTo(_outcomes, 0);
        _count = (long)checkpoint.GetUInt64("samples.count");
    }
}
