using System.Text;
using Microsoft.Extensions.Logging;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Clocks;
using StreamSched.Core.Scheduling;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Schedulers;

/// <summary>
/// Sets a scheduler's clock by the brokers', once, before anything depends on the time. Deadlines count from instants that devices wrote, so a scheduler needs
/// the right time, and brokers stamp what it writes to <c>load</c>. Without such stamps the machine's clock counts.
/// </summary>
internal static class ClockCorrection
{
    private const int Samples = 5;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>Measures and corrects.</summary>
    /// <param name="kafka">The installation.</param>
    /// <param name="id">The scheduler's name in records.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="scheduler">For the form of its reports.</param>
    /// <param name="producer">Writes.</param>
    /// <param name="decoder">Reads.</param>
    /// <param name="loggers">For the correction.</param>
    /// <param name="time">Measures how long it takes.</param>
    /// <param name="stop">Ends it early.</param>
    public static void Run(
        KafkaSettings kafka, string id, SteadyClock clock, Scheduler scheduler, RecordProducer producer, MessageDecoder decoder, ILoggerFactory loggers,
        TimeProvider time, CancellationToken stop)
    {
        BrokerClock broker = new();
        using TopicReader reader = new(kafka, loggers, time);
        string load = kafka.Topics.Of(TopicCatalogue.Load);
        ProducerTopic topic = producer.Topic(load);
        reader.FollowRecent(kafka, load, since: null, atLeast: 0);
        LoadReporter reporter = new(id, LoadReporter.NoIncarnation);
        long began = time.GetTimestamp();
        bool IsTime() => !stop.IsCancellationRequested && time.GetElapsedTime(began) < Timeout;
        for (int samples = 0; samples < Samples && IsTime();)
        {
            long sent = clock.Now;
            bool back = false, stamped = true;
            producer.Produce(topic, -1, Encoding.UTF8.GetBytes(id), reporter.Write(scheduler, 0, [], sent));
            while (!back && IsTime())
            {
                reader.Poll(TimeSpan.FromMilliseconds(5), (in ReceivedRecord record) =>
                {
                    if (!decoder.TryDecode(record.Value, out SchedulerLoad? report, out _) || report.Scheduler != id || report.At != sent) return;
                    broker.Take(sent, record, clock.Now);
                    (back, stamped) = (true, record.IsStampedByBroker);
                });
            }

            samples += stamped ? 1 : Samples;
        }

        if (broker.Ahead is not ({ } ahead and not 0)) return;
        clock.Correct(ahead);
        SchedulerLog.ClockCorrected(loggers.CreateLogger(typeof(ClockCorrection)), id, ahead / 1000);
    }
}
