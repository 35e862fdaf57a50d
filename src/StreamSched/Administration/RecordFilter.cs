using System.Text.Json;
using StreamSched.Hosting;

namespace StreamSched.Administration;

/// <summary>Lets records through whose fields have given values: <c>device=cam-1</c>, <c>prediction.onTime=1</c>. Several must all hold.</summary>
internal sealed class RecordFilter
{
    private readonly (string Path, string Value)[] _wanted;

    /// <summary>Reads it from options.</summary>
    /// <param name="pairs">FIELD=VALUE each.</param>
    /// <exception cref="UsageException">One is not of that form.</exception>
    public RecordFilter(IEnumerable<string> pairs) => _wanted = [.. pairs.Select(Pair)];

    /// <summary>Requires that a pair is one.</summary>
    /// <param name="pair">FIELD=VALUE.</param>
    /// <exception cref="UsageException">It is not of that form.</exception>
    public static void Check(string pair) => Pair(pair);

    /// <summary>Whether everything passes.</summary>
    public bool IsEmpty => _wanted.Length == 0;

    /// <summary>Whether a record passes.</summary>
    /// <param name="record">Its value; null where it cannot be shown as JSON.</param>
    /// <param name="keyField">What the topic's key is, such as id or device: it counts where the value has no such field.</param>
    /// <param name="key">The key as text.</param>
    public bool Matches(JsonElement? record, string? keyField, string key)
    {
        foreach ((string path, string value) in _wanted)
        {
            string? found = record is { } json && Find(json, path) is { } field ? TextOf(field) : path == keyField ? key : null;
            if (found is null || !string.Equals(found, value, StringComparison.OrdinalIgnoreCase)) return false;
        }

        return true;
    }

    /// <summary>A field by its path, such as output.label.</summary>
    public static JsonElement? Find(JsonElement json, string path)
    {
        foreach (string name in path.Split('.'))
        {
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out JsonElement inner)) return null;
            json = inner;
        }

        return json;
    }

    private static (string Path, string Value) Pair(string pair) => pair.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
        ? (pair[..at], pair[(at + 1)..]) : throw new UsageException($"--filter: '{pair}' is not FIELD=VALUE, such as device=cam-1");

    private static string? TextOf(JsonElement json) => json.ValueKind == JsonValueKind.Null ? null : json.ToString();
}
