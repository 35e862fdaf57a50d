using System.Text;
using Microsoft.Extensions.Logging;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Scheduling;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;
using StreamSched.Rollouts;

namespace StreamSched.Schedulers;

/// <summary>Takes what is said of the cluster (<c>workers</c>, <c>telemetry</c>, <c>load</c>, <c>policies</c>) into a scheduler.</summary>
internal sealed class ClusterFeed(KafkaSettings kafka, SchedulerRoleSettings settings, Scheduler scheduler, MessageDecoder decoder, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<ClusterFeed>();
    private readonly string _workers = kafka.Topics.Of(TopicCatalogue.Workers);
    private readonly string _telemetry = kafka.Topics.Of(TopicCatalogue.Telemetry);
    private readonly string _load = kafka.Topics.Of(TopicCatalogue.Load);
    private readonly string _policies = kafka.Topics.Of(TopicCatalogue.Policies);
    private readonly PolicyLog _policyLog = new(decoder);
    private readonly ClusterRecords _records = new();
    private PolicyPlan? _told, _plan; // the latest one, and the one that is in force
    private ServingPlan? _serving;
    private AccuracyEstimates? _accuracies;

    /// <summary>This scheduler's incarnation, as it reports it.</summary>
    public long Incarnation { get; set; }

    /// <summary>Largest incarnation of other processes that have written to <c>load</c> under this scheduler's id; null: none has.</summary>
    public long? Namesake { get; set; }

    /// <summary>Takes a record of one of those topics.</summary>
    /// <param name="record">The record.</param>
    /// <param name="now">µs.</param>
    /// <param name="catchingUp">Whether it comes from the log's past, so that its own time counts and not that of the reading.</param>
    public void Take(in ReceivedRecord record, long now, bool catchingUp)
    {
        long? heardAt = catchingUp ? record.TimestampMillis * 1000 : null;
        string? problem = record.Topic == _telemetry ? TakeTelemetry(record, now, heardAt)
            : record.Topic == _load ? TakeLoad(record, now, catchingUp)
            : record.Topic == _workers ? TakeWorker(record, now, heardAt)
            : record.Topic == _policies ? TakePolicy(record)
            : null;
        if (problem is not null) SchedulerLog.Ignored(_logger, record.Topic, record.Partition, record.Offset, problem);
    }

    private string? TakeWorker(in ReceivedRecord record, long now, long? heardAt)
    {
        if (record.IsTombstone)
        {
            string id = Encoding.UTF8.GetString(record.Key);
            if (scheduler.View.Withdraw(id, now)) SchedulerLog.Withdrawn(_logger, id);
            return null;
        }

        if (!decoder.TryDecode(record.Value, out WorkerRegistration? registration, out AvroFault fault)) return fault.ToString();
        if (RegistrationReader.TryRead(Encoding.UTF8.GetString(record.Key), registration, now, out WorkerDescription? description) is { } problem)
            return problem;
        if (scheduler.View.Refusal(description!, mayReplace: heardAt is null) is { } full) return full;
        if (!scheduler.View.Register(description!, now, heardAt, registration.At)) return "an older incarnation";
        SchedulerLog.Registered(_logger, description!.Id, description.Incarnation, description.Site, description.Variants.Count);
        return null;
    }

    private string? TakeTelemetry(in ReceivedRecord record, long now, long? heardAt)
    {
        if (!decoder.TryDecode(record.Value, out WorkerTelemetry? telemetry, out AvroFault fault)) return fault.ToString();
        _records.Tell(scheduler.View, telemetry, now, heardAt);
        return null;
    }

    private string? TakeLoad(in ReceivedRecord record, long now, bool catchingUp)
    {
        if (!decoder.TryDecode(record.Value, out SchedulerLoad? load, out AvroFault fault)) return fault.ToString();
        if (load.Scheduler == settings.Dispatch.SchedulerId)
        {
            if (load.Incarnation != Incarnation && load.Incarnation != LoadReporter.NoIncarnation && Plausible.Incarnation(load.Incarnation, now))
                Namesake = Math.Max(Namesake ?? 0, load.Incarnation);
            return null;
        }

        // Totals of the past say nothing that the next live report does not say better.
        return catchingUp ? null : _records.Tell(scheduler.View, load, now);
    }

    // What serves changes nothing until it is whole and known: the policy in force stays, and the reason is logged with where the record lies.
    private string? TakePolicy(in ReceivedRecord record)
    {
        if (_policyLog.Take(Encoding.UTF8.GetString(record.Key), record.Value) is { } problem) return problem;
        if (!ReferenceEquals(_policyLog.Accuracies, _accuracies))
        {
            _accuracies = _policyLog.Accuracies;
            ClusterRecords.Tell(scheduler.View, _accuracies);
        }

        if (_policyLog.Plan is not { } plan || plan == _told) return null;
        _told = plan;
        if (PrepareOnce(plan.Champion, asRegistered: false, out ServingPolicy? champion) is { } refusal) return refusal;

        // A challenger that cannot be taken up has no windows here; who serves is not concerned.
        ServingPolicy? other = null;
        string? without = plan.Other is { } version ? PrepareOnce(version, plan.Windows!.IsBaseline, out other) : null;
        ServingPolicy? shadow = null;
        if (plan.Shadow is { } unproven) without = PrepareOnce(unproven, asRegistered: false, out shadow) ?? without;
        ServingPlan serving = new(champion!, other, other is null ? null : plan.Windows, shadow);
        bool isAnother = !ReferenceEquals(serving.Champion.Prepared, _serving?.Champion.Prepared);
        (_serving, _plan) = (serving, other is null ? plan with { Other = null, Windows = null } : plan);
        scheduler.Use(serving);
        if (isAnother) SchedulerLog.PolicyInForce(_logger, plan.Champion.Kind, plan.Champion.Version);
        if (other is not null) SchedulerLog.WindowsPlanned(_logger, plan.Other!.Kind, plan.Other.Version, 100 * plan.Windows!.Share);
        return without;
    }

    // One that has a part in the plan before goes on with what it knows, and so does the one that the scheduler was started with.
    private string? PrepareOnce(PolicySnapshot snapshot, bool asRegistered, out ServingPolicy? policy)
    {
        if (_plan is null && scheduler.PolicyDigest.Span.SequenceEqual(snapshot.Digest))
        {
            ServingPolicy own = scheduler.Champion;
            policy = new ServingPolicy(own.Prepared with { Digest = snapshot.Digest }, snapshot.Version, asRegistered);
            return null;
        }

        policy = ReferenceEquals(snapshot, _plan?.Champion) ? _serving?.Champion : ReferenceEquals(snapshot, _plan?.Other) ? _serving?.Other
            : ReferenceEquals(snapshot, _plan?.Shadow) ? _serving?.Shadow : null;
        if (policy is not null)
        {
            if (policy.AsRegistered != asRegistered) policy = policy with { AsRegistered = asRegistered };
            return null;
        }

        try
        {
            if (PublishedPolicy.Prepare(snapshot, settings.Scheduler.Price, out PreparedPolicy? prepared) is { } refusal) return refusal;
            policy = new ServingPolicy(prepared!, snapshot.Version, asRegistered);
            return null;
        }
        catch (PolicyFileException exception)
        {
            return $"policy '{snapshot.Kind}' version {snapshot.Version} is not taken up: {exception.Message}";
        }
    }
}
