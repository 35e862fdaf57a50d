using StreamSched.Documents;

namespace StreamSched.Simulation.ScenarioFiles;

/// <summary>
/// Which file each part of a document comes from that several files were merged into. A relative file name belongs to the file that says it: it is looked for
/// beside that file, then in the folder of the scenarios that come with the program.
/// </summary>
/// <param name="main">Full path of the file that was asked for.</param>
/// <param name="shared">The folder of the scenarios that come with the program; null: there is none.</param>
internal sealed class DocumentOrigins(string main, string? shared)
{
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal) { [""] = main };

    /// <summary>Full path of the file that was asked for.</summary>
    public string Main => main;

    /// <summary>The lines of each file that has been read.</summary>
    public Dictionary<string, DocumentLines> Lines { get; } = new(StringComparer.Ordinal);

    /// <summary>Where a part is said: its line, with the file where that is another one than was asked for.</summary>
    /// <param name="path">The part's path in the document; one with a <c>#</c> belongs to a file of its own.</param>
    public string? PlaceOf(string path)
    {
        if (path.Contains('#')) return null;
        string file = FileOf(path);
        if (!Lines.TryGetValue(file, out DocumentLines? lines)) return null;
        return file == main ? $"line {lines.Of(path)}" : $"{Path.GetFileName(file)}, line {lines.Of(path)}";
    }

    /// <summary>Says where a part comes from, with everything in it.</summary>
    /// <param name="path">The part's path in the document; empty: all of it.</param>
    /// <param name="file">Full path of the file.</param>
    public void Set(string path, string file)
    {
        foreach (string inner in _files.Keys.Where(k => path.Length == 0 || k.StartsWith(path + ".", StringComparison.Ordinal)).ToArray()) _files.Remove(inner);
        _files[path] = file;
    }

    /// <summary>The file that a part comes from: its own, or that of the smallest part around it.</summary>
    /// <param name="path">The part's path in the document.</param>
    public string FileOf(string path)
    {
        while (!_files.ContainsKey(path)) path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
        return _files[path];
    }

    /// <summary>The full path of a file that a part names, whether or not it is there.</summary>
    /// <param name="path">The part's path in the document.</param>
    /// <param name="name">What it says.</param>
    public string Resolve(string path, string name) => Resolve(FileOf(path), name, shared);

    /// <summary>The full path of a file that another file names, whether or not it is there.</summary>
    /// <param name="file">Full path of the file that names it.</param>
    /// <param name="name">What it says.</param>
    /// <param name="shared">The folder of the scenarios that come with the program; null: there is none.</param>
    public static string Resolve(string file, string name, string? shared)
    {
        name = name.Replace('\0', '\uFFFD'); // no name of a file
        string beside = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, name));
        return shared is null || File.Exists(beside) || !File.Exists(Path.Combine(shared, name)) ? beside : Path.GetFullPath(Path.Combine(shared, name));
    }
}
