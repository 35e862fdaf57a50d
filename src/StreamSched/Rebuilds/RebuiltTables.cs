using System.Globalization;
using Spectre.Console;
using StreamSched.Hosting;

namespace StreamSched.Rebuilds;

/// <summary>What <c>streamsched replay --rebuild</c> found, for people.</summary>
internal static class RebuiltTables
{
    /// <summary>Writes it.</summary>
    /// <param name="context">Where to.</param>
    /// <param name="report">The report.</param>
    public static void Write(CommandContext context, RebuiltReport report)
    {
        Say(context, $"{report.Decisions:N0} decisions of {report.Schedulers} schedulers, read in {report.Seconds:0.0} s");
        if (report.Unreadable > 0) context.Out.WriteOneLine($"{report.Unreadable} records cannot be read; the first: {report.FirstFault}");
        if (report.WithoutRequest > 0) Say(context, $"{report.WithoutRequest:N0} decisions have no request in this part of the topics");
        Table table = new Table().Border(TableBorder.Rounded)
            .AddColumns(report.With is null ? "policy" : "asked", "version", "digest", "compared", "the same", "not to be chosen", "explored", "not asked");
        foreach (RebuiltVersion v in report.Versions)
        {
            table.AddRow(
                new Text(v.Policy), Number(v.Version), new Text(v.Digest), Number(v.Compared), new Text(v.Compared == 0 ? "" : Percent(v.Same / v.Compared)),
                Number(v.NotThere), Number(v.Explored),
                new Text(string.Join("; ", v.Skipped.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Value:N0}: {s.Key}")))));
        }

        if (report.Versions.Count > 0) context.Console.Write(table);
        if (report.WaitingMilliseconds is { } waiting) context.Out.WriteOneLine($"predicted waiting is off by {waiting} ms");
        if (report.OnTime is { } onTime) context.Out.WriteOneLine($"the probability of being in time is off by {onTime}");
        context.Out.WriteOneLine(report.Agreement is { } agreement
            ? $"approximate: in views that were built from the topics {report.With ?? "the same policies"} would have chosen the same in {Percent(agreement)}"
            : "nothing could be compared: take a longer part, or a shorter --warm-up");
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    private static void Say(CommandContext context, FormattableString text) => context.Out.WriteOneLine(text.ToString(CultureInfo.InvariantCulture));

    private static Text Number(long number) => new(number.ToString("N0", CultureInfo.InvariantCulture));
}
