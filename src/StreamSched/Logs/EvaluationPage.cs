using StreamSched.Analysis.Estimation;
using StreamSched.Reports;

namespace StreamSched.Logs;

/// <summary>What a log says of policies, as one HTML file.</summary>
internal static class EvaluationPage
{
    /// <summary>The file's text.</summary>
    /// <param name="report">The report.</param>
    /// <param name="conditions">Where and when it was made.</param>
    public static string Write(EvaluationReport report, string conditions) => HtmlReport.Page(
        "StreamSched: policies by a log", conditions,
        "<div class=\"plots\"><div id=\"answers\" class=\"plot\"></div><div id=\"latency\" class=\"plot\"></div></div>\n",
        "policies", [.. report.Policies.Select(Of)], "evaluation.js", [to => EvaluationTables.Write(report, to)]);

    private static object Of(EvaluationReport.Entry entry)
    {
        PolicyFigures p = entry.Figures;
        return new
        {
            name = p.Policy, gross = Of(p.Gross), net = Of(p.Net), p50 = Of(p.Median), p99 = Of(p.P99),
            resimulated = entry is { Resimulated: { } more, ResimulatedHalf: { } half } ? Of(100 * more, 100 * (more - half), 100 * (more + half)) : null,
        };
    }

    private static object? Of(ValueEstimates? v) => v is null ? null : Of(100 * v.Difference, 100 * v.Lower, 100 * v.Upper);

    private static object? Of(LatencyBand? band) =>
        band is null || double.IsNaN(band.Value) ? null : Of(1e3 * band.Value, 1e3 * band.Lower, 1e3 * band.Upper);

    // JSON has no infinity: an interval without an end ends at the value.
    private static object Of(double value, double lower, double upper) =>
        new { value, lower = double.IsFinite(lower) ? lower : value, upper = double.IsFinite(upper) ? upper : value };
}
