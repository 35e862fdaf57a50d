using System.Globalization;
using System.Text.Json;

namespace StreamSched.Core.PolicyFiles;

/// <summary>Metadata as ONNX keeps it: pairs of texts. Lists are JSON.</summary>
internal static class PolicyMetadataText
{
    private const string Prefix = "streamsched.", Figure = Prefix + "figure.", Note = Prefix + "note.";

    public static IEnumerable<(string Key, string Value)> Write(PolicyMetadata metadata)
    {
        yield return (Prefix + "name", metadata.Name);
        yield return (Prefix + "version", metadata.Version.ToString(CultureInfo.InvariantCulture));
        yield return (Prefix + "feature_layout", metadata.FeatureLayout.ToString(CultureInfo.InvariantCulture));
        yield return (Prefix + "features", JsonSerializer.Serialize(metadata.Features));
        yield return (Prefix + "scenarios", JsonSerializer.Serialize(metadata.Scenarios));
        yield return (Prefix + "seeds", JsonSerializer.Serialize(metadata.Seeds));
        foreach ((string name, double value) in metadata.MeasuredFigures) yield return (Figure + name, value.ToString("R", CultureInfo.InvariantCulture));
        foreach ((string name, string value) in metadata.Notes) yield return (Note + name, value);
    }

    public static PolicyMetadata Read(IReadOnlyDictionary<string, string> pairs)
    {
        Dictionary<string, double> figures = [];
        Dictionary<string, string> notes = [];
        foreach ((string key, string value) in pairs)
        {
            if (key.StartsWith(Figure, StringComparison.Ordinal))
                figures[key[Figure.Length..]] = double.TryParse(value, CultureInfo.InvariantCulture, out double number) ? number : throw Wrong(key);
            else if (key.StartsWith(Note, StringComparison.Ordinal)) notes[key[Note.Length..]] = value;
        }

        return new PolicyMetadata
        {
            Name = pairs.GetValueOrDefault(Prefix + "name", ""), Version = Integer(pairs, "version"), FeatureLayout = Integer(pairs, "feature_layout"),
            Features = List<string>(pairs, "features"), Scenarios = List<string>(pairs, "scenarios"), Seeds = List<ulong>(pairs, "seeds"), Figures = figures,
            Notes = notes,
        };
    }

    private static int Integer(IReadOnlyDictionary<string, string> pairs, string key) =>
        !pairs.TryGetValue(Prefix + key, out string? text) ? 0
            : int.TryParse(text, CultureInfo.InvariantCulture, out int value) && value >= 0 ? value : throw Wrong(Prefix + key);

    private static T[] List<T>(IReadOnlyDictionary<string, string> pairs, string key)
    {
        if (!pairs.TryGetValue(Prefix + key, out string? text)) return [];
        try
        {
            return JsonSerializer.Deserialize<T[]>(text) is { } list && !list.Any(e => e is null) ? list : throw Wrong(Prefix + key);
        }
        catch (JsonException)
        {
            throw Wrong(Prefix + key);
        }
    }

    private static PolicyFileException Wrong(string key) => new($"the metadata '{key}' cannot be read");
}
