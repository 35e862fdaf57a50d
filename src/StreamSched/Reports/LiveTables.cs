using System.Globalization;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Reports;

/// <summary>What a live experiment has shown, as Markdown.</summary>
internal static class LiveTables
{
    /// <summary>Writes it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="to">Where to.</param>
    public static void Write(LiveReport report, TextWriter to)
    {
        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{report.Provenance}; policy {report.Policy} {report.Digest}, {report.Seeds} seeds from 90001"));
        to.WriteLine("values are means per request in points (hundredths); differences have intervals of 95 % over seeds");
        to.WriteLine();
        MarkdownTable table = new(
            "world", "before", "frozen, last third", "live − frozen", "oracle − frozen", "way", "lost, back after 60 s", "the oracle's", "to 90 %",
            "worst 10 s, frozen", "live", "whole run", "proposed", "promoted", "back");
        foreach (LiveCell cell in report.Cells)
        {
            table.Row(
                cell.Scenario, Number(cell.Before), Number(cell.Frozen), Of(cell.LiveMinusFrozen), Of(cell.OracleMinusFrozen), Percent(cell.WayToOracle),
                Percent(cell.LostBack), Percent(cell.LostBackByOracle),
                cell.SecondsTo90 is { } seconds ? seconds.ToString("0 s", CultureInfo.InvariantCulture) : "–", Number(cell.WorstFrozen),
                Number(cell.WorstLive), Of(cell.WholeRun), Number(cell.Proposals), Number(cell.Promoted), Number(cell.RolledBack));
        }

        table.Write(to);
        foreach (LiveCell cell in report.Cells)
        {
            to.WriteLine();
            to.WriteLine($"{cell.Scenario}, first seed:");
            foreach (string step in cell.Steps) to.WriteLine("- " + step);
        }
    }

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Of(Interval interval) => string.Create(CultureInfo.InvariantCulture, $"{interval.Mean:+0.00;-0.00;+0.00} ± {interval.Half:0.00}");

    private static string Percent(double? part) => part is { } known ? (100 * known).ToString("0", CultureInfo.InvariantCulture) + " %" : "–";
}
