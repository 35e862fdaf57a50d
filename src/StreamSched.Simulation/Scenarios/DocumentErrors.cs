namespace StreamSched.Simulation.Scenarios;

/// <summary>What was found wrong while documents were read, and which keys each kind of object has.</summary>
internal sealed class DocumentErrors
{
    private readonly List<string> _errors = [];
    private readonly Dictionary<string, HashSet<string>> _keys = new(StringComparer.Ordinal);
    private DocumentOrigins? _origins;

    public IReadOnlyList<string> All => _errors;

    /// <summary>The keys that were looked for, by kind of object; a test compares them with the published schema.</summary>
    public IReadOnlyDictionary<string, HashSet<string>> Keys => _keys;

    /// <summary>A document begins whose parts come from these files.</summary>
    public void Begin(DocumentOrigins origins) => _origins = origins;

    /// <summary>Notes what is wrong at a place; where another file says what stands there, with that file's name.</summary>
    public void Add(string path, string what)
    {
        string? inherited = _origins is null || path.Contains('#') || _origins.FileOf(path) == _origins.Main ? null : Path.GetFileName(_origins.FileOf(path));
        Add(inherited is null ? $"{path}: {what}" : $"{path} (of {inherited}): {what}");
    }

    public void Add(string error) => _errors.Add(error);

    public void Saw(string definition, IEnumerable<string> keys)
    {
        if (!_keys.TryGetValue(definition, out HashSet<string>? known)) _keys.Add(definition, known = new HashSet<string>(StringComparer.Ordinal));
        known.UnionWith(keys);
    }
}
