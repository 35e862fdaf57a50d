using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamSched.Kafka.Topics;

namespace StreamSched.Administration;

/// <summary>A record as one readable line: what matters of its topic, in a fixed order; what is empty is left out.</summary>
internal static class RecordText
{
    private const int BytesShown = 24;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private static readonly Dictionary<string, Part[]> Layouts = new(StringComparer.Ordinal)
    {
        [TopicCatalogue.Requests] =
        [
            new("device"), new("task"), new("id"), new("site", "at "), new("user", "for "), new("deadlineMicros", "deadline ", Micros),
            new("minAccuracy", "accuracy >= "), new("encoding"), new("shape"), new("payload", Show: Bytes),
        ],
        [TopicCatalogue.WorkFamily] =
        [
            new("variant"), new("processor", "on "), new("attempt", "attempt "), new("partition", "of partition "), new("scheduler", "by "),
            new("answerBy", "answer by ", Time), new("incarnation", "incarnation "), new("request", Show: Bytes),
        ],
        [TopicCatalogue.Results] =
        [
            new("status"), new("reason"), new("late", Show: Flag("late")), new("device"), new("task"), new("id"), new("output.labelName", "= "),
            new("output.label", "label "), new("worker", "by "), new("variant"), new("attempt", "attempt "), new("networkMicros", "network ", Micros),
            new("queueMicros", "queue ", Micros), new("serviceMicros", "service ", Micros), new("batch", "batch "), new("slowdown", Show: Emulated),
            new("energyJoules", "energy ", Joules), new("energySource"), new("scheduler", "decided by "),
        ],
        [TopicCatalogue.Decisions] =
        [
            new("id"), new("device"), new("worker", "to "), new("processor"), new("variant"), new("reason", "rejected: "), new("policy"),
            new("policyVersion", "v"), new("propensity", "propensity "), new("explored", Show: Flag("explored")), new("attempt", "attempt "),
            new("feasible", "feasible "), new("candidates", "of "), new("prediction.onTime", "on time "), new("prediction.waiting", "waiting ", Seconds),
            new("prediction.service", "service ", Seconds), new("prediction.price", "price "), new("scheduler", "by "),
        ],
        [TopicCatalogue.Telemetry] =
            [new("worker"), new("state"), new("sequence", "#"), new("processors", Show: Processors), new("incarnation", "incarnation ")],
        [TopicCatalogue.Workers] =
        [
            new("worker"), new("site", "at "), new("deviceClass", "class "), new("slowdown", Show: Emulated), new("draining", Show: Flag("draining")),
            new("variants", "serves ", Names), new("incarnation", "incarnation "),
        ],
        [TopicCatalogue.Load] =
            [new("scheduler"), new("share", "share "), new("sequence", "#"), new("processors", Show: Sent), new("incarnation", "incarnation ")],
        [TopicCatalogue.Policies] =
        [
            new("name"), new("version", "v"), new("kind"), new("parameters", Show: Members), new("figures", Show: Members), new("note"),
            new("state"), new("champion.name"), new("champion.version", "v"), new("challenger.name", "beside "), new("challenger.version", "v"), new("reason"),
            new("by", "by "),
        ],
    };

    /// <summary>A record's value as one line.</summary>
    /// <param name="topic">Name of the topic without prefix.</param>
    /// <param name="value">The value as JSON.</param>
    public static string Line(string topic, JsonElement value)
    {
        if (!Layouts.TryGetValue(topic.StartsWith("work.", StringComparison.Ordinal) ? TopicCatalogue.WorkFamily : topic, out Part[]? layout))
            layout = [.. value.EnumerateObject().Select(field => new Part(field.Name, field.Name + " "))];
        StringBuilder line = new();
        foreach (Part part in layout)
        {
            if (RecordFilter.Find(value, part.Path) is not { } field || part.Text(field) is not { Length: > 0 } text) continue;
            if (line.Length > 0) line.Append(' ');
            line.Append(part.Label).Append(text);
        }

        return line.ToString();
    }

    /// <summary>Bytes as text where they are readable text, else as hexadecimal digits, shortened.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        try
        {
            string text = Strict.GetString(bytes);
            if (!text.Any(char.IsControl)) return text;
        }
        catch (DecoderFallbackException)
        {
            // shown as digits
        }

