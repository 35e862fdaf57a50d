using System.Diagnostics.Metrics;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Client;

/// <summary>Everything that a device measures. Costs a comparison per answer while nobody listens.</summary>
internal static class DeviceInstruments
{
    private static readonly Meter Meter = new(Tracing.Name);

    private static readonly Counter<long> Answers = Meter.CreateCounter<long>(
        "streamsched.device.answers", "{request}", "Requests that ended, by status and by whether the answer was in time.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "streamsched.device.request.duration", "s", "From created until the first result was read, or the request was given up.", null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10],
        });

    /// <summary>Takes note of an end.</summary>
    public static void Ended(Answer answer)
    {
        if (!Answers.Enabled && !Duration.Enabled) return;
        KeyValuePair<string, object?> status = new(Attributes.Status, answer.Status.ToString());
        Answers.Add(
            1, status, new KeyValuePair<string, object?>(Attributes.Outcome, answer.OnTime ? "on_time" : answer.Status == AnswerStatus.Ok ? "late" : "not_ok"));
        Duration.Record(Math.Max(0, answer.Latency.TotalSeconds), status);
    }
}
