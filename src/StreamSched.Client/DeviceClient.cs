using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Identity;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Client;

/// <summary>
/// Publishes requests of one device or of many (a gateway) and finds their answers: <see cref="AskAsync"/> for one, or <see cref="SendAsync"/> and
/// <see cref="ReadAnswersAsync"/> for a stream. Safe for several threads. Every request sent ends in exactly one <see cref="Answer"/>.
/// </summary>
/// <remarks>
/// The answer to a request lies in that partition of <c>results</c> which the request has in <c>requests</c>. This client chooses the partition by the
/// device's id, before it sends, and reads it from its end by then; a partition that is only known by the delivery report would be read too late, or
/// all of them would have to be read by every device.
/// </remarks>
public sealed class DeviceClient : IAsyncDisposable
{
    private const int MaxDeviceBytes = 128;

    private readonly KafkaSettings _kafka;
    private readonly DeviceClientSettings _settings;
    private readonly TimeProvider _time;
    private readonly MessageDecoder _decoder = new(SchemaCatalogue.Own);
    private readonly OutstandingRequests _outstanding = new(new NameHash(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8))));
    private readonly SemaphoreSlim _slots;
    private readonly Channel<Answer> _answers = Channel.CreateUnbounded<Answer>(); // bounded by the slots: one is given back when an answer is taken
    private readonly RecordProducer _producer;
    private readonly ProducerTopic _requests;
    private readonly ProducerTopic _feedback;
    private ResultFollower _results = null!;
    private Exception? _failure;
    private long _tokens;
    private int _disposed;

    private DeviceClient(KafkaSettings kafka, DeviceClientSettings settings, ILoggerFactory loggers, TimeProvider time)
    {
        (_kafka, _settings, _time) = (kafka, settings, time);
        _slots = new SemaphoreSlim(settings.MaxOutstanding);
        _producer = new RecordProducer(kafka, loggers, time, OnDelivered);
        _requests = _producer.Topic(kafka.Topics.Requests);
        _feedback = _producer.Topic(kafka.Topics.Of(TopicCatalogue.Feedback));
    }

    /// <summary>What was counted.</summary>
    public DeviceClientCounters Counters { get; } = new();

    /// <summary>Requests without an answer.</summary>
    public int Outstanding => _outstanding.Count;

    /// <summary>Makes a client and connects it.</summary>
    /// <param name="kafka">The installation.</param>
    /// <param name="settings">How it waits.</param>
    /// <param name="loggers">For what an operator should know.</param>
    /// <param name="time">The device's clock.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="KafkaFailureException">The cluster cannot be used, or has no topics.</exception>
    /// <exception cref="ArgumentException">The settings cannot work.</exception>
    public static async Task<DeviceClient> OpenAsync(
        KafkaSettings kafka, DeviceClientSettings settings, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellation = default)
    {
        if (settings.Problems() is { Count: > 0 } problems) throw new ArgumentException(string.Join("; ", problems), nameof(settings));
        DeviceClient client = new(kafka, settings, loggers, time);
        try
        {
            // Connecting blocks for as long as the brokers take.
            client._results = await Task.Run(
                () =>
                {
                    client._producer.Connect(client._requests, kafka.ConnectTimeout);
                    return new ResultFollower(kafka, loggers, time, client.OnResult, client.GiveUpDue, client.Fail);
                },
                cancellation).ConfigureAwait(false);
            return client;
        }
        catch
        {
            client._producer.Dispose();
            throw;
        }
    }

    /// <summary>The partition of <c>requests</c> and <c>results</c> that a device uses.</summary>
    /// <param name="device">Its id.</param>
    public int PartitionOf(string device) => DevicePartition.Of(DeviceBytes(device), _results.Partitions);

    /// <summary>Begins to read the answers of devices, which their first requests would wait for otherwise.</summary>
    /// <param name="devices">Their ids.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public Task PrepareAsync(IEnumerable<string> devices, CancellationToken cancellation = default) =>
        Task.WhenAll(devices.Select(PartitionOf).Distinct().Select(_results.Follow)).WaitAsync(cancellation);

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <param name="request">What is asked. An empty id and a <c>created</c> of 0 are filled in, in a copy.</param>
    /// <param name="cancellation">Ends the waiting; the request itself cannot be taken back.</param>
    /// <returns>The first answer, or why there is none.</returns>
    /// <exception cref="KafkaFailureException">The cluster cannot be used (any more).</exception>
    /// <exception cref="ArgumentException">The device's id is empty or longer than 128 bytes, or the request's id is outstanding.</exception>
    public async Task<Answer> AskAsync(InferenceRequest request, CancellationToken cancellation = default)
    {
        TaskCompletionSource<Answer> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        OutstandingRequest outstanding = await PublishAsync(request, null, completion, cancellation).ConfigureAwait(false);
        using CancellationTokenRegistration registration = cancellation.CanBeCanceled
            ? cancellation.Register(() =>
            {
                if (!_outstanding.GiveUp(outstanding, Now())) return;
                EndActivity(outstanding, "cancelled");
                _slots.Release();
                completion.TrySetCanceled(cancellation);
            })
            : default;
        return await completion.Task.ConfigureAwait(false);
    }

    /// <summary>Sends a request whose answer comes to <see cref="ReadAnswersAsync"/>. Waits while too many are outstanding.</summary>
    /// <param name="request">What is asked. An empty id and a <c>created</c> of 0 are filled in, in a copy.</param>
    /// <param name="state">Comes back with the answer.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>The request's id.</returns>
    /// <exception cref="KafkaFailureException">The cluster cannot be used (any more).</exception>
    /// <exception cref="ArgumentException">The device's id is empty or longer than 128 bytes, or the request's id is outstanding.</exception>
    public async ValueTask<Guid> SendAsync(InferenceRequest request, object? state = null, CancellationToken cancellation = default) =>
        (await PublishAsync(request, state, null, cancellation).ConfigureAwait(false)).Request.Id;

    /// <summary>The answers to what was sent by <see cref="SendAsync"/>, in the order in which they come. Ends when the client is disposed of.</summary>
    /// <param name="cancellation">Ends reading.</param>
    /// <exception cref="KafkaFailureException">The cluster cannot be used any more.</exception>
    public async IAsyncEnumerable<Answer> ReadAnswersAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (await _answers.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            while (_answers.Reader.TryRead(out Answer? answer))
            {
                _slots.Release();
                yield return answer;
            }
        }
    }

    /// <summary>Tells the installation what the device knows about an answer: when it came, whether in time, and perhaps the true class.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="label">The true class.</param>
    /// <param name="rating">Quality of experience, 0..1.</param>
    public void SendFeedback(Answer answer, int? label = null, double? rating = null)
    {
        Feedback feedback = new()
        {
            Id = answer.Request.Id, Device = answer.Request.Device, At = Now(), Label = label, Rating = rating,
            Received = answer.Result is null ? null : answer.Received, OnTime = answer.OnTime,
        };
        Span<byte> key = stackalloc byte[36];
        feedback.Id.TryFormat(key, out _);
        _producer.Produce(_feedback, answer.Partition, key, feedback.ToFramed());
    }

    /// <summary>Ends the client: what was sent is stored first, answers that are still awaited are not awaited any more.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return ValueTask.CompletedTask;
        return new ValueTask(Task.Run(() =>
        {
            _producer.Drain(TimeSpan.FromSeconds(2));
            _results.Dispose();
            _producer.Dispose();
            foreach (OutstandingRequest request in _outstanding.All())
            {
                if (!_outstanding.GiveUp(request, Now())) continue;
                EndActivity(request, "cancelled");
                request.Completion?.TrySetCanceled();
            }

            _answers.Writer.TryComplete();
        }));
    }

    private async ValueTask<OutstandingRequest> PublishAsync(
        InferenceRequest request, object? state, TaskCompletionSource<Answer>? completion, CancellationToken cancellation)
    {
        byte[] device = DeviceBytes(request.Device);
        ThrowIfUnusable();
        await _slots.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            int partition = DevicePartition.Of(device, _results.Partitions);
            Task following = _results.Follow(partition);
            if (!following.IsCompletedSuccessfully) await following.WaitAsync(cancellation).ConfigureAwait(false);
            return Publish(request, device, partition, state, completion);
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    private OutstandingRequest Publish(InferenceRequest asked, byte[] device, int partition, object? state, TaskCompletionSource<Answer>? completion)
    {
        long now = Now();
        InferenceRequest request = asked with
        {
            Id = asked.Id == Guid.Empty ? Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddTicks(now * TimeSpan.TicksPerMicrosecond)) : asked.Id,
            Created = asked.Created == 0 ? now : asked.Created,
        };
        TimeSpan age = TimeSpan.FromMicroseconds(Math.Clamp(now - (double)request.Created, -3.6e9, 3.6e9));
        OutstandingRequest outstanding = new()
        {
            Request = request, Device = device, Partition = partition, Token = Interlocked.Increment(ref _tokens), Published = _time.GetTimestamp(), Age = age,
            State = state, Completion = completion, Activity = StartActivity(request),
        };
        _outstanding.Add(outstanding, outstanding.Published + (long)(LongestWait(request, age).TotalSeconds * _time.TimestampFrequency));
        Counters.CountSent();
        int length = Framing.HeaderLength + request.GetEncodedLength();
        byte[] message = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Framing.WriteHeader(InferenceRequest.Fingerprint, message);
            request.Encode(message.AsSpan(Framing.HeaderLength));
            Error? refused = _producer.Produce(
                _requests, partition, device, message.AsSpan(0, length), TraceContext.Inject(outstanding.Activity), outstanding.Token,
                timestampMillis: now / 1000);
            if (refused is not null) NotSent(outstanding, refused);
            return outstanding;
        }
        catch
        {
            _outstanding.GiveUp(outstanding, now);
            EndActivity(outstanding, "error");
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    private TimeSpan LongestWait(InferenceRequest request, TimeSpan age)
    {
        // What nobody would accept as a deadline is answered at once.
        TimeSpan deadline = request.DeadlineMicros is { } micros ? TimeSpan.FromMicroseconds(Math.Clamp(micros, 0, 3.6e9)) : _settings.DefaultDeadline;
        TimeSpan left = deadline - (age > TimeSpan.Zero ? age : TimeSpan.Zero);
        return (left > TimeSpan.Zero ? left : TimeSpan.Zero) + _settings.Grace + _settings.Margin;
    }

    private void OnResult(in ReceivedRecord record)
    {
        if (!_decoder.TryView<InferenceResultView, InferenceResult>(record.Value, out InferenceResultView view, out _))
        {
            Counters.CountUnreadable();
            return;
        }

        long now = Now();
        switch (_outstanding.Answer(view.Id, view.Device, now, out OutstandingRequest? request))
        {
            case OutstandingRequests.Claim.First:
                InferenceResult result = view.ToRecord();
                TraceReceipt(record, result);
                TimeSpan latency = request!.Age + _time.GetElapsedTime(request.Published);
                // Differences within the result: both of its instants are by the clock that the deadline counted with.
                double deadline = request.Request.DeadlineMicros ?? result.Deadline - (double)result.Created;
                End(request, new Answer
                {
                    Request = request.Request, Status = (AnswerStatus)result.Status, Reason = result.Reason, Result = result, Latency = latency, Received = now,
                    OnTime = result.Status == ResultStatus.Ok && latency.TotalMicroseconds <= deadline, Partition = record.Partition, Offset = record.Offset,
                    State = request.State,
                });
                break;
            case OutstandingRequests.Claim.Later:
                Counters.CountDuplicate();
                break;
            case OutstandingRequests.Claim.TooLate:
                Counters.CountTooLate();
                break;
        }
    }

    // The last span of the trace: child of the worker's, or of the scheduler's where that answered by itself.
    private static void TraceReceipt(in ReceivedRecord record, InferenceResult result)
    {
        if (!Tracing.Source.HasListeners() || !TraceContext.TryExtract(record.Headers, out ActivityContext parent)) return;
        using Activity? activity = Tracing.Source.StartActivity("receive", ActivityKind.Consumer, parent);
        if (activity is not { IsAllDataRequested: true }) return;
        record.Describe(activity, "receive");
        activity.SetTag(Attributes.MessageId, result.Id.ToString()).SetTag(Attributes.Device, result.Device)
            .SetTag(Attributes.Status, result.Status.ToString());
    }

    private void OnDelivered(ProducerTopic topic, int partition, long offset, long token, Error? error)
    {
        if (_outstanding.Find(token) is not { } request) return;
        if (error is null) request.IsStored = true;
        else NotSent(request, error);
    }

    private void NotSent(OutstandingRequest request, Error error)
    {
        if (!_outstanding.GiveUp(request, Now())) return;
        (string reason, string detail) = DeliveryProblem.Of(error, _requests.Name, _time.GetUtcNow());
        End(request, NoResult(request, AnswerStatus.NotSent, reason, detail));
    }

    private void GiveUpDue()
    {
        if (_producer.Failure is { } failure) Fail(failure);
        while (_outstanding.TakeDue(_time.GetTimestamp()) is { } request)
        {
            if (!_outstanding.GiveUp(request, Now())) continue;
            End(request, request.IsStored
                ? NoResult(
                    request, AnswerStatus.NoAnswer, "silence",
                    "no result came within the deadline, the grace and a margin. Does a scheduler run? See streamsched status")
                : NoResult(request, AnswerStatus.NoAnswer, "not-confirmed", "the brokers have not confirmed the request. Are they reachable?"));
        }
    }

    private Answer NoResult(OutstandingRequest request, AnswerStatus status, string reason, string detail) => new()
    {
        Request = request.Request, Status = status, Reason = reason, Detail = detail, Latency = request.Age + _time.GetElapsedTime(request.Published),
        Received = Now(), Partition = request.Partition, State = request.State,
    };

    private void End(OutstandingRequest request, Answer answer)
    {
        Counters.CountEnd(answer.Status);
        DeviceInstruments.Ended(answer);
        EndActivity(request, answer.Status.ToString(), answer);
        if (request.Completion is { } completion)
        {
            _slots.Release();
            completion.TrySetResult(answer);
        }
        else
        {
            _answers.Writer.TryWrite(answer);
        }
    }

    private void Fail(Exception exception)
    {
        if (Interlocked.CompareExchange(ref _failure, exception, null) is not null) return;
        foreach (OutstandingRequest request in _outstanding.All())
        {
            if (!_outstanding.GiveUp(request, Now())) continue;
            EndActivity(request, "error");
            _slots.Release();
            request.Completion?.TrySetException(exception);
        }

        _answers.Writer.TryComplete(exception);
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (Volatile.Read(ref _failure) is KafkaFailureException failure) throw new KafkaFailureException(failure.Kind, failure.Message, failure);
    }

    private static byte[] DeviceBytes(string device)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(device);
        return bytes.Length is > 0 and <= MaxDeviceBytes
            ? bytes : throw new ArgumentException($"a device id has 1 to {MaxDeviceBytes} bytes, not {bytes.Length}");
    }

    // The span lives until the answer comes and must not become the parent of whatever the caller does meanwhile.
    private Activity? StartActivity(InferenceRequest request)
    {
        if (!Tracing.Source.HasListeners()) return null;
        Activity? current = Activity.Current;
        Activity? activity = Tracing.Source.StartActivity("request", ActivityKind.Producer);
        Activity.Current = current;
        activity?.SetTag(Attributes.MessagingSystem, "kafka").SetTag(Attributes.OperationName, "send").SetTag(Attributes.OperationType, "send")
            .SetTag(Attributes.Destination, _requests.Name).SetTag(Attributes.MessageId, request.Id.ToString()).SetTag(Attributes.Device, request.Device)
            .SetTag(Attributes.Task, request.Task);
        return activity;
    }

    private static void EndActivity(OutstandingRequest request, string status, Answer? answer = null)
    {
        if (request.Activity is not { } activity) return;
        activity.SetTag(Attributes.Status, status);
        if (answer?.Reason is { } reason) activity.SetTag(Attributes.Reason, reason);
        if (answer?.Result?.Variant is { } variant) activity.SetTag(Attributes.Worker, answer.Result.Worker).SetTag(Attributes.Variant, variant);
        if (answer is not null) activity.SetTag("streamsched.on_time", answer.OnTime);
        if (answer?.Status != AnswerStatus.Ok) activity.SetStatus(ActivityStatusCode.Error, answer?.Reason);
        Activity? current = Activity.Current;
        activity.Stop();
        Activity.Current = current == activity ? null : current;
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeMicroseconds();
}
