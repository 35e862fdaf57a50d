namespace StreamSched.Simulation.Traces;

/// <summary>
/// Arrivals from a CSV file: either one row per request (<c>time_s</c> and optional <c>app</c>, <c>site</c>), or rates (<c>start_s,rate_per_s</c>) within which
/// instants are drawn as a Poisson process.
/// </summary>
internal sealed class ArrivalTrace
{
    public IReadOnlyList<(double At, string App, string Site)> Requests { get; private init; } = [];

    public IReadOnlyList<(double At, double Value)> Rates { get; private init; } = [];

    public bool IsRates => Rates.Count > 0;

    /// <exception cref="FormatException">The file is not as described.</exception>
    public static ArrivalTrace Read(TextReader reader)
    {
        string[]? header = null;
        List<(double, string, string)> requests = [];
        List<(double, double)> rates = [];
        int line = 0;
        double last = double.NegativeInfinity;
        while (reader.ReadLine() is { } text)
        {
            line++;
            if (text.Length == 0 || text[0] == '#') continue;
            string[] cells = text.Split(',');
            if (header is null)
            {
                header = cells;
                bool known = header[0] == "start_s" ? header is ["start_s", "rate_per_s"] : header[0] == "time_s" && header.Skip(1).All(h => h is "app" or "site");
                if (!known) throw new FormatException($"line {line}: the header is neither 'start_s,rate_per_s' nor 'time_s' with 'app' and 'site'");
                continue;
            }

            if (cells.Length != header.Length || !TraceText.TryNumber(cells[0], out double at) || at < 0)
                throw new FormatException($"line {line}: '{text}' is not '{string.Join(',', header)}'");
            if (at < last || (at == last && header[0] == "start_s")) throw new FormatException($"line {line}: times must ascend");
            last = at;
            if (header[0] == "start_s")
            {
                if (!TraceText.TryNumber(cells[1], out double rate) || rate < 0) throw new FormatException($"line {line}: '{cells[1]}' is not a rate");
                rates.Add((at, rate));
            }
            else
            {
                requests.Add((at, Cell("app"), Cell("site")));
                string Cell(string name) => Array.IndexOf(header, name) is > 0 and int i ? cells[i] : "";
            }
        }

        if (rates.Count + requests.Count == 0) throw new FormatException("has no rows");
        if (rates.Count > 0 && rates[0].Item1 != 0) rates.Insert(0, (0, 0));
        return new ArrivalTrace { Requests = requests, Rates = rates };
    }
}
