using System.Buffers;
using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Requests;
using StreamSched.Core.Serving;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Onnx.Execution;
using StreamSched.Onnx.Inference;
using PayloadEncoding = StreamSched.Onnx.Models.PayloadEncoding;

namespace StreamSched.Workers;

// The way of an item: read, queued, run in a batch, answered, finished.
internal sealed partial class WorkerRole
{
    /// <inheritdoc/>
    public void OnRecord(in ReceivedRecord record)
    {
        long now = Now();
        if (!_decoder.TryView<WorkItemView, WorkItem>(record.Value, out WorkItemView item, out AvroFault fault))
        {
            Skip(record.Offset, fault.ToString());
            return;
        }

        if ((item.RangeFault()
            ?? (HasPartition(item.Partition) ? null : $"partition is {item.Partition}, which {_kafka.Topics.Results} does not have")) is { } absurd)
        {
            Skip(record.Offset, absurd);
            return;
        }

        if (item.Incarnation != _incarnation)
        {
            _consumer!.Acknowledge(0, record.Offset); // meant for an earlier incarnation: the scheduler has sent it again
            return;
        }

        if (!_decoder.TryView<InferenceRequestView, InferenceRequest>(item.Request, out InferenceRequestView request, out fault))
        {
            Skip(record.Offset, fault.ToString());
            return;
        }

        long delay = LinkDelay, arrives = delay == 0 ? now : Math.Max(now, item.Dispatched + delay);
        WorkEntry entry = Copy(record, item, request, now, arrives);
        Interlocked.Increment(ref _held);
        if (arrives == now) Enqueue(entry);
        else EnqueueAfter(arrives - now, entry);
    }

    private void EnqueueAfter(long micros, WorkEntry entry) => _ = After(micros, () => Enqueue(entry));

    // µs; a worker that emulates no link has the real one alone.
    private long LinkDelay => (long)(_settings.Emulation?.LinkDelay() ?? TimeSpan.Zero).TotalMicroseconds;

