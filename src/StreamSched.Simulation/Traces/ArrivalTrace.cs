using StreamSched.Documents;

namespace StreamSched.Simulation.Traces;

/// <summary>
/// Arrivals from a CSV file: either one row per request (<c>time_s</c> and optional <c>app</c>, <c>site</c>, <c>deadline_s</c>), or rates
/// (<c>start_s,rate_per_s</c>) within which instants are drawn as a Poisson process. What <c>simulate --trace</c> wrote is of the first kind; its other columns
/// say what became of the requests and are passed over.
/// </summary>
internal sealed class ArrivalTrace
{
    /// <summary>The columns of a trace that a simulation wrote.</summary>
    public static readonly IReadOnlyList<string> WrittenColumns =
    [
        Time, Application, Site, "state", Deadline, "status", "reason", "worker", "accuracy", "latency_s", "queue_s", "service_s", "batch", "energy_j",
        "attempt",
    ];

    private const string Time = "time_s", Application = "app", Site = "site", Deadline = "deadline_s";

    public IReadOnlyList<TraceRow> Requests { get; private init; } = [];

    public IReadOnlyList<(double At, double Value)> Rates { get; private init; } = [];

    public bool IsRates => Rates.Count > 0;

    /// <exception cref="FormatException">The file is not as described.</exception>
    public static ArrivalTrace Read(TextReader reader)
    {
        string[]? header = null;
        List<TraceRow> requests = [];
        List<(double, double)> rates = [];
        int line = 0;
        double last = double.NegativeInfinity;
        while (reader.ReadLine() is { } text)
        {
            line++;
            if (string.IsNullOrWhiteSpace(text) || text[0] == '#') continue;
            string[] cells = Cells(line, text);
            if (header is null)
            {
                header = cells;
                if (!IsKnown(header)) throw new FormatException(
                    $"line {line}: the header is neither 'start_s,rate_per_s' nor 'time_s' with 'app', 'site', 'deadline_s' or what simulate --trace writes");
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
                continue;
            }

            double deadline = 0;
            if (Cell(Deadline) is { Length: > 0 } due && (!TraceText.TryNumber(due, out deadline) || deadline <= 0))
                throw new FormatException($"line {line}: '{due}' is not a deadline");
            requests.Add(new TraceRow(at, Cell(Application), Cell(Site), deadline));
            string Cell(string name) => Array.IndexOf(header, name) is > 0 and int i ? cells[i] : "";
        }

        if (rates.Count + requests.Count == 0) throw new FormatException("has no rows");
        if (rates.Count > 0 && rates.TrueForAll(r => r.Item2 == 0)) throw new FormatException("the rate is 0 in all rows: nothing ever arrives");
        if (rates.Count > 0 && rates[0].Item1 != 0) rates.Insert(0, (0, 0));
        return new ArrivalTrace { Requests = requests, Rates = rates };
    }

    /// <summary>The first application or site that rows name and a scenario does not have; null: there is none.</summary>
    /// <param name="applications">The scenario's applications.</param>
    /// <param name="sites">The scenario's sites.</param>
    public string? Unknown(HashSet<string> applications, HashSet<string> sites)
    {
        foreach (TraceRow row in Requests)
        {
            if (row.Application.Length > 0 && !applications.Contains(row.Application))
                return FormattableString.Invariant($"there is no application '{row.Application}', which the row at {row.At} s names");
            if (row.Site.Length > 0 && !sites.Contains(row.Site))
                return FormattableString.Invariant($"there is no site '{row.Site}', which the row at {row.At} s names");
        }

        return null;
    }

    private static bool IsKnown(string[] header) => header[0] == "start_s"
        ? header is ["start_s", "rate_per_s"]
        : header[0] == Time && header.Distinct().Count() == header.Length && header.Skip(1).All(WrittenColumns.Contains);

    private static string[] Cells(int line, string text)
    {
        try
        {
            return CsvLine.Split(text);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"line {line}: {exception.Message}", exception);
        }
    }
}
