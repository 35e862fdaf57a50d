using StreamSched.Analysis.Twins;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using StreamSched.Hosting;
using StreamSched.Kafka.Topics;
using StreamSched.Schedulers;

namespace StreamSched.Logs;

/// <summary>Reads the topics that tell of requests, and of who answers them.</summary>
/// <param name="context">The command's context.</param>
/// <param name="range">Which part of them, by time.</param>
internal sealed class ObservedTopics(CommandContext context, LogRange range)
{
    // What is told of the last requests comes after them.
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1);
    private readonly ObservedLog _log = new();

    /// <summary>Records that could not be read.</summary>
    public long Unreadable { get; private set; }

    /// <summary>What was wrong with the first of them; null: nothing.</summary>
    public string? FirstFault { get; private set; }

    /// <summary>Reads them.</summary>
    /// <exception cref="UsageException">There is no result in this part.</exception>
    public ObservedLog Read()
    {
        LogRange later = range.Longer(Later);
        Topic<WorkerRegistrationView, WorkerRegistration>(TopicCatalogue.Workers, LogRange.All, Register);
        Topic<InferenceRequestView, InferenceRequest>(TopicCatalogue.Requests, range, _log.Take);
        Topic<SchedulingDecisionView, SchedulingDecision>(TopicCatalogue.Decisions, later, _log.Take);
        Topic<InferenceResultView, InferenceResult>(TopicCatalogue.Results, later, _log.Take, mayBeEmpty: false);
        Topic<FeedbackView, Feedback>(TopicCatalogue.Feedback, later, _log.Take);
        Topic<WorkerTelemetryView, WorkerTelemetry>(TopicCatalogue.Telemetry, later, _log.Take);
        Topic<SchedulerLoadView, SchedulerLoad>(TopicCatalogue.Load, later, _log.Take);
        return _log;
    }

    // One that schedulers ignore is no worker here either.
    private void Register(in WorkerRegistrationView view)
    {
        WorkerRegistration worker = view.ToRecord();
        if (RegistrationReader.TryRead(worker.Worker, worker, context.Time.GetUtcNow().ToUnixTimeMilliseconds() * 1000, out WorkerDescription? read) is null)
            _log.Take(read!);
    }

    private void Topic<TView, TRecord>(string topic, LogRange part, LoggedViewHandler<TView> take, bool mayBeEmpty = true)
        where TView : struct, IWireView<TView, TRecord>, allows ref struct
        where TRecord : class, IWireRecord<TRecord>
    {
        RecordedLog log = new(context, [], part, null);
        log.Read<TView, TRecord>(topic, take, mayBeEmpty);
        Unreadable += log.Unreadable;
        if (log.FirstFault is { } fault) FirstFault ??= $"{topic}: {fault}";
    }
}
