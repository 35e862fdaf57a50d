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
        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Cells.Sum(c => c.Count)} candidates, {report.Cells.Sum(c => c.Promoted)} of them promoted; {report.Days.Sum(d => d.NotTaken)} were not taken before their world's end; the largest loss of an hour by the roll-out's own account: {report.Days.Max(d => d.MostLossOfHour):0.00} points"));
        to.WriteLine();
        MarkdownTable gates = new("kind", "proposed", "stopped by", "promoted");
        foreach (CandidatesCell cell in report.Cells)
            gates.Row(cell.Kind, Whole(cell.Count), string.Join(", ", cell.Gates.Select(g => $"{g.Key} {Whole(g.Value)}")), Whole(cell.Promoted));
        gates.Write(to);
        to.WriteLine();
        to.WriteLine("Until it was stopped: median and most. Losses in points of an hour's value, the largest: by the interval that stopped it, and in truth.");
        to.WriteLine();
        MarkdownTable harm = new("kind", "seconds", "most", "windows", "most", "most after a guard's interval showed harm", "loss, bound", "loss, truth");
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
        MarkdownTable truth = new("kind", "tried", "truth", "not worse in truth", "canary, 10 %", "worse, and better by the canary");
        foreach (CandidatesCell cell in report.Cells.Where(c => c.Tried > 0))
            truth.Row(cell.Kind, Whole(cell.Tried), Signed(cell.Truth), Whole(cell.NotWorse), Signed(cell.Canary), Whole(cell.CanaryFooled));
        truth.Write(to);
    }

    private static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Signed(Interval? interval) => interval is { } i ? string.Create(CultureInfo.InvariantCulture, $"{i.Mean:+0.00;-0.00;+0.00} ± {i.Half:0.00}") : "–";
}
