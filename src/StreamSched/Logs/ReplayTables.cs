using System.Globalization;
using Spectre.Console;
using StreamSched.Analysis.Replays;
using StreamSched.Hosting;

namespace StreamSched.Logs;

/// <summary>What <c>streamsched replay</c> found, for people.</summary>
internal static class ReplayTables
{
    private const int PairsShown = 10;

    /// <summary>Writes whether decisions are the same.</summary>
    /// <param name="context">Where to.</param>
    /// <param name="report">The report.</param>
    public static void Write(CommandContext context, ReplayReport report)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns("policy", "version", "digest", "in full", "same", "differ", "not taken again");
        foreach (VersionAgreement v in report.Versions)
        {
            table.AddRow(
                new Text(v.Policy), Number(v.Version), new Text(v.Digest), Number(v.Full), Number(v.Same), Number(v.Differing),
                new Text(string.Join("; ", v.Skipped.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Value:N0}: {s.Key}")))));
        }

        Head(context, report.Log, report.Seconds);
        if (report.Versions.Count > 0) context.Console.Write(table);
        else context.Out.WriteOneLine("none of them is recorded in full: see the scheduler's --full-records");
        foreach (DecisionPair pair in report.First) Write(context, pair, "again");
        context.Out.WriteOneLine(report switch
        {
            { Differing: > 0 } => $"{report.Differing} decisions differ: another build, another processor's arithmetic, or records that were changed",
            { IsMissingVersions: true } => "a version decided that nobody has here; give its file: --policies FILE",
            { Same: 0 } => "no decision could be taken again",
            _ => string.Create(CultureInfo.InvariantCulture, $"all {report.Same:N0} decisions are the same, bit for bit"),
        });
    }

    /// <summary>Writes what another policy would have done.</summary>
    /// <param name="context">Where to.</param>
    /// <param name="report">The report.</param>
    public static void Write(CommandContext context, ComparisonReport report)
    {
        Head(context, report.Log, report.Seconds);
        context.Out.WriteOneLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.With} would have taken {report.Otherwise:N0} of {report.Compared:N0} decisions otherwise: about {100 * report.Share:0.0} % of all"));
        if (report.Skipped > 0) context.Out.WriteOneLine($"{report.Skipped} records in full have another layout and were left out");
        if (report.Pairs.Count > 0)
        {
            Table table = new Table().Border(TableBorder.Rounded).AddColumns("recorded", report.With, "times");
            foreach (ComparisonReport.Instead pair in report.Pairs.Take(PairsShown))
                table.AddRow(new Text(pair.Recorded), new Text(pair.Other), Number(pair.Count));
            context.Console.Write(table);
            if (report.Pairs.Count > PairsShown) context.Out.WriteOneLine($"and {report.Pairs.Count - PairsShown} more; --json has them all");
        }

        foreach (DecisionPair pair in report.First) Write(context, pair, report.With);
    }

    private static void Head(CommandContext context, LogSummary log, double seconds)
    {
        context.Out.WriteOneLine(string.Create(
            CultureInfo.InvariantCulture, $"{log.Records:N0} decisions read in {seconds:0.0} s ({log.Records / Math.Max(seconds, 1e-3):N0} a second)"));
        if (log.Unreadable > 0) context.Out.WriteOneLine($"{log.Unreadable} records cannot be read; the first: {log.FirstFault}");
        if (log.Gone > 0) context.Out.WriteOneLine($"{log.Gone} records of the wanted part have left the topic");
    }

    private static void Write(CommandContext context, DecisionPair pair, string other)
    {
        context.Out.WriteOneLine(string.Create(
            CultureInfo.InvariantCulture, $"{pair.Id} at {pair.At.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffff} by {pair.Scheduler}:"));
        context.Out.WriteOneLine($"  recorded {Line(pair.Recorded)}");
        context.Out.WriteOneLine($"  {other} {Line(pair.Other)}");
        context.Out.WriteOneLine("  " + string.Join("  ", pair.Features.Where(f => !f.Value[0].Equals(f.Value[1])).Select(f =>
            string.Create(CultureInfo.InvariantCulture, $"{f.Key} {f.Value[0]:g4}|{f.Value[1]:g4}"))));
    }

    private static string Line(DecisionPair.Side side) => string.Create(
        CultureInfo.InvariantCulture,
        $"{side.Placement ?? "rejected"} by {side.Policy}, propensity {side.Propensity:g9}{(side.Explored ? ", explored" : "")}");

    private static Text Number(long number) => new(number.ToString("N0", CultureInfo.InvariantCulture));
}
