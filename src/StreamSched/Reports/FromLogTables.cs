using System.Globalization;
using StreamSched.Analysis.Worlds;

namespace StreamSched.Reports;

/// <summary>What policies that were trained from logs are worth, as Markdown.</summary>
internal static class FromLogTables
{
    /// <summary>Writes it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="to">Where to.</param>
    public static void Write(FromLogReport report, TextWriter to)
    {
        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Provenance}; {report.Seeds} seeds from 90001; logs of {FromLogExperiment.Logged:0} s, {100 * FromLogExperiment.FullShare:0} % in full"));
        to.WriteLine(
            "more than the policy that logged, in points (hundredths of value per request) ± interval of 95 % over seeds; cells are world/logger/trained");
        to.WriteLine();
        MarkdownTable table = new("cell", "kept to what the log supports", "without that", "cells supported", "the logger decides");
        foreach (FromLogCell c in report.Cells)
        {
            table.Row(
                c.Name, MarkdownTable.Signed(c.Kept), MarkdownTable.Signed(c.Alone), Percent(c.Supported), Percent(c.Elsewhere));
        }

        table.Write(to);
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0} %");
}
