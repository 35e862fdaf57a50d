using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamSched.Analysis.Worlds;

/// <summary>Reports of experiments in worlds, as JSON. Intervals of one seed alone are infinite.</summary>
internal static class WorldReports
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>A report as JSON.</summary>
    /// <typeparam name="T">The report's type.</typeparam>
    /// <param name="report">The report.</param>
    public static string ToJson<T>(T report) => JsonSerializer.Serialize(report, Json);
}
