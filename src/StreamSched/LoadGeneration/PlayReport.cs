using System.Globalization;
using StreamSched.Client;
using StreamSched.Hosting;

namespace StreamSched.LoadGeneration;

/// <summary>Figures of a play, for people and for programs.</summary>
internal static class PlayReport
{
    /// <summary>One line while it goes on.</summary>
    public static string Line(PlayFigures figures)
    {
        lock (figures.Sync)
        {
            return $"sent {figures.Sent}, in time {figures.OnTime}, late {figures.Late}, rejected {figures.Rejected}, expired {figures.Expired}, "
                + $"failed {figures.Failed}, waiting {figures.Sent - figures.Ended}, p50 {Milliseconds(figures.Latency.Percentile(0.5))}, "
                + $"p95 {Milliseconds(figures.Latency.Percentile(0.95))}, accuracy {Percent(figures.Accuracy)}";
        }
    }

    /// <summary>The summary.</summary>
    public static void Print(TextWriter output, PlayFigures figures, DeviceClientCounters counters)
    {
        lock (figures.Sync)
        {
            output.WriteOneLine($"sent        {figures.Sent}");
            output.WriteOneLine($"ok          {figures.OnTime + figures.Late}, of them {figures.Late} late");
            foreach ((string name, long count) in (ReadOnlySpan<(string, long)>)
                [("rejected", figures.Rejected), ("expired", figures.Expired), ("failed", figures.Failed), ("no answer", figures.NoAnswer),
                    ("not sent", figures.NotSent)])
            {
                string[] reasons = [.. figures.Reasons.Where(reason => reason.Key.StartsWith(name.ToUpperInvariant() + " ", StringComparison.Ordinal))
                    .Select(reason => $"{reason.Key[(name.Length + 1)..]} {reason.Value}")];
                output.WriteOneLine($"{name,-12}{count}{(reasons.Length == 0 ? "" : $" ({string.Join(", ", reasons)})")}");
            }

            output.WriteOneLine($"duplicates  {counters.Duplicates}{(counters.TooLate > 0 ? $", and {counters.TooLate} after they were given up" : "")}");
            output.WriteOneLine($"accuracy    {Percent(figures.Accuracy)}{(figures.Labelled > 0 ? $" ({figures.Right} of {figures.Labelled} right)" : "")}");
            output.WriteOneLine($"latency     p50 {Milliseconds(figures.Latency.Percentile(0.5))}, p95 {Milliseconds(figures.Latency.Percentile(0.95))}, "
                + $"p99 {Milliseconds(figures.Latency.Percentile(0.99))}");
            if (figures.Problem is not null) output.WriteOneLine(figures.Problem);
        }
    }

    /// <summary>The same for programs.</summary>
    public static object Json(PlayFigures figures, DeviceClientCounters counters)
    {
        lock (figures.Sync)
        {
            return new
            {
                figures.Sent, Ok = figures.OnTime + figures.Late, figures.OnTime, figures.Late, figures.Rejected, figures.Expired, figures.Failed,
                figures.NoAnswer, figures.NotSent, Reasons = figures.Reasons.ToDictionary(), counters.Duplicates, counters.TooLate, figures.Labelled,
                figures.Right, figures.Accuracy,
                LatencyMs = new
                {
                    P50 = figures.Latency.Percentile(0.5)?.TotalMilliseconds, P95 = figures.Latency.Percentile(0.95)?.TotalMilliseconds,
                    P99 = figures.Latency.Percentile(0.99)?.TotalMilliseconds,
                    Max = figures.Latency.Count == 0 ? (double?)null : figures.Latency.Max.TotalMilliseconds,
                },
                figures.Problem,
            };
        }
    }

    private static string Milliseconds(TimeSpan? time) => time is { } some ? some.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture) + " ms" : "-";

    private static string Percent(double? share) => share is { } some ? (some * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "-";
}