        return Hex(bytes);
    }

    /// <summary>Bytes in hexadecimal digits, shortened.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes) => bytes.Length <= BytesShown
        ? Convert.ToHexStringLower(bytes) : $"{Convert.ToHexStringLower(bytes[..BytesShown])}… ({bytes.Length} bytes)";

    private static string? Plain(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.Number when json.TryGetInt64(out long integer) => integer.ToString(CultureInfo.InvariantCulture),
        JsonValueKind.Number => json.GetDouble().ToString("g4", CultureInfo.InvariantCulture),
        JsonValueKind.Array when json.GetArrayLength() == 0 => null,
        JsonValueKind.Array when json.GetArrayLength() > 12 => $"[{json.GetArrayLength()} items]",
        _ => json.ToString(),
    };

    private static string? Micros(JsonElement json) =>
        json.TryGetInt64(out long micros) && micros != 0 ? Quantity.Duration(TimeSpan.FromMicroseconds(micros)) : null;

    private static string? Seconds(JsonElement json) => Quantity.Duration(TimeSpan.FromSeconds(Math.Clamp(json.GetDouble(), 0, 1e9)));

    private static string? Joules(JsonElement json) =>
        json.GetDouble() is var joules && joules < 0.01 ? Quantity.Text(joules * 1e3, "mJ") : Quantity.Text(joules, "J");

    private static string? NotZero(JsonElement json) => json.GetDouble() == 0 ? null : Plain(json);

    private static string? Bytes(JsonElement json) => json.GetString() is { } text && text.IndexOf(" bytes", StringComparison.Ordinal) is > 0 and var end
        ? text[..end] + " B" : $"{Convert.FromBase64String(json.GetString()!).Length} B";

    private static string? Time(JsonElement json) => json.ValueKind == JsonValueKind.String ? json.GetString()![11..^4] : Plain(json);

    private static string? Emulated(JsonElement json) =>
        json.GetDouble() > 1 ? FormattableString.Invariant($"(emulated, {json.GetDouble():0.##} × slower)") : null;

    private static Func<JsonElement, string?> Flag(string text) => json => json.ValueKind == JsonValueKind.True ? text : null;

    private static string? Names(JsonElement json) => string.Join(',', json.EnumerateArray().Select(item => item.GetProperty("name").GetString()));

    private static string? Members(JsonElement json) => string.Join(' ', json.EnumerateObject().Select(member => $"{member.Name}={Plain(member.Value)}"));

    private static string? Processors(JsonElement json) => string.Join("; ", json.EnumerateArray().Select(p =>
        $"{p.GetProperty("processor").GetString()}: waiting {Sum(p.GetProperty("waiting"))}, running {Sum(p.GetProperty("running"))}, backlog "
        + Quantity.Duration(TimeSpan.FromMicroseconds(p.GetProperty("backlogMicros").GetDouble()))
        + (p.GetProperty("powerWatts").ValueKind == JsonValueKind.Number ? ", " + Quantity.Text(p.GetProperty("powerWatts").GetDouble(), "W") : "")));

    private static long Sum(JsonElement map) => map.EnumerateObject().Sum(member => member.Value.GetInt64());

    private static string? Sent(JsonElement json) => string.Join("; ", json.EnumerateArray().Select(p =>
        $"{p.GetProperty("worker").GetString()}/{p.GetProperty("processor").GetString()}: sent "
        + Quantity.Duration(TimeSpan.FromMicroseconds(p.GetProperty("sentMicros").GetDouble())) + ", open "
        + Quantity.Duration(TimeSpan.FromMicroseconds(Math.Max(0, p.GetProperty("sentMicros").GetDouble() - p.GetProperty("finishedMicros").GetDouble())))));

    private sealed record Part(string Path, string Label = "", Func<JsonElement, string?>? Show = null)
    {
        // A foreign writer's schema may have another type under the same name: shown plainly then.
        public string? Text(JsonElement json)
        {
            try
            {
                return json.ValueKind == JsonValueKind.Null ? null : (Show ?? Plain)(json);
            }
            catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
            {
                return Plain(json);
            }
        }
    }
}
