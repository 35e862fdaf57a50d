using StreamSched.Simulation.Worlds;

namespace StreamSched.Analysis.Twins;

/// <summary>What a run was like, really or in the twin: the figures that are held side by side.</summary>
/// <param name="Success">Share answered in time.</param>
/// <param name="Reject">Share refused.</param>
/// <param name="Failure">Share neither answered in time nor refused.</param>
/// <param name="Accuracy">Mean accuracy of the answers in time.</param>
/// <param name="P50">Median latency of the answers, seconds.</param>
/// <param name="P99">99th percentile of it.</param>
/// <param name="Queue">Mean waiting at the worker, seconds.</param>
/// <param name="Joules">Energy per request.</param>
/// <param name="Shares">Of the answers, by worker and variant.</param>
internal sealed record TwinFigures(
    double Success, double Reject, double Failure, double Accuracy, double P50, double P99, double Queue, double Joules,
    IReadOnlyDictionary<(string Worker, string Variant), double> Shares)
{
    /// <summary>Of what really happened.</summary>
    /// <param name="twin">The log.</param>
    /// <param name="names">What workers and variants are called in the scenario.</param>
    /// <param name="warmUp">Seconds at the beginning that do not count.</param>
    public static TwinFigures Of(Twin twin, TwinScenario names, double warmUp)
    {
        ObservedRequest[] counted = [.. twin.Requests.Where(r => r.Created >= twin.Origin + (warmUp * 1e6))];
        ObservedRequest[] answers = [.. counted.Where(r => r.IsAnswered && r.Batch > 0)], onTime = [.. answers.Where(r => r.IsOnTime)];
        double[] latency = [.. answers.Select(r => r.Latency).Order()];
        double all = Math.Max(1, counted.Length);
        int refused = counted.Count(r => r.Status == Avro.Records.ResultStatus.Rejected);
        return new TwinFigures(
            onTime.Length / all, refused / all, (counted.Length - onTime.Length - refused) / all,
            onTime.Length == 0 ? 0 : onTime.Average(r => r.Right), Quantile(latency, 0.5), Quantile(latency, 0.99),
            answers.Length == 0 ? 0 : answers.Average(r => 1e-6 * r.Queue), counted.Sum(r => r.Joules) / all,
            answers.GroupBy(r => (names.ClassOf(r.Worker), names.VariantOf(r.Variant))).ToDictionary(g => g.Key, g => g.Count() / (double)answers.Length));
    }

    /// <summary>Of a run of the twin.</summary>
    /// <param name="result">The run.</param>
    public static TwinFigures Of(WorldResult result)
    {
        GroupResult all = result.All;
        double answers = Math.Max(1, result.Placements.Sum(p => p.Answers));
        return new TwinFigures(
            all.Success, all.Reject, all.Failure, all.Accuracy, all.P50, all.P99, all.Queue, all.Energy,
            result.Placements.GroupBy(p => (p.Class, p.Variant)).ToDictionary(g => g.Key, g => g.Sum(p => p.Answers) / answers));
    }

    private static double Quantile(double[] sorted, double q) => sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(q * sorted.Length))];
}
