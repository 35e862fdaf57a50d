using System.Globalization;
using StreamSched.Simulation.Judges;

namespace StreamSched.Reports;

/// <summary>How wrong each judge of policies is, as Markdown.</summary>
internal static class JudgesTables
{
    /// <summary>Writes it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="to">Where to.</param>
    public static void Write(JudgesReport report, TextWriter to)
    {
        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{report.Provenance}; neural {report.Digest}, {report.Seeds} seeds from 90001"));
        to.WriteLine("challenger less champion in points (hundredths of value per request); cells are view/load/champion/challenger");
        to.WriteLine();
        to.WriteLine("By judge, over all cells. Wrong sign: of those cells whose truth is known to differ from 0.");
        to.WriteLine();
        MarkdownTable judges = new("judge", "mean absolute error", "largest", "wrong sign");
        foreach ((string name, int j) in JudgesExperiment.Judges.Select((name, j) => (name, j)))
        {
            (double Error, bool IsWrong)[] figures = [.. report.Cells.Select(c => (Math.Abs(c.Judges[j].Error.Mean), IsWrong(c, c.Judges[j])))];
            judges.Row(
                name, Number(figures.Average(f => f.Error)), Number(figures.Max(f => f.Error)),
                $"{figures.Count(f => f.IsWrong)} of {report.Cells.Count(c => c.Truth.ExcludesZero)}");
        }

        judges.Write(to);
        to.WriteLine();
        to.WriteLine("Estimates ± standard deviation over seeds; ✗: the wrong sign. Truth ± interval of 95 %.");
        to.WriteLine();
        MarkdownTable estimates = new(["cell", "champion", "truth", .. JudgesExperiment.Judges]);
        foreach (JudgedCell cell in report.Cells)
        {
            estimates.Row([
                cell.World, Number(cell.Champion), MarkdownTable.Signed(cell.Truth),
                .. cell.Judges.Select(f => (IsWrong(cell, f) ? "✗ " : "") + MarkdownTable.Signed(f.Estimate, f.Deviation)),
            ]);
        }

        estimates.Write(to);
        to.WriteLine();
        to.WriteLine("Errors ± interval of 95 %.");
        to.WriteLine();
        MarkdownTable errors = new(["cell", .. JudgesExperiment.Judges]);
        foreach (JudgedCell cell in report.Cells) errors.Row([cell.World, .. cell.Judges.Select(f => MarkdownTable.Signed(f.Error))]);
        errors.Write(to);
    }

    private static bool IsWrong(JudgedCell cell, JudgeFigure figure) => cell.Truth.ExcludesZero && !figure.HasRightSign;

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
