using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Learning.Reinforcement;

/// <summary>The last so many transitions, in flat arrays.</summary>
internal sealed class ReplayRing(int capacity, int observationSize, int actions)
{
    private readonly float[] _observations = new float[capacity * observationSize], _next = new float[capacity * observationSize],
        _rewards = new float[capacity];
    private readonly bool[] _masks = new bool[capacity * actions], _terminated = new bool[capacity];
    private readonly int[] _chosen = new int[capacity];
    private long _added;

    public int Count => (int)Math.Min(_added, capacity);

    public void Add(ReadOnlySpan<float> observation, int action, float reward, ReadOnlySpan<float> next, ReadOnlySpan<bool> nextMask, bool terminated)
    {
        int at = (int)(_added++ % capacity);
        observation[..observationSize].CopyTo(_observations.AsSpan(at * observationSize));
        next[..observationSize].CopyTo(_next.AsSpan(at * observationSize));
        if (nextMask.IsEmpty) _masks.AsSpan(at * actions, actions).Fill(true);
        else nextMask[..actions].CopyTo(_masks.AsSpan(at * actions));
        (_chosen[at], _rewards[at], _terminated[at]) = (action, reward, terminated);
    }

    public int Draw(ref RandomStream random) => random.NextInt32(Count);

    public ReadOnlySpan<float> Observation(int at) => _observations.AsSpan(at * observationSize, observationSize);

    public ReadOnlySpan<float> Next(int at) => _next.AsSpan(at * observationSize, observationSize);

    public ReadOnlySpan<bool> NextMask(int at) => _masks.AsSpan(at * actions, actions);

    public (int Action, float Reward, bool Terminated) Transition(int at) => (_chosen[at], _rewards[at], _terminated[at]);

    public void Save(Checkpoint checkpoint, string key)
    {
        checkpoint.Set(key + ".observations", _observations);
        checkpoint.Set(key + ".next", _next);
        checkpoint.Set(key + ".rewards", _rewards);
        checkpoint.Set(key + ".masks", Bytes(_masks));
        checkpoint.Set(key + ".terminated", Bytes(_terminated));
        checkpoint.Set(key + ".chosen", _chosen);
        checkpoint.Set(key + ".added", (ulong)_added);
    }

    public void Load(Checkpoint checkpoint, string key)
    {
        checkpoint.Get(key + ".observations", _observations.AsSpan());
        checkpoint.Get(key + ".next", _next.AsSpan());
        checkpoint.Get(key + ".rewards", _rewards.AsSpan());
        Load(checkpoint, key + ".masks", _masks);
        Load(checkpoint, key + ".terminated", _terminated);
        checkpoint.Get(key + ".chosen", _chosen.AsSpan());
        _added = (long)checkpoint.GetUInt64(key + ".added");
    }

    private static byte[] Bytes(bool[] values) => Array.ConvertAll(values, v => (byte)(v ? 1 : 0));

    private static void Load(Checkpoint checkpoint, string name, bool[] values)
    {
        byte[] bytes = new byte[values.Length];
        checkpoint.Get(name, bytes.AsSpan());
        for (int i = 0; i < bytes.Length; i++) values[i] = bytes[i] != 0;
    }
}
