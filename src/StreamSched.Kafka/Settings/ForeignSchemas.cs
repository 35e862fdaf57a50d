using StreamSched.Avro.Schemas;
using StreamSched.Documents;

namespace StreamSched.Kafka.Settings;

/// <summary>The schemas of a folder that a user names, beside our own.</summary>
internal static class ForeignSchemas
{
    private const long MostBytes = 1 << 20;

    /// <summary>Reads them.</summary>
    /// <param name="folder">The folder; null: there are none but our own.</param>
    /// <exception cref="IOException">The folder is not there, or a file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    /// <exception cref="FormatException">A file is not an Avro schema; the message names it.</exception>
    public static SchemaCatalogue Of(string? folder) =>
        folder is null ? SchemaCatalogue.Own : SchemaCatalogue.Load(folder, path => UserFile.ReadText(path, MostBytes));
}
