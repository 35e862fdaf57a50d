using System.Globalization;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Reports;

/// <summary>A table that reads well in a terminal and in a Markdown file alike.</summary>
/// <param name="heads">Heads of the columns; the first column is aligned left, the others right.</param>
internal sealed class MarkdownTable(params string[] heads)
{
    private readonly List<string[]> _rows = [heads];

    /// <summary>A figure with its sign and how far it scatters.</summary>
    /// <param name="value">The figure.</param>
    /// <param name="scatter">Half of an interval, or a standard deviation.</param>
    public static string Signed(double value, double scatter) => string.Create(CultureInfo.InvariantCulture, $"{value:+0.00;-0.00;+0.00} ± {scatter:0.00}");

    /// <summary>A figure with its sign and half of its interval.</summary>
    /// <param name="value">The figure.</param>
    public static string Signed(Interval value) => Signed(value.Mean, value.Half);

    /// <summary>Adds a row.</summary>
    /// <param name="cells">As many as there are columns.</param>
    public void Row(params string[] cells) => _rows.Add(cells);

    /// <summary>Writes the table.</summary>
    /// <param name="to">Where to.</param>
    public void Write(TextWriter to)
    {
        int[] widths = [.. Enumerable.Range(0, heads.Length).Select(c => Math.Max(3, _rows.Max(r => r[c].Length)))];
        for (int r = 0; r < _rows.Count; r++)
        {
            to.WriteLine("| " + string.Join(" | ", _rows[r].Select((cell, c) => c == 0 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))) + " |");
            if (r == 0)
                to.WriteLine("|" + string.Join("|", widths.Select((width, c) => c == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":")) + "|");
        }
    }
}
