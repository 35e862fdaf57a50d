namespace StreamSched.Simulation.Scenarios;

/// <summary>What was found wrong while documents were read, and which keys each kind of object has.</summary>
internal sealed class DocumentErrors
{
    private readonly List<string> _errors = [];
    private readonly Dictionary<string, HashSet<string>> _keys = new(StringComparer.Ordinal);

    public IReadOnlyList<string> All => _errors;

    /// <summary>The keys that were looked for, by kind of object; a test compares them with the published schema.</summary>
    public IReadOnlyDictionary<string, HashSet<string>> Keys => _keys;

    public void Add(string error) => _errors.Add(error);

    public void Saw(string definition, IEnumerable<string> keys)
    {
        if (!_keys.TryGetValue(definition, out HashSet<string>? known)) _keys.Add(definition, known = new HashSet<string>(StringComparer.Ordinal));
        known.UnionWith(keys);
    }
}
