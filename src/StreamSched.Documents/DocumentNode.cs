using System.Globalization;
using System.Text.Json;

namespace StreamSched.Documents;

/// <summary>
/// Strict reading of one place of a JSON document. What is wrong is noted with its path, and reading goes on with the fallback, so that all errors are reported
/// at once; keys that nobody asked for are errors too. Instants and limits are in the units of the document.
/// </summary>
/// <param name="element">What stands there.</param>
/// <param name="path">Where it stands; empty: it is the document.</param>
/// <param name="errors">Takes what is wrong.</param>
public sealed class DocumentNode(JsonElement element, string path, DocumentErrors errors)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Where it stands; empty: it is the document.</summary>
    public string Path => path;

    /// <summary>What kind of value stands there.</summary>
    public JsonValueKind Kind => element.ValueKind;

    /// <summary>Whether it has keys.</summary>
    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    /// <summary>Notes that it is wrong.</summary>
    /// <param name="what">What is wrong.</param>
    public void Error(string what) => errors.Add(path, what);

    /// <summary>Notes that a key is wrong.</summary>
    /// <param name="key">The key.</param>
    /// <param name="what">What is wrong.</param>
    public void Error(string key, string what) => errors.Add(Of(key), what);

    /// <summary>Says which kind of object of the schema this is, and reports keys that were not asked for. To be called when reading it is over.</summary>
    /// <param name="definition">The kind, as messages name it.</param>
    public void Done(string definition)
    {
        errors.Saw(definition, _asked);
        if (!IsObject)
        {
            Error($"is {Word(element.ValueKind)} where an object belongs");
            return;
        }

        foreach (JsonProperty property in element.EnumerateObject())
            if (!_asked.Contains(property.Name))
                Error(property.Name, $"unknown key; {definition} has: {string.Join(", ", _asked.Order(StringComparer.Ordinal))}");
    }

    /// <summary>Whether a key is there, and not null.</summary>
    /// <param name="key">The key.</param>
    public bool Has(string key) => TryGet(key, out _);

    /// <summary>A part that has keys; null: it is not there, or wrong.</summary>
    /// <param name="key">The key.</param>
    public DocumentNode? Part(string key) => TryGet(key, out JsonElement value) ? Check(key, value, JsonValueKind.Object) : null;

    /// <summary>Any value, for keys that take more than one form.</summary>
    /// <param name="key">The key.</param>
    public DocumentNode? Any(string key) => TryGet(key, out JsonElement value) ? new DocumentNode(value, Of(key), errors) : null;

    /// <summary>The parts of a list; none where it is not there, or wrong.</summary>
    /// <param name="key">The key.</param>
    public IEnumerable<DocumentNode> Items(string key) =>
        TryGet(key, out JsonElement value) && Check(key, value, JsonValueKind.Array) is { } list ? list.Items() : [];

    /// <summary>Its parts, if it is a list.</summary>
    public IEnumerable<DocumentNode> Items()
    {
        if (element.ValueKind != JsonValueKind.Array) yield break;
        int i = 0;
        foreach (JsonElement item in element.EnumerateArray()) yield return new DocumentNode(item, $"{path}[{i++}]", errors);
    }

    /// <summary>Its keys with what stands there, if it has keys.</summary>
    public IEnumerable<(string Key, DocumentNode Value)> Members()
    {
        if (element.ValueKind != JsonValueKind.Object) yield break;
        foreach (JsonProperty property in element.EnumerateObject())
            yield return (property.Name, new DocumentNode(property.Value, Of(property.Name), errors));
    }

    /// <summary>A text.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">Where it is missing; null: it must be there.</param>
    public string Text(string key, string? fallback = null)
    {
        if (!TryGet(key, out JsonElement value)) return fallback ?? Missing(key, "");
        return Check(key, value, JsonValueKind.String) is null ? fallback ?? "" : value.GetString()!;
    }

    /// <summary>What something is called in tables, in files and by other keys: a line of printable text without the characters that separate there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">Where it is missing; null: it must be there.</param>
    public string Name(string key, string? fallback = null)
    {
        string name = Text(key, fallback);
        if (Has(key) && string.IsNullOrWhiteSpace(name)) Error(key, "is empty");
        if (name.AsSpan().IndexOfAny(',', '"', '|') >= 0 || name.Any(char.IsControl))
            Error(key, "a name has no comma, quotation mark, vertical bar or control character");
        return name;
    }

    /// <summary>Itself as a text.</summary>
    public string AsText()
    {
        if (element.ValueKind == JsonValueKind.String) return element.GetString()!;
        Error($"is {Word(element.ValueKind)} where a text belongs");
        return "";
    }

    /// <summary>True or false.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">Where it is missing.</param>
    public bool Flag(string key, bool fallback)
    {
        if (!TryGet(key, out JsonElement value)) return fallback;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Error(key, $"is {Word(value.ValueKind)} where true or false belongs");
        return fallback;
    }

    /// <summary>One text or a list of them.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<string> Texts(string key) => TryGet(key, out JsonElement value) && value.ValueKind == JsonValueKind.String
        ? [value.GetString()!] : [.. Items(key).Select(n => n.AsText())];

    /// <summary>A number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">Where it is missing; null: it must be there.</param>
    /// <param name="min">The least, itself allowed.</param>
    /// <param name="max">The greatest, itself allowed.</param>
    public double Number(string key, double? fallback = null, double min = 0, double max = double.MaxValue)
    {
        if (!TryGet(key, out JsonElement value)) return fallback ?? Missing(key, min);
        return new DocumentNode(value, Of(key), errors).AsNumber(min, max);
    }

    /// <summary>A number above 0.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">Where it is missing.</param>
    public double Positive(string key, double fallback)
    {
        int before = errors.All.Count;
        double value = Number(key, fallback);
        if (value == 0 && errors.All.Count == before) Error(key, "is not above 0");
        return value;
    }

    /// <summary>A whole number that may be too large for an int.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">Where it is missing; null: it must be there.</param>
    /// <param name="min">The least, itself allowed.</param>
    /// <param name="max">The greatest, itself allowed.</param>
    public double WholeNumber(string key, double? fallback, double min, double max)
    {
        double value = Number(key, fallback, min, max);
        if (value != Math.Truncate(value)) Error(key, $"{Show(value)} is not a whole number");
        return value;
    }

    /// <summary>A whole number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">Where it is missing; null: it must be there.</param>
    /// <param name="min">The least, itself allowed.</param>
    /// <param name="max">The greatest, itself allowed.</param>
    public int Whole(string key, int? fallback = null, int min = 0, int max = int.MaxValue) => (int)WholeNumber(key, fallback, min, max);

    /// <summary>Itself as a number.</summary>
    /// <param name="min">The least, itself allowed.</param>
    /// <param name="max">The greatest, itself allowed.</param>
    public double AsNumber(double min, double max)
    {
        if (element.ValueKind != JsonValueKind.Number)
        {
            Error($"is {Word(element.ValueKind)} where a number belongs");
            return min;
        }

        double value = element.GetDouble();
        if (double.IsFinite(value) && value >= min && value <= max) return value;
        Error(double.IsInfinity(value) ? $"{element.GetRawText()} is too large"
            : max == double.MaxValue ? $"{Show(value)} is less than {Show(min)}" : $"{Show(value)} is not in {Show(min)} .. {Show(max)}");
        return min;
    }

    /// <summary>A number, or [least, most].</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">Where it is missing; null: it must be there.</param>
    /// <param name="min">The least, itself allowed.</param>
    /// <param name="max">The greatest, itself allowed.</param>
    public (double Least, double Most) Range(string key, (double Least, double Most)? fallback = null, double min = 0, double max = double.MaxValue)
    {
        if (!TryGet(key, out JsonElement value)) return fallback ?? (Missing(key, min), min);
        DocumentNode node = new(value, Of(key), errors);
        if (node.Kind != JsonValueKind.Array)
        {
            double one = node.AsNumber(min, max);
            return (one, one);
        }

        double[] two = [.. node.Items().Select(n => n.AsNumber(min, max))];
        if (two.Length == 2 && two[0] <= two[1]) return (two[0], two[1]);
        node.Error("a range is [least, most]");
        return (min, min);
    }

    /// <summary>A number, or [[instant, number], …] with ascending instants from 0; one of the numbers at least is above 0.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<(double At, double Value)> Steps(string key)
    {
        if (!TryGet(key, out JsonElement value)) return [(0, Missing(key, 0.0))];
        int before = errors.All.Count;
        IReadOnlyList<(double At, double Value)> steps = ReadSteps(key, value);
        if (errors.All.Count == before && steps.All(s => s.Value == 0)) Error(key, "is 0: nothing ever arrives");
        return steps;
    }

    private List<(double At, double Value)> ReadSteps(string key, JsonElement value)
    {
        DocumentNode node = new(value, Of(key), errors);
        if (node.Kind != JsonValueKind.Array) return [(0, node.AsNumber(0, double.MaxValue))];
        List<(double, double)> steps = [];
        foreach (DocumentNode item in node.Items())
        {
            double[] two = [.. item.Items().Select(n => n.AsNumber(0, double.MaxValue))];
            if (two.Length != 2 || (steps.Count == 0 ? two[0] != 0 : two[0] <= steps[^1].Item1))
                item.Error("a step is [instant, value]; instants ascend from 0");
            else steps.Add((two[0], two[1]));
        }

        if (steps.Count == 0) node.Error("has no step");
        return steps.Count == 0 ? [(0, 0)] : steps;
    }

    /// <summary>A number as messages show it.</summary>
    /// <param name="value">The number.</param>
    public static string Show(double value) =>
        value.ToString(value == 0 || Math.Abs(value) is >= 1e-6 and < 1e15 ? "0.######" : "G6", CultureInfo.InvariantCulture);

    private bool TryGet(string key, out JsonElement value)
    {
        _asked.Add(key);
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private DocumentNode? Check(string key, JsonElement value, JsonValueKind kind)
    {
        if (value.ValueKind == kind) return new DocumentNode(value, Of(key), errors);
        Error(key, $"is {Word(value.ValueKind)} where {Word(kind)} belongs");
        return null;
    }

    private T Missing<T>(string key, T instead)
    {
        Error(key, "is missing");
        return instead;
    }

    private string Of(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string Word(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a flag",
        _ => "nothing",
    };
}
