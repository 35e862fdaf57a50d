using System.Globalization;
using StreamSched.Analysis.Twins;
using StreamSched.Reports;

namespace StreamSched.Logs;

/// <summary>What <c>streamsched twin</c> found, for people.</summary>
internal static class TwinTables
{
    /// <summary>Writes it as Markdown, which reads well in a terminal, too.</summary>
    /// <param name="report">The report.</param>
    /// <param name="to">Where to.</param>
    public static void Write(TwinReport report, TextWriter to)
    {
        to.WriteLine(Say($"# The twin of {report.Requests:N0} requests of {report.Seconds:0.0} s"));
        to.WriteLine();
        to.WriteLine(Say($"{report.PolicyShare:P1} of the decisions are of `{report.Policy}`, with ε = {report.Exploration:0.###}. ")
            + (report.PolicyFile is { } file ? $"To run it: `streamsched simulate --scenario {report.Scenario} --policy {file}`."
                : "This build cannot make it, so nothing is compared; give it with --policies."));
        to.WriteLine("Schedulers and their shares of the requests: " + string.Join(", ", report.Schedulers.Select(s => Say($"{s:P0}"))) + ".");
        if (report.Unanswered > 0) to.WriteLine(Say($"{report.Unanswered:N0} requests of which no end was read are left out."));
        if (report.Unreadable > 0) to.WriteLine($"{report.Unreadable} records cannot be read; the first: {report.FirstFault}");
        to.WriteLine();
        if (report.Figures.Count > 0) Figures(report, to);
        to.WriteLine("## Workers");
        to.WriteLine();
        MarkdownTable workers = new(
            "worker", "variant", "runs", "registered, ms", "really, ms", "scatter", "runs that took longer", "with one beside");
        foreach (TwinReport.Worker w in report.Workers)
        {
            workers.Row(
                $"{w.Id}/{w.Processor}", w.Variant, Say($"{w.Runs:N0}"), Say($"{w.RegisteredMs:0.000}"), w.Runs > 0 ? Say($"{w.Ms:0.000}") : "not seen",
                Say($"{w.Scatter:0.00}"), w.SpreadShare > 0 ? Say($"{w.SpreadShare:P1}, {w.SpreadFactor:0.0} times") : "none",
                w.Company is { } factor ? Say($"{factor:0.00} times") : "not seen");
        }

        workers.Write(to);
        to.WriteLine();
        to.WriteLine("## Ways");
        to.WriteLine();
        MarkdownTable ways = new("from", "to", "messages", "predicted, ms", "really, ms", "deviation, ms", "changes");
        foreach (TwinReport.Way w in report.Ways)
        {
            ways.Row(
                w.From, w.To, Say($"{w.Messages:N0}"), w.PredictedMs is { } told ? Say($"{told:0.00}") : "", Say($"{w.Ms:0.00}"), Say($"{w.JitterMs:0.00}"),
                Say($"{w.Changes}"));
        }

        ways.Write(to);
        to.WriteLine();
        foreach (TwinReport.Right r in report.Accuracies)
        {
            string with = r.Sites.Count == 0 ? "" : " with frames of devices at "
                + string.Join(", ", r.Sites.Select(s => s.Length > 0 ? $"`{s}`" : "no named site"));
            to.WriteLine(Say($"`{r.Variant}` was right {r.Accuracy:P1} of the time{with} from {r.From:0} s to {r.To:0} s, by {r.Labels:N0} labels."));
        }

        if (report.Accuracies.Count > 0) to.WriteLine();
        to.WriteLine("## Not seen, and assumed");
        to.WriteLine();
        foreach (string assumed in report.Assumed) to.WriteLine($"- {assumed}");
    }

    private static void Figures(TwinReport report, TextWriter to)
    {
        to.WriteLine("## The recorded policy in the twin");
        to.WriteLine();
        to.WriteLine(Say($"Without the first {report.WarmUp:0.#} s; {report.Seeds} runs of the twin, which is simulated."));
        to.WriteLine();
        MarkdownTable figures = new("", "really", "in the twin", "its runs");
        foreach (TwinFigure f in report.Figures)
            figures.Row(f.Name, Say($"{f.Real:0.0000}"), Say($"{f.Twin:0.0000} ± {f.TwinHalf:0.0000}"), Say($"{f.TwinLeast:0.0000} to {f.TwinMost:0.0000}"));
        figures.Write(to);
        to.WriteLine();
        foreach (string off in report.Off) to.WriteLine($"**Do not trust it blindly:** {off}.");
        if (report.Off.Count > 0) to.WriteLine();
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
