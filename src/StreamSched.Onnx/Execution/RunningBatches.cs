using System.Collections.Frozen;

namespace StreamSched.Onnx.Execution;

/// <summary>What runs on a worker's machine right now; shared by its processors, because the models of all of them slow each other down.</summary>
public sealed class RunningBatches
{
    private static readonly FrozenDictionary<string, int> Nothing = FrozenDictionary<string, int>.Empty;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (int Batches, int Requests)> _running = [];

    /// <summary>Running requests by variant, for telemetry.</summary>
    public IReadOnlyDictionary<string, int> Requests
    {
        get
        {
            lock (_lock)
                return _running.Count == 0 ? Nothing : _running.ToDictionary(pair => pair.Key, pair => pair.Value.Requests);
        }
    }

    /// <summary>Adds a batch that starts.</summary>
    /// <param name="variant">Of which variant.</param>
    /// <param name="requests">How many requests it holds.</param>
    /// <returns>Its co-runners: running batches by variant, itself not included. A batch is one inference, however many requests it holds.</returns>
    internal IReadOnlyDictionary<string, int> Start(string variant, int requests)
    {
        lock (_lock)
        {
            var coRunners = _running.Count == 0
                ? (IReadOnlyDictionary<string, int>)Nothing : _running.ToDictionary(pair => pair.Key, pair => pair.Value.Batches);
            var (batches, before) = _running.GetValueOrDefault(variant);
            _running[variant] = (batches + 1, before + requests);
            return coRunners;
        }
    }

    internal void Finish(string variant, int requests)
    {
        lock (_lock)
        {
            var (batches, before) = _running[variant];
            if (batches == 1)
                _running.Remove(variant);
            else
                _running[variant] = (batches - 1, before - requests);
        }
    }
}
