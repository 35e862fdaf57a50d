using System.Globalization;
using StreamSched.Simulation.BadCandidates;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Reports;

/// <summary>What became of bad candidates, as Markdown.</summary>
internal static class CandidatesTables
{
    /// <summary>Writes it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="to">Where to.</param>
    public static void Write(CandidatesReport report, TextWriter to)
    {
        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Provenance}; champion neural {report.Digest}, {report.Seeds} seeds of {CandidatesExperiment.WorldsOfSeed} worlds from 90001"));
        (int count, int promoted, int unfinished) = (report.Cells.Sum(c => c.Count), report.Cells.Sum(c => c.Promoted), report.Days.Sum(d => d.Unfinished));
        to.WriteLine($"{Whole(count)} candidates, {Whole(promoted)} promoted; {Whole(unfinished)} more were not done when their world ended");
        (string truth, string account) = (Number(report.Days.Max(d => d.LossOfHour), "0.00"), Number(report.Days.Max(d => d.AccountOfHour), "0.00"));
        to.WriteLine($"the largest loss of an hour in points of its value: {truth} in truth, {account} by the roll-out's own account");
        to.WriteLine();
        MarkdownTable gates = new("kind", "proposed", "stopped by", "promoted");
        foreach (CandidatesCell cell in report.Cells)
            gates.Row(cell.Kind, Whole(cell.Count), string.Join(", ", cell.Gates.Select(g => $"{g.Key} {Whole(g.Value)}")), Whole(cell.Promoted));
        gates.Write(to);
        to.WriteLine();
        to.WriteLine("Until one was stopped; the largest loss of one in points of an hour's value, as it can have been at most and in truth.");
        to.WriteLine();
        MarkdownTable harm = new("kind", "seconds", "most", "windows", "most", "most after a guard showed harm", "loss at most", "in truth");
        foreach (CandidatesCell cell in report.Cells)
        {
            harm.Row(
                cell.Kind, Number(cell.MedianSeconds, "0.0"), Number(cell.MostSeconds, "0.0"), Number(cell.MedianWindows, "0.#"), Whole(cell.MostWindows),
                Whole(cell.MostWindowsAfterHarm), Number(cell.MostLoss, "0.000"), Number(cell.MostTrueLoss, "0.000"));
        }

        harm.Write(to);
        to.WriteLine();
        to.WriteLine("Those that reached a trial, candidate less champion in points ± interval of 95 % over worlds.");
        to.WriteLine();
        MarkdownTable truths = new("kind", "load", "tried", "truth", "not worse in truth", "canary, 10 %", "worse in truth, better by the canary");
        foreach (CandidatesTruth cell in report.Truths)
        {
            truths.Row(
                cell.Kind, Number(cell.Load, "0.0"), Whole(cell.Count), Signed(cell.Truth), Whole(cell.NotWorse), Signed(cell.Canary),
                Whole(cell.CanaryFooled));
        }

        truths.Write(to);
    }

    private static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Signed(Interval interval) => string.Create(CultureInfo.InvariantCulture, $"{interval.Mean:+0.00;-0.00;+0.00}")
        + (double.IsFinite(interval.Half) ? string.Create(CultureInfo.InvariantCulture, $" ± {interval.Half:0.00}") : "");
}
