namespace StreamSched.Documents;

/// <summary>What was found wrong while documents were read, and which keys each kind of object has.</summary>
public sealed class DocumentErrors
{
    private readonly List<string> _errors = [];
    private readonly Dictionary<string, HashSet<string>> _keys = new(StringComparer.Ordinal);

    /// <summary>One line per fault: path, where that is, what is wrong.</summary>
    public IReadOnlyList<string> All => _errors;

    /// <summary>The keys that were looked for, by kind of object; a test compares them with the published schema.</summary>
    public IReadOnlyDictionary<string, HashSet<string>> Keys => _keys;

    /// <summary>Says where in a file a path is, such as <c>line 3</c>; null: nothing is said.</summary>
    public Func<string, string?> Place { get; set; } = _ => null;

    /// <summary>Notes what is wrong at a path.</summary>
    /// <param name="path">Of the document's part.</param>
    /// <param name="what">What is wrong, without the path.</param>
    public void Add(string path, string what)
    {
        string name = path.Length == 0 ? "document" : path;
        _errors.Add(Place(path) is { } place ? $"{name} ({place}): {what}" : $"{name}: {what}");
    }

    /// <summary>Notes a fault whose line says itself where it is.</summary>
    /// <param name="error">The line.</param>
    public void Add(string error) => _errors.Add(error);

    /// <summary>Notes which keys of a kind of object were looked for.</summary>
    /// <param name="definition">The kind.</param>
    /// <param name="keys">The keys.</param>
    public void Saw(string definition, IEnumerable<string> keys)
    {
        if (!_keys.TryGetValue(definition, out HashSet<string>? known)) _keys.Add(definition, known = new HashSet<string>(StringComparer.Ordinal));
        known.UnionWith(keys);
    }
}
