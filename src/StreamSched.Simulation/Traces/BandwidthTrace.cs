namespace StreamSched.Simulation.Traces;

/// <summary>Bandwidth over time, from rows of seconds and Mbit/s; each value holds until the next row, and the whole repeats.</summary>
internal sealed class BandwidthTrace
{
    private const double BytesPerMegabit = 125_000;

    // A dead spot still lets something through, so that a message arrives some day.
    private const double Least = 0.01 * BytesPerMegabit;
    private readonly double[] _from;
    private readonly double[] _bytesPerSecond;
    private readonly double _length;

    public BandwidthTrace(IReadOnlyList<(double Seconds, double MegabitPerSecond)> rows, double scale)
    {
        if (rows.Count < 2) throw new FormatException("a bandwidth trace needs two rows at least");
        double start = rows[0].Seconds;
        _from = [.. rows.Select(r => r.Seconds - start)];
        _bytesPerSecond = [.. rows.Select(r => Math.Max(Least, r.MegabitPerSecond * scale * BytesPerMegabit))];
        for (int i = 1; i < _from.Length; i++)
            if (!(_from[i] > _from[i - 1])) throw new FormatException($"row {i + 1}: times must ascend");
        _length = _from[^1] + (_from[^1] - _from[^2]);

        // What a message of a given size takes on the mean is by the mean of the inverse.
        double inverse = 0;
        for (int i = 0; i < _from.Length; i++) inverse += ((i + 1 < _from.Length ? _from[i + 1] : _length) - _from[i]) / _bytesPerSecond[i];
        Mean = _length / inverse;
        Most = _bytesPerSecond.Max();
    }

    /// <summary>Harmonic mean, bytes per second.</summary>
    public double Mean { get; }

    /// <summary>Largest value, bytes per second.</summary>
    public double Most { get; }

    /// <summary>Bytes per second at an instant.</summary>
    public double At(double seconds)
    {
        double t = seconds % _length;
        int i = Array.BinarySearch(_from, t);
        return _bytesPerSecond[i >= 0 ? i : ~i - 1];
    }

    /// <exception cref="FormatException">A row is not two numbers.</exception>
    public static BandwidthTrace Read(TextReader reader, double scale)
    {
        List<(double, double)> rows = [];
        int line = 0;
        while (reader.ReadLine() is { } text)
        {
            line++;
            if (string.IsNullOrWhiteSpace(text) || text[0] == '#') continue;
            string[] cells = text.Split(['\t', ' ', ','], StringSplitOptions.RemoveEmptyEntries);
            if (cells.Length < 2 || !TraceText.TryNumber(cells[0], out double at) || !TraceText.TryNumber(cells[1], out double rate) || rate < 0)
                throw new FormatException($"line {line}: '{text}' is not 'time_s Mbit/s'");
            rows.Add((at, rate));
        }

        return new BandwidthTrace(rows, scale);
    }
}