    private async Task After(long micros, Action action)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMicroseconds(micros), _time).ConfigureAwait(false);
            action();
        }
        catch (KafkaFailureException exception)
        {
            _failure = exception; // thrown by the main loop
        }
    }

    // A number from a record names a partition only if results has it. Partitions may be added while this runs, so a larger number is asked about, though not
    // for every item: schedulers send as soon as the partition is there, and what is skipped has no answer.
    private bool HasPartition(int partition)
    {
        if (partition < _partitions) return true;
        if (_partitionsAsked == 0 || _time.GetElapsedTime(_partitionsAsked) >= PartitionsAge)
        {
            _partitionsAsked = _time.GetTimestamp();
            _partitions = _admin.PartitionsOf(_kafka.Topics.Results) ?? _partitions;
        }

        return _partitions == 0 || partition < _partitions; // where nobody says how many there are, the brokers refuse the answer
    }

    private WorkEntry Copy(in ReceivedRecord record, in WorkItemView item, in InferenceRequestView request, long now, long arrives)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(request.Payload.Length);
        request.Payload.CopyTo(rented);
        Span<int> shape = stackalloc int[8];
        AvroReader reader = new(request.Shape);
        int rank = request.Shape.IsEmpty ? 0 : reader.ReadInts(shape);
        byte[] trace = [];
        ActivityContext parent = default;
        if (record.Headers is { Count: > 0 } headers)
        {
            Span<byte> packed = stackalloc byte[TraceContext.PackedLength];
            trace = packed[..TraceContext.Pack(headers, null, packed)].ToArray();
            if (Tracing.Source.HasListeners()) TraceContext.TryExtract(headers, out parent);
        }

        long ahead = _schedulerClocks.Ahead(item.Scheduler, item.Dispatched, now, item.TelemetryDelayMicros);
        return new WorkEntry
        {
            Offset = record.Offset, Id = request.Id, Device = request.Device.ToArray(), Task = request.Task.ToArray(), Site = request.Site.ToArray(),
            Scheduler = item.Scheduler.ToArray(), Trace = trace, TraceParent = parent, Partition = item.Partition, Attempt = item.Attempt,
            Created = request.Created, Deadline = item.Deadline, AnswerBy = item.AnswerBy + ahead, Dispatched = item.Dispatched,
            NetworkMicros = Math.Max(1, arrives - item.Dispatched - ahead), Received = arrives, CreatedImplausible = item.CreatedImplausible,
            Variant = Encoding.UTF8.GetString(item.Variant), Rented = rented,
            Payload = new InferencePayload(
                (PayloadEncoding)request.Encoding, shape[..Math.Clamp(rank, 0, shape.Length)].ToArray(), rented.AsMemory(0, request.Payload.Length)),
        };
    }

    private void Enqueue(WorkEntry entry)
    {
        bool known;
        lock (_gate)
        {
            known = _variantIndex.TryGetValue(entry.Variant, out int variant) && _catalogue!.Snapshot.Models.ContainsKey(entry.Variant);
            if (known) _queue.Add(variant, new Waiting<WorkEntry>(entry, entry.AnswerBy));
        }

        if (known) StartBatches();
        else Answer(entry, ResultStatus.Failed, _writer.NotRun(entry, ResultStatus.Failed, AnswerReason.Model, Now()));
    }

    // Expires what cannot be answered in time any more, then gives batches to the free slots.
    private void StartBatches()
    {
        while (true)
        {
            WorkEntry? expired = null;
            lock (_gate)
            {
                long now = Now();
                if (_queue.TryTakeExpired(now, out _, out Waiting<WorkEntry> late)) expired = late.Item;
                else if (_loop!.FreeSlots == 0 || !TryStart(now)) return;
            }

            if (expired is not null) Answer(expired, ResultStatus.Expired, _writer.NotRun(expired, ResultStatus.Expired, AnswerReason.Late, Now()));
        }
    }

    private bool TryStart(long now)
    {
        int count = _queue.TryTakeBatch(now, _batch, out int variant);
        if (count == 0) return false;
        BatchItem[] items = new BatchItem[count];
        for (int i = 0; i < count; i++)
        {
            items[i] = new BatchItem(_batch[i].Item.Payload, _batch[i].Item);
            _batch[i] = default;
        }

        if (_loop!.TryStart(new InferenceBatch(_variants[variant], items))) return true;
        foreach (BatchItem item in items)
        {
            WorkEntry entry = (WorkEntry)item.State!;
            _queue.Add(variant, new Waiting<WorkEntry>(entry, entry.AnswerBy));
        }

        return false;
    }

    private void OnBatch(in BatchResult result)
    {
        long now = Now();
        long started = now - (long)_time.GetElapsedTime(result.Started).TotalMicroseconds;
        Interlocked.Add(ref _finishedMicros, (long)result.Service.TotalMicroseconds);
        if (result.Failure is { } failure) WorkerLog.BatchFailed(_logger, _settings.Id, result.Variant, failure);
        _instruments.Ran(result);
        LearnFrom(result, now);
        for (int i = 0; i < result.Items.Length; i++)
        {
            WorkEntry entry = (WorkEntry)result.Items[i].State!;
            _instruments.Waited(entry, started);
            ResultStatus status = result.Outcomes[i].Fault.Reason() is null ? ResultStatus.Ok : ResultStatus.Failed;
            using Activity? activity = entry.TraceParent != default && Tracing.Source.HasListeners()
                ? Tracing.Source.StartActivity("infer", ActivityKind.Consumer, entry.TraceParent, startTime: DateTimeOffset.UnixEpoch.AddTicks(started * 10))
                : null;
            if (activity is { IsAllDataRequested: true }) Describe(activity, entry, status, result.Ran);
            Answer(entry, status, _writer.Ran(entry, result, i, started, now), activity?.Id);
        }
    }

    // Expiry goes by what batches take, and not by the profile alone.
    private void LearnFrom(in BatchResult result, long now)
    {
        if (result.Ran == 0 || result.Failure is not null || result.Model?.Profile is not { } profile) return;
        float seconds = (float)result.Service.TotalSeconds / InterferenceOf(result);
        lock (_gate)
        {
            if (_variantIndex.TryGetValue(result.Variant, out int variant)) _queue.Measured(variant, profile.Table, result.Ran, seconds, now);
        }
    }

    // By the matrices that it registered; 1 where they say nothing.
    private float InterferenceOf(in BatchResult result)
    {
        if (result.CoRunners.Count == 0 || Volatile.Read(ref _interference) is not { IsEmpty: false } table) return 1;
        string[] names = [.. result.CoRunners.Keys];
        float[] counts = [.. result.CoRunners.Values];
        return Math.Max(1e-3f, table.Factor(result.Variant, names, counts));
    }

    private void Describe(Activity activity, WorkEntry entry, ResultStatus status, int batch)
    {
        Tracing.Describe(activity, "process", _kafka.Topics.Work(_settings.Id), 0, entry.Offset)
            .SetTag(Attributes.MessageId, entry.Id.ToString()).SetTag(Attributes.Group, _kafka.Group("worker." + _settings.Id))
            .SetTag(Attributes.Worker, _settings.Id)
            .SetTag(Attributes.Processor, _settings.Processor.Id).SetTag(Attributes.Variant, entry.Variant).SetTag(Attributes.Attempt, entry.Attempt)
            .SetTag(Attributes.Status, status.ToString()).SetTag("streamsched.batch", batch);
        if (status != ResultStatus.Ok) activity.SetStatus(ActivityStatusCode.Error);
    }

    private void Answer(WorkEntry entry, ResultStatus status, ReadOnlySpan<byte> result, string? span = null)
    {
        _instruments.Answered(status);
        if (LinkDelay is > 0 and var delay) WriteAfter(delay, entry, result.ToArray(), span);
        else Write(entry, result, span);
    }

    private void WriteAfter(long micros, WorkEntry entry, byte[] result, string? span) => _ = After(micros, () => Write(entry, result, span));

    private void Write(WorkEntry entry, ReadOnlySpan<byte> result, string? span)
    {
        _outbox.Write(entry, result, span);
        ArrayPool<byte>.Shared.Return(entry.Rented);
        Interlocked.Decrement(ref _held);
    }

    private void OnDelivered(ProducerTopic topic, int partition, long offset, long token, Error? error)
    {
        if (topic == _results) _outbox.OnDelivered(token, error);
        else OnRegistered(error);
    }

    private void Skip(long offset, string reason)
    {
        WorkerLog.Skipped(_logger, _settings.Id, offset, reason);
        _consumer!.Acknowledge(0, offset);
    }
}
