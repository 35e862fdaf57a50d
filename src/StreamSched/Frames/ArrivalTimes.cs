using System.Globalization;
using StreamSched.Core.Policies;
using StreamSched.Documents;

namespace StreamSched.Frames;

/// <summary>When a device sends its frames, in seconds since it began; ascending.</summary>
internal static class ArrivalTimes
{
    /// <summary>The column of a trace that counts.</summary>
    public const string Column = "time_s";

    private const long MostBytes = 1 << 30;

    /// <summary>Evenly spaced, without end.</summary>
    /// <param name="rate">Per second.</param>
    /// <param name="phase">The first, as a share of the space between two, 0..1; so that many devices do not send at once.</param>
    public static IEnumerable<double> Fixed(double rate, double phase)
    {
        for (long i = 0; ; i++) yield return (i + phase) / rate;
    }

    /// <summary>A Poisson process, without end.</summary>
    /// <param name="rate">Per second, in the mean.</param>
    /// <param name="random">The draws.</param>
    public static IEnumerable<double> Poisson(double rate, RandomStream random)
    {
        for (double at = random.NextExponential() / rate; ; at += random.NextExponential() / rate) yield return at;
    }

    /// <summary>The times of a CSV file: a header with a column <c>time_s</c>, then one arrival per line. Other columns are not looked at.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FrameException">It cannot be read; the message names the line.</exception>
    public static IReadOnlyList<double> Trace(string path)
    {
        List<double> times = [];
        int column = -1, line = 0;
        foreach (string text in UserFile.ReadLines(path, MostBytes))
        {
            line++;
            if (string.IsNullOrWhiteSpace(text) || text[0] == '#') continue;
            string[] cells = Cells(path, line, text);
            if (column < 0)
            {
                column = Array.FindIndex(cells, cell => cell.Equals(Column, StringComparison.OrdinalIgnoreCase));
                if (column < 0) throw new FrameException($"{path}({line}): the header has no column {Column}");
                continue;
            }

            if (cells.Length <= column || !double.TryParse(cells[column], NumberStyles.Float, CultureInfo.InvariantCulture, out double time)
                || !double.IsFinite(time) || time < 0)
                throw new FrameException($"{path}({line}): {Column} must be a number of seconds from 0");
            if (times.Count > 0 && time < times[^1]) throw new FrameException($"{path}({line}): {Column} goes back from {times[^1]} to {time}");
            times.Add(time);
        }

        return times.Count > 0 ? times : throw new FrameException($"{path}: holds no arrivals");
    }

    private static string[] Cells(string path, int line, string text)
    {
        try
        {
            return CsvLine.Split(text);
        }
        catch (FormatException exception)
        {
            throw new FrameException($"{path}({line}): {exception.Message}");
        }
    }
}
