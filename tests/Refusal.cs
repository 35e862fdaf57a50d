using System.Text.RegularExpressions;

namespace StreamSched.Tests;

/// <summary>What a command may say when it is given what it cannot use.</summary>
internal static partial class Refusal
{
    private const int LongestLine = 2500;

    /// <summary>What is wrong with how a command ended; null: nothing is.</summary>
    /// <param name="code">Its exit code.</param>
    /// <param name="output">Its standard output.</param>
    /// <param name="error">Its standard error.</param>
    /// <param name="mostLines">Most lines that it may say.</param>
    public static string? Fault(int code, string output, string error, int mostLines = int.MaxValue)
    {
        string[] lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (code is not (0 or 1 or 2)) return $"exit code {code}";
        if (code != 0 && lines.Length == 0) return "fails without a word";
        if (lines.Length > mostLines) return $"says {lines.Length} lines";
        if (error.Contains("   at ", StringComparison.Ordinal)) return "stack trace";
        if (error.Contains("unexpected:", StringComparison.Ordinal)) return "the last resort was needed";
        if (TypeName().Match(error) is { Success: true } type) return $"names a type: {type.Value}";
        if (lines.FirstOrDefault(line => line.Length > LongestLine) is { } line) return $"a line of {line.Length} characters";
        return (output + error).Any(c => c is not ('\n' or '\t') && (char.IsControl(c) || c is >= '\u202A' and <= '\u202E')) ? "raw control characters" : null;
    }

    [GeneratedRegex(
        @"(?<![/\w])(System|Microsoft|Confluent|Spectre|StreamSched|Avro)\.[A-Z]\w+|\b\w+Exception\b|\b(Nullable|U?Int(16|32|64)|Boolean|Single)\b|`\d",
        RegexOptions.CultureInvariant)]
    private static partial Regex TypeName();
}
