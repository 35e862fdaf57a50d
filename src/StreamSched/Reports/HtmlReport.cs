using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Reports;

/// <summary>A report as one HTML file: interactive plots, and below them the tables. Opens without a network.</summary>
internal static class HtmlReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Whether the plotting library was there when the program was built.</summary>
    public static bool HasPlots => Resource("echarts.min.js") is not null;

    /// <summary>The text of a file about an experiment.</summary>
    /// <param name="report">The report.</param>
    public static string Write(ExperimentReport report) => Page(
        "StreamSched: policies in simulated worlds", $"{report.Provenance.Kind}, commit {report.Provenance.Commit}, {report.Provenance.Machine}",
        "<div id=\"overview\" class=\"plot wide\"></div>\n<p><label>Cell <select id=\"cell\"></select></label></p>\n"
        + "<div class=\"plots\"><div id=\"value\" class=\"plot\"></div><div id=\"outcome\" class=\"plot\"></div><div id=\"latency\" "
        + "class=\"plot\"></div><div id=\"axes\" class=\"plot\"></div></div>\n",
        "cells", [.. report.Cells.Select(Points)], "report.js",
        [
            .. report.Cells.Count > 1 ? (Action<TextWriter>[])[to => SummaryTables.Write(report, to, everyCell: true)] : [],
            to => ReportTables.Write(report, to, details: report.Cells.Count <= 8),
        ]);

    /// <summary>The text of a file.</summary>
    /// <param name="title">What it is about.</param>
    /// <param name="conditions">Where and when it was made.</param>
    /// <param name="plots">HTML of the places for plots.</param>
    /// <param name="data">What the script calls the points.</param>
    /// <param name="points">The points.</param>
    /// <param name="script">Name of the resource that plots them.</param>
    /// <param name="tables">Write the tables below, as Markdown.</param>
    public static string Page(
        string title, string conditions, string plots, string data, IReadOnlyList<object> points, string script, IReadOnlyList<Action<TextWriter>> tables)
    {
        StringBuilder html = new();
        html.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            + $"content=\"width=device-width\"><title>{title}</title><style>\n")
            .Append(Resource("report.css")).Append($"</style></head><body>\n<h1>{title}</h1>\n<p>").Append(WebUtility.HtmlEncode(conditions)).Append("</p>\n");
        if (Resource("echarts.min.js") is { } library && points.Count > 0)
        {
            html.Append(plots).Append("<script>").Append(library).Append($"</script>\n<script>const {data} = ")
                .Append(JsonSerializer.Serialize(points, Json).Replace("</", "<\\/", StringComparison.Ordinal))
                .Append(";\n").Append(Resource("plots.js")).Append(Resource(script)).Append("</script>\n");
        }
        else if (points.Count > 0)
        {
            html.Append("<p class=\"missing\">Plots are missing: the program was built without npm, or npm could not bring echarts. "
                + "The tables below are complete.</p>\n");
        }

        foreach (Action<TextWriter> table in tables) AppendTables(html, table);
        return html.Append("</body></html>\n").ToString();
    }

    private static object Points(CellReport cell) => new
    {
        name = cell.Scenario, value = cell.Value, bound = cell.Bound?.Mean, best = cell.BestHeuristic,
        policies = cell.Policies.Select(p => new
        {
            name = p.Policy, heuristic = p.IsHeuristic, value = p.Value.Mean, half = Finite(p.Value.Half), difference = p.Difference?.Mean,
            differenceHalf = Finite(p.Difference?.Half ?? 0), success = p.Success.Mean, reject = p.Reject.Mean, failure = p.Failure.Mean,
            p50 = Finite(p.P50.Mean), p99 = Finite(p.P99.Mean), accuracy = p.Accuracy.Mean, energy = p.Energy.Mean, money = p.Cost.Mean,
        }),
    };

    private static double Finite(double value) => double.IsFinite(value) ? value : 0;

    // Our own tables in Markdown, of which only headings, tables and paragraphs are used.
    private static void AppendTables(StringBuilder html, Action<TextWriter> write)
    {
        StringWriter text = new();
        write(text);
        bool table = false, head = false;
        foreach (string line in text.ToString().Split('\n').Select(l => l.TrimEnd('\r')))
        {
            bool row = line.StartsWith('|');
            if (table && !row) html.Append("</table>\n");
            if (row && !table) html.Append("<table>\n");
            head = row && !table;
            table = row;
            if (row && !line.StartsWith("|-", StringComparison.Ordinal))
            {
                string tag = head ? "th" : "td";
                html.Append("<tr>").AppendJoin("", line.Split('|')[1..^1].Select(c => $"<{tag}>{WebUtility.HtmlEncode(c.Trim())}</{tag}>")).Append("</tr>\n");
            }
            else if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                html.Append("<h2>").Append(WebUtility.HtmlEncode(line[4..])).Append("</h2>\n");
            }
            else if (!row && line.Length > 0)
            {
                string inner = WebUtility.HtmlEncode(line.Trim('`', '*'));
                html.Append(line[0] == '`' ? $"<pre>{inner}</pre>\n" : $"<p>{inner}</p>\n");
            }
        }

        if (table) html.Append("</table>\n");
    }

    private static string? Resource(string name)
    {
        using Stream? stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        if (stream is null) return null;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
