using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Hosting;
using StreamSched.Kafka.Topics;
using StreamSched.Logs;

namespace StreamSched.Rebuilds;

/// <summary>Reads the topics that make a scheduler's view, in the order of time, at first a minute of them at once, and more where that is little.</summary>
/// <param name="context">The command's context.</param>
/// <param name="range">Which part of them, by time.</param>
internal sealed class RebuiltTopics(CommandContext context, LogRange range)
{
    private static readonly TimeSpan Slice = TimeSpan.FromMinutes(1), Longest = TimeSpan.FromMinutes(16);

    // Records of a slice below which the next one is twice as long.
    private const int Few = 100_000;

    // From when a record is made until another process has read it: assumed.
    private const long Transit = 3_000;

    // Requests have their devices' time, which may be ahead of the schedulers'.
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(2);
    private readonly List<LogEvent> _events = [];

    /// <summary>Records that could not be read.</summary>
    public long Unreadable { get; private set; }

    /// <summary>What was wrong with the first of them; null: nothing.</summary>
    public string? FirstFault { get; private set; }

    /// <summary>When the wanted part begins, and when it ends.</summary>
    /// <exception cref="UsageException">It has no decision.</exception>
    public (DateTimeOffset From, DateTimeOffset To) Span()
    {
        DateTimeOffset now = context.Time.GetUtcNow(), to = range.To is { } end ? end.At ?? now - end.Ago!.Value : now;
        if (range.From.Offset is null) return (range.From.At ?? now - range.From.Ago!.Value, to);
        RecordedLog log = new(context, [], range, null);
        IReadOnlyList<LoggedPart> parts = log.Plan(TopicCatalogue.Decisions);
        long first = long.MaxValue;
        foreach (LoggedPart part in parts.Where(p => p.To > p.From))
        {
            log.ReadPart(TopicCatalogue.Decisions, SchedulingDecision.Schema, part with { To = part.From + 1 }, (body, _, _) =>
            {
                if (SchedulingDecisionView.TryDecode(body, out SchedulingDecisionView view, out _)) first = Math.Min(first, view.At);
            });
        }

        if (first == long.MaxValue) throw log.Empty(TopicCatalogue.Decisions, parts);
        return (DateTimeOffset.UnixEpoch.AddMicroseconds(first) - TimeSpan.FromSeconds(1), to);
    }

    /// <summary>Reads them.</summary>
    /// <param name="from">Where the part begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="take">Takes each record.</param>
    public void Read(DateTimeOffset from, DateTimeOffset to, Action<LogEvent> take)
    {
        LogRange before = new(LogRange.All.From, new LogRange.Point(null, null, from));
        Topic<WorkerRegistrationView, WorkerRegistration>(TopicCatalogue.Workers, before, LogEventKind.Registration, static v => v.At);
        Pass(take, DateTimeOffset.UnixEpoch, from);
        TimeSpan length = Slice;
        for (DateTimeOffset begin = from, end; begin < to; begin = end)
        {
            end = begin + length < to ? begin + length : to;
            LogRange slice = Part(begin, end);
            Topic<WorkerRegistrationView, WorkerRegistration>(TopicCatalogue.Workers, slice, LogEventKind.Registration, static v => v.At + Transit);
            Topic<WorkerTelemetryView, WorkerTelemetry>(TopicCatalogue.Telemetry, slice, LogEventKind.Telemetry, static v => v.At + Transit);
            Topic<SchedulerLoadView, SchedulerLoad>(TopicCatalogue.Load, slice, LogEventKind.Report, static v => v.At);
            _events.AddRange([.. _events.Where(e => e.Kind == LogEventKind.Report).Select(e => e with { Kind = LogEventKind.Load, At = e.At + Transit })]);
            Topic<InferenceResultView, InferenceResult>(TopicCatalogue.Results, slice, LogEventKind.Result, static v => v.Finished + Transit);
            Topic<InferenceRequestView, InferenceRequest>(TopicCatalogue.Requests, Part(begin, end + Ahead), LogEventKind.Request, static _ => 0, static v =>
            {
                v.Payload = default;
                return v;
            });
            Topic<SchedulingDecisionView, SchedulingDecision>(TopicCatalogue.Decisions, slice, LogEventKind.Decision, static v => v.At, static v =>
            {
                v.HasFull = false;
                return v;
            });
            if (_events.Count < Few && length < Longest) length *= 2;
            else if (_events.Count > 4 * Few) length = Slice;
            Pass(take, begin, end);
        }
    }

    // By the broker's time they are of this slice, whatever a writer's clock says.
    private void Pass(Action<LogEvent> take, DateTimeOffset begin, DateTimeOffset end)
    {
        (long first, long last) = (begin.ToUnixTimeMicroseconds(), end.ToUnixTimeMicroseconds());
        for (int i = 0; i < _events.Count; i++) _events[i] = _events[i] with { At = Math.Clamp(_events[i].At, first, last) };
        foreach (LogEvent e in _events.OrderBy(e => e.At).ThenBy(e => e.Kind)) take(e);
        _events.Clear();
    }

    private void Topic<TView, TRecord>(string topic, LogRange part, LogEventKind kind, Instant<TView> at, Shorter<TView>? shorter = null)
        where TView : struct, IWireView<TView, TRecord>, allows ref struct
        where TRecord : class, IWireRecord<TRecord>
    {
        RecordedLog log = new(context, [], part, null);
        log.Read(topic, TRecord.Schema, (body, partition, offset) =>
        {
            if (!log.TryView<TView, TRecord>(body, partition, offset, out TView view)) return;
            byte[] kept = shorter is null ? body.ToArray() : Encode<TView, TRecord>(shorter(view));
            _events.Add(new LogEvent(at(view), kind, kept, Framing.HeaderLength + body.Length));
        }, mayBeEmpty: true);
        Unreadable += log.Unreadable;
        if (log.FirstFault is { } fault) FirstFault ??= $"{topic}: {fault}";
    }

    private static LogRange Part(DateTimeOffset from, DateTimeOffset to) => new(new LogRange.Point(null, null, from), new LogRange.Point(null, null, to));

    private static byte[] Encode<TView, TRecord>(TView view)
        where TView : struct, IWireView<TView, TRecord>, allows ref struct
        where TRecord : class, IWireRecord<TRecord>
    {
        byte[] bytes = new byte[view.GetEncodedLength()];
        view.TryEncode(bytes, out _);
        return bytes;
    }

    private delegate long Instant<TView>(TView view)
        where TView : struct, allows ref struct;

    private delegate TView Shorter<TView>(TView view)
        where TView : struct, allows ref struct;
}
