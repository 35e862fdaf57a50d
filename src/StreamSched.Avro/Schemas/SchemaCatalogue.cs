using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace StreamSched.Avro.Schemas;

/// <summary>The schemas with which messages may be written: ours, their earlier versions, and those that the user knows of.</summary>
public sealed class SchemaCatalogue
{
    private readonly Dictionary<ulong, KnownSchema> _schemas = [];

    private SchemaCatalogue(Assembly history)
    {
        foreach (var assembly in (Assembly[])[typeof(SchemaCatalogue).Assembly, history])
            foreach (string name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
            {
                if (!name.StartsWith("schemas/", StringComparison.Ordinal)) continue;
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                Add(KnownSchema.Parse(name, reader.ReadToEnd()));
            }
    }

    /// <summary>Our own schemas and their earlier versions.</summary>
    public static SchemaCatalogue Own { get; } = Load();

    /// <summary>Fingerprints of all known schemas.</summary>
    public IReadOnlyCollection<ulong> Fingerprints => _schemas.Keys;

    /// <summary>Our own schemas, their earlier versions, and every <c>*.avsc</c> of a folder.</summary>
    /// <param name="directory">A folder of schemas of other writers, if any.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="FormatException">A file is not an Avro schema; the message names it.</exception>
    public static SchemaCatalogue Load(string? directory = null) => Load(directory, File.ReadAllText);

    /// <inheritdoc cref="Load(string?)"/>
    /// <param name="directory">A folder of schemas of other writers, if any.</param>
    /// <param name="read">Reads a file's text.</param>
    public static SchemaCatalogue Load(string? directory, Func<string, string> read) => Load(directory, read, typeof(SchemaCatalogue).Assembly);

    internal static SchemaCatalogue Load(string? directory, Assembly history) => Load(directory, File.ReadAllText, history);

    private static SchemaCatalogue Load(string? directory, Func<string, string> read, Assembly history)
    {
        var catalogue = new SchemaCatalogue(history);
        if (directory is null) return catalogue;
        foreach (string path in Directory.EnumerateFiles(directory, "*.avsc").Order(StringComparer.Ordinal))
            catalogue.Add(KnownSchema.Parse(path, read(path)));
        return catalogue;
    }

    /// <summary>A schema's JSON as it was written.</summary>
    /// <param name="fingerprint">CRC-64-AVRO of its parsing canonical form.</param>
    /// <param name="json">The schema.</param>
    public bool TryGetText(ulong fingerprint, [NotNullWhen(true)] out string? json)
    {
        json = TryGet(fingerprint, out var schema) ? schema.Text : null;
        return json is not null;
    }

    internal static KnownSchema Wire(WireSchema schema) => Own.TryGet(schema.Fingerprint, out var known)
        ? known
        : throw new ArgumentException($"{schema.Name} is not one of our schemas.", nameof(schema));

    internal bool TryGet(ulong fingerprint, [NotNullWhen(true)] out KnownSchema? schema) => _schemas.TryGetValue(fingerprint, out schema);

    // Schemas of one fingerprint encode alike. The first stays: ours come first, and theirs may lack aliases and docs.
    private void Add(KnownSchema schema) => _schemas.TryAdd(schema.Fingerprint, schema);
}
