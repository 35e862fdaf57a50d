using System.Text;
using Microsoft.Extensions.Logging;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;
using StreamSched.Rollouts;
using StreamSched.Schedulers;

namespace StreamSched.Administration;

/// <summary>What the topics tell of the cluster at one moment.</summary>
internal sealed class ClusterSnapshot
{
    private static readonly TimeSpan ReadLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Alive = TimeSpan.FromSeconds(5); // nobody knows the period of who is not registered
    private const int RecentRecords = 1000;

    private readonly Dictionary<string, WorkerRegistration> _registrations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _unusable = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (WorkerTelemetry Telemetry, long At)> _telemetry = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (SchedulerLoad Load, long At)> _loads = new(StringComparer.Ordinal);
    private readonly MessageDecoder _decoder = new(SchemaCatalogue.Own);
    private readonly TopicNames _names;
    private readonly long _now;

    private ClusterSnapshot(TopicNames names, DateTimeOffset now) =>
        (_names, _now, Policies) = (names, now.ToUnixTimeMilliseconds() * 1000, new PolicyLog(_decoder));

    /// <summary>When it was taken, milliseconds since 1970.</summary>
    public long AtMillis { get; private set; }

    /// <summary>The registered workers by id.</summary>
    public IReadOnlyList<WorkerSummary> Workers =>
    [
        .. _registrations.Values.OrderBy(r => r.Worker, StringComparer.Ordinal).Select(r =>
            _telemetry.TryGetValue(r.Worker, out var last) && last.Telemetry.Incarnation == r.Incarnation
                ? new WorkerSummary(r, last.Telemetry, Age(last.At)) : new WorkerSummary(r, null, null)),
    ];

    /// <summary>
    /// What those say who send telemetry in an incarnation that is not registered, by id: their registration was not stored, perhaps. Who says nothing begins
    /// or ends just now.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TelemetryCondition>> Unregistered => _telemetry
        .Where(t => Age(t.Value.At) < Alive && t.Value.Telemetry is { State: not WorkerState.Draining, Conditions.Length: > 0 }
            && !(_registrations.TryGetValue(t.Key, out WorkerRegistration? registration) && registration.Incarnation >= t.Value.Telemetry.Incarnation))
        .ToDictionary(t => t.Key, t => (IReadOnlyList<TelemetryCondition>)t.Value.Telemetry.Conditions, StringComparer.Ordinal);

    /// <summary>The schedulers that reported lately, by id.</summary>
    public IReadOnlyList<SchedulerSummary> Schedulers =>
    [
        .. _loads.Values.OrderBy(l => l.Load.Scheduler, StringComparer.Ordinal).Select(l => new SchedulerSummary(
            l.Load.Scheduler, l.Load.Incarnation, l.Load.Share, Age(l.At), l.Load.Policy.Length > 0 ? l.Load.Policy : null, l.Load.PolicyVersion,
            l.Load.Digest, l.Load.Conditions)),
    ];

    /// <summary>What schedulers ignore in <c>workers</c>, and why, by key: records that nobody withdrew and that make no sense.</summary>
    public IReadOnlyDictionary<string, string> UnusableRegistrations => _unusable;

    /// <summary>The versions of policies, and which of them serves.</summary>
    public PolicyLog Policies { get; }

    /// <summary>Reads topics to their ends.</summary>
    /// <param name="kafka">The installation.</param>
    /// <param name="loggers">For what the client says.</param>
    /// <param name="time">Clock.</param>
    /// <param name="stop">Ends reading.</param>
    /// <param name="topics">Which of <c>workers</c>, <c>telemetry</c>, <c>load</c> and <c>policies</c>.</param>
    /// <exception cref="KafkaFailureException">A topic is missing, or nobody answers.</exception>
    public static ClusterSnapshot Read(
        KafkaSettings kafka, ILoggerFactory loggers, TimeProvider time, CancellationToken stop, params ReadOnlySpan<string> topics)
    {
        ClusterSnapshot snapshot = new(kafka.Topics, time.GetUtcNow());
        ClusterProbe.Require(kafka, loggers, time, stop);
        using TopicReader reader = new(kafka, loggers, time);
        foreach (string topic in topics)
        {
            string name = kafka.Topics.Of(topic);
            if (topic is TopicCatalogue.Telemetry or TopicCatalogue.Load) reader.FollowRecent(kafka, name, time.GetUtcNow() - Recent, RecentRecords);
            else reader.FollowAll(kafka, name);
        }

        reader.CatchUp(snapshot.Take, ReadLimit, stop);
        snapshot.AtMillis = time.GetUtcNow().ToUnixTimeMilliseconds();
        return snapshot;
    }

    private void Take(in ReceivedRecord record)
    {
        string topic = _names.Strip(record.Topic)!, key = Encoding.UTF8.GetString(record.Key);
        switch (topic)
        {
            case TopicCatalogue.Workers when record.IsTombstone:
                _registrations.Remove(key);
                _unusable.Remove(key);
                break;
            case TopicCatalogue.Workers:
                _unusable.Remove(key);
                if (!_decoder.TryDecode(record.Value, out WorkerRegistration? registration, out AvroFault fault)) _unusable[key] = fault.ToString();
                else if (RegistrationReader.Problem(key, registration, _now) is { } problem) _unusable[key] = problem;
                else if (!_registrations.TryGetValue(key, out WorkerRegistration? known) || known.Incarnation <= registration.Incarnation)
                    _registrations[key] = registration;
                break;
            case TopicCatalogue.Telemetry when _decoder.TryDecode(record.Value, out WorkerTelemetry? telemetry, out _):
                _telemetry[key] = (telemetry, record.TimestampMillis);
                break;
            case TopicCatalogue.Load when _decoder.TryDecode(record.Value, out SchedulerLoad? load, out _):
                _loads[key] = (load, record.TimestampMillis);
                break;
            case TopicCatalogue.Policies:
                Policies.Take(key, record.Value);
                break;
            default: // unreadable records of others
                break;
        }
    }

    private TimeSpan Age(long millis) => TimeSpan.FromMilliseconds(Math.Max(0, AtMillis - millis));
}
