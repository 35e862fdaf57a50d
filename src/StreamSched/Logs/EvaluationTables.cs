using System.Globalization;
using Spectre.Console;
using StreamSched.Analysis.Estimation;
using StreamSched.Hosting;

namespace StreamSched.Logs;

/// <summary>What <c>streamsched evaluate</c> found, for people. Values in points: hundredths of a request's worth.</summary>
internal static class EvaluationTables
{
    /// <summary>Writes it.</summary>
    /// <param name="context">Where to.</param>
    /// <param name="report">The report.</param>
    public static void Write(CommandContext context, EvaluationReport report)
    {
        LogFigures log = report.Log;
        context.Out.WriteOneLine(Say(
            $"{log.Decisions:N0} decisions, {log.Full:N0} of them in full, {100 * log.Joined:0.0} % with a result; worth {100 * log.Gross:0.00} points ")
            + Say($"a request, {100 * log.Net:0.00} net of prices; latency p50 {Text(log.Median)}, p99 {Text(log.P99)}"));
        foreach ((string version, long count) in log.Versions) context.Out.WriteOneLine(Say($"  {count,9:N0} by {version}"));
        foreach ((string reason, long count) in log.LeftOut) context.Out.WriteOneLine(Say($"  {count,9:N0} left out: {reason}"));
        if (report.Source.Unreadable > 0)
            context.Out.WriteOneLine($"  {report.Source.Unreadable} records cannot be read; the first: {report.Source.FirstFault}");
        if (report.Source.Gone > 0) context.Out.WriteOneLine($"  {report.Source.Gone} records of the wanted part have left the topic");
        Table answers = new Table().Border(TableBorder.Rounded).Title("More than the policy that logged, points a request")
            .AddColumns("policy", "gross: ignores what a request takes from others", "net of prices", "re-simulated", "p50", "p99");
        foreach (EvaluationReport.Entry entry in report.Policies)
        {
            PolicyFigures p = entry.Figures;
            answers.AddRow(
                new Text(p.Policy), new Text(Text(p.Gross)), new Text(Text(p.Net)),
                new Text(entry.Resimulated is { } more ? Say($"{100 * more:+0.00;-0.00;0.00} ± {100 * entry.ResimulatedHalf:0.00}") : "give --scenario"),
                new Text(Text(p.Median)), new Text(Text(p.P99)));
        }

        context.Console.Write(answers);
        if (report.Policies.Any(p => p.Figures.Gross is not null)) context.Console.Write(Estimates(report));
        foreach (EvaluationReport.Entry entry in report.Policies) Remarks(context, entry);
    }

    private static Table Estimates(EvaluationReport report)
    {
        string[] names = [.. report.Policies.First(p => p.Figures.Gross is not null).Figures.Gross!.Estimates.Keys];
        Table table = new Table().Border(TableBorder.Rounded).Title("Value of a request, points").AddColumns("policy", "", "effective", "mean weight")
            .AddColumns(names);
        foreach (PolicyFigures p in report.Policies.Select(e => e.Figures).Where(p => p.Gross is not null))
        {
            foreach ((string kind, ValueEstimates values) in ((string, ValueEstimates)[])[("gross", p.Gross!), ("net", p.Net!)])
            {
                table.AddRow(
                [
                    new Text(kind == "gross" ? p.Policy : ""), new Text(kind), new Text(kind == "gross" ? Say($"{p.EffectiveSampleSize:N0}") : ""),
                    new Text(kind == "gross" ? Say($"{p.MeanWeight:0.000}") : ""), .. names.Select(n => new Text(Say($"{100 * values.Estimates[n]:0.00}"))),
                ]);
            }
        }

        return table;
    }

    private static void Remarks(CommandContext context, EvaluationReport.Entry entry)
    {
        PolicyFigures p = entry.Figures;
        foreach (string refusal in p.Refusals) context.Out.WriteOneLine($"{p.Policy}: no estimate: {refusal}");
        foreach (string flag in p.Flags) context.Out.WriteOneLine($"{p.Policy}: {flag}");
        if (entry.IsContradicted)
        {
            context.Out.WriteOneLine(
                $"{p.Policy}: do not trust gross: the answers have different signs. Requests share queues, and what one takes the others miss; try the policy "
                + "by switchback (docs/learning.md)");
        }
        else if (p.Gross is { } gross)
        {
            context.Out.WriteOneLine(p.Policy + ": " + (gross.Lower > 0 && p.Net!.Lower > 0 ? "better by this log"
                : gross.Upper < 0 && p.Net!.Upper < 0 ? "worse by this log" : "this log does not tell whether it is better"));
        }
    }

    private static string Text(ValueEstimates? v) => v is null ? "no estimate"
        : Say($"{100 * v.Difference:+0.00;-0.00;0.00} [{100 * v.Lower:0.00}, {100 * v.Upper:0.00}] (bootstrap [{100 * v.BootstrapLower:0.00}, ")
            + Say($"{100 * v.BootstrapUpper:0.00}])");

    private static string Text(LatencyBand? band) => band is null || double.IsNaN(band.Value) ? "-"
        : Say($"{1e3 * band.Value:0.#} ms [{1e3 * band.Lower:0.#}, {1e3 * band.Upper:0.#}]");

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
