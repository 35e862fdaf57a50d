using System.Globalization;
using StreamSched.Analysis.Estimation;
using StreamSched.Hosting;
using StreamSched.Reports;

namespace StreamSched.Logs;

/// <summary>What <c>streamsched evaluate</c> found, for people. Values in points: hundredths of a request's worth.</summary>
internal static class EvaluationTables
{
    /// <summary>Writes it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="to">Where to.</param>
    public static void Write(EvaluationReport report, TextWriter to)
    {
        LogFigures log = report.Log;
        to.WriteLine(
            Say($"{log.Decisions:N0} decisions, {log.Full:N0} of them in full, {100 * log.Joined:0.0} % with a result; worth {100 * log.Gross:0.00} points ")
            + Say($"a request, {100 * log.Net:0.00} net of prices; latency p50 {Text(log.Median)}, p99 {Text(log.P99)}"));
        foreach ((string version, long count) in log.Versions) to.WriteOneLine(Say($"  {count,9:N0} by {version}"));
        foreach ((string reason, long count) in log.LeftOut) to.WriteOneLine(Say($"  {count,9:N0} left out: {reason}"));
        if (log.Corrected > 0)
        {
            string variants = string.Join(", ", log.CorrectedVariants.Take(10));
            to.WriteOneLine(Say($"  {log.Corrected,9:N0} answers without a label count as labels showed of {variants}"));
        }

        if (report.Source.Unreadable > 0) to.WriteOneLine($"  {report.Source.Unreadable} records cannot be read; the first: {report.Source.FirstFault}");
        if (report.Source.Gone > 0) to.WriteLine($"  {report.Source.Gone} records of the wanted part have left the topic");
        to.WriteLine();
        to.WriteLine("### More than the policy that logged, points a request");
        to.WriteLine();
        MarkdownTable answers = new("policy", "gross: ignores what a request takes from others", "net of prices", "re-simulated", "p50", "p99");
        foreach (EvaluationReport.Entry entry in report.Policies)
        {
            PolicyFigures p = entry.Figures;
            answers.Row(
                p.Policy, Text(p.Gross), Text(p.Net),
                entry.Resimulated is { } more ? MarkdownTable.Signed(100 * more, 100 * (entry.ResimulatedHalf ?? 0)) : "give --scenario", Text(p.Median),
                Text(p.P99));
        }

        answers.Write(to);
        to.WriteLine();
        if (report.Policies.Any(p => p.Figures.Gross is not null)) Estimates(report, to);
        foreach (EvaluationReport.Entry entry in report.Policies) Remarks(to, entry);
    }

    private static void Estimates(EvaluationReport report, TextWriter to)
    {
        string[] names = [.. report.Policies.First(p => p.Figures.Gross is not null).Figures.Gross!.Estimates.Keys];
        to.WriteLine("### Value of a request, points");
        to.WriteLine();
        MarkdownTable table = new(["policy", "", "effective", "mean weight", .. names]);
        foreach (PolicyFigures p in report.Policies.Select(e => e.Figures).Where(p => p.Gross is not null))
        {
            foreach ((string kind, ValueEstimates values) in ((string, ValueEstimates)[])[("gross", p.Gross!), ("net", p.Net!)])
            {
                bool isFirst = kind == "gross";
                table.Row(
                [
                    isFirst ? p.Policy : "", kind, isFirst ? Say($"{p.EffectiveSampleSize:N0}") : "", isFirst ? Say($"{p.MeanWeight:0.000}") : "",
                    .. names.Select(n => Say($"{100 * values.Estimates[n]:0.00}")),
                ]);
            }
        }

        table.Write(to);
        to.WriteLine();
    }

    private static void Remarks(TextWriter to, EvaluationReport.Entry entry)
    {
        PolicyFigures p = entry.Figures;
        foreach (string refusal in p.Refusals) to.WriteOneLine($"{p.Policy}: no estimate: {refusal}");
        foreach (string flag in p.Flags) to.WriteOneLine($"{p.Policy}: {flag}");
        if (entry.IsContradicted)
        {
            to.WriteOneLine(
                $"{p.Policy}: do not trust gross: the answers have different signs. Requests share queues, and what one takes the others miss; try the policy "
                + "by switchback (docs/learning.md)");
        }
        else if (p.Gross is { } gross)
        {
            to.WriteOneLine(p.Policy + ": " + (gross.Lower > 0 && p.Net!.Lower > 0 ? "better by this log"
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
