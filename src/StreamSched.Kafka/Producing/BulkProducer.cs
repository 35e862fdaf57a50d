using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Native;
using StreamSched.Kafka.Settings;

namespace StreamSched.Kafka.Producing;

/// <summary>
/// An idempotent producer for many records that nobody asks for one by one: what is stored costs nothing further, what is not is counted and logged. It stands
/// on librdkafka itself, since Confluent.Kafka searches all topics for the name with every record, makes garbage, and calls back for every record that
/// was stored: 2.5 µs a record, more than deciding on it (docs/performance.md). <see cref="RecordProducer"/> is the one for records whose fate matters one by
/// one. For one thread.
/// </summary>
internal sealed unsafe class BulkProducer : IDisposable
{
    private const int Producer = 0;     // RD_KAFKA_PRODUCER
    private const int CopyValue = 2;    // RD_KAFKA_MSG_F_COPY
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private readonly Action<long, ErrorCode>? _notStored;
    private readonly Dictionary<string, BulkTopic> _topics = new(StringComparer.Ordinal);
    private readonly nint _client;
    private readonly GCHandle _self;
    private readonly Thread _poller;
    private KafkaFailureException? _failure;
    private bool _used;
    private bool _contacted;    // nothing is outstanding of what was sent
    private bool _disposed;
    private volatile bool _stop;

    /// <summary>Makes a producer; it connects when first used.</summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="loggers">For records that were not stored.</param>
    /// <param name="time">For time limits.</param>
    /// <param name="linger">Overrides <see cref="KafkaSettings.Linger"/>.</param>
    /// <param name="notStored">Hears the token of each record that was not stored and had one, and why; on a thread of the producer's.</param>
    /// <exception cref="KafkaSettingsException">librdkafka refuses the settings.</exception>
    public BulkProducer(KafkaSettings settings, ILoggerFactory loggers, TimeProvider time, TimeSpan? linger = null, Action<long, ErrorCode>? notStored = null)
    {
        (_logger, _time, _notStored, _patience) = (loggers.CreateLogger<BulkProducer>(), time, notStored, settings.DeliveryTimeout + TimeSpan.FromSeconds(5));
        _self = GCHandle.Alloc(this);
        _client = Create(settings.Producer(linger: linger), GCHandle.ToIntPtr(_self));
        _poller = new Thread(Poll) { Name = "bulk-producer", IsBackground = true };
        _poller.Start();
    }

    /// <summary>What made the producer useless; null while it works.</summary>
    public KafkaFailureException? Failure => Volatile.Read(ref _failure);

    /// <summary>Whether nothing is under way: everything was stored or has failed.</summary>
    public bool IsIdle => Librdkafka.OutstandingCount(_client) == 0;

    /// <summary>The topic with this full name, to produce to. The client keeps it until the producer ends.</summary>
    public BulkTopic Topic(string name)
    {
        lock (_topics)
        {
            if (_topics.TryGetValue(name, out var topic)) return topic;
            var native = Librdkafka.TopicNew(_client, name, 0);
            if (native == 0)
                throw new KafkaFailureException(KafkaFailureKind.Refused, $"librdkafka takes no topic {name}: {Librdkafka.LastError().GetReason()}");
            return _topics[name] = new BulkTopic(name, native);
        }
    }

    /// <summary>
    /// Hands a record to the client, which has copied it when this returns. Waits only while the client's queue is full, and no longer than records may wait
    /// in it.
    /// </summary>
    /// <param name="topic">Where to.</param>
    /// <param name="partition">Its partition; negative: chosen by the key.</param>
    /// <param name="key">The key; empty: none.</param>
    /// <param name="value">The value; not empty.</param>
    /// <param name="trace">A packed trace context; empty: none.</param>
    /// <param name="token">What is told of it if it is not stored; 0: nobody asks.</param>
    /// <returns>null, or why the record can never be sent, such as its size; nothing else is told of its token then.</returns>
    /// <exception cref="KafkaFailureException">The producer is of no further use, or its queue stayed full for too long.</exception>
    public Error? Produce(BulkTopic topic, int partition, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace = default, long token = 0)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var began = 0L;
        while (true)
        {
            if (Failure is { } failure) throw failure;
            var code = trace.IsEmpty ? Send(topic, partition, key, value, token) : Send(topic, partition, key, value, trace, token);
            switch (code)
            {
                case ErrorCode.NoError:
                    topic.CountProduced();
                    if (!_used) Volatile.Write(ref _used, true);
                    return null;
                case ErrorCode.Local_QueueFull:
                    if (began == 0) began = _time.GetTimestamp();
                    else if (_time.GetElapsedTime(began) > _patience)
                        throw new KafkaFailureException(
                            KafkaFailureKind.Unreachable, $"the brokers take no records: the queue has been full for {_patience.TotalSeconds:0} s");
                    _ = Librdkafka.Poll(_client, 5);
                    break;
                case ErrorCode.Local_Fatal:
                    throw Fatal();
                default:
                    OnNotStored(topic, code);
                    return new Error(code);
            }
        }
    }

    /// <summary>Waits until everything is stored or has failed, once, at the end.</summary>
    /// <returns>false if the time was not enough.</returns>
    public bool Drain(TimeSpan limit) => Librdkafka.Flush(_client, (int)Math.Max(0, limit.TotalMilliseconds)) == ErrorCode.NoError;

    /// <summary>Ends the producer; what it still holds is lost, so <see cref="Drain"/> goes first.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _stop = true;
        if (!TimeLimit.Run("end-producer", TimeLimit.OfEnding, End, out _)) KafkaLog.NotEnded(_logger, "producer"); // call-backs are waited for
    }

    private void End()
    {
        _poller.Join();
        foreach (var topic in _topics.Values)
        {
            Librdkafka.TopicDestroy(topic.Native);
            MessagingInstruments.Release(topic.Name);
        }

        Librdkafka.Destroy(_client);
        _self.Free();
    }

    private static ErrorCode Send(BulkTopic topic, int partition, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long token)
    {
        fixed (byte* keyBytes = key, valueBytes = value)
            return Librdkafka.Produce(topic.Native, partition, CopyValue, valueBytes, (nuint)value.Length, keyBytes, (nuint)key.Length, (nint)token) == 0
                ? ErrorCode.NoError : Librdkafka.LastError();
    }

    private ErrorCode Send(BulkTopic topic, int partition, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long token)
    {
        ReadOnlySpan<byte> parent = TraceContext.ParentOf(trace), state = TraceContext.StateOf(trace);
        fixed (byte* keyBytes = key, valueBytes = value, parentBytes = parent, stateBytes = state, parentName = "traceparent\0"u8, stateName = "tracestate\0"u8)
        {
            var arguments = stackalloc NativeArgument[]
            {
                new() { Kind = NativeArgument.KindTopic, Pointer = topic.Native },
                new() { Kind = NativeArgument.KindPartition, Number = partition },
                new() { Kind = NativeArgument.KindFlags, Number = CopyValue },
                new() { Kind = NativeArgument.KindValue, Pointer = (nint)valueBytes, Length = (nuint)value.Length },
                new() { Kind = NativeArgument.KindKey, Pointer = (nint)keyBytes, Length = (nuint)key.Length },
                new() { Kind = NativeArgument.KindHeader, Pointer = (nint)parentName, Length = (nuint)(nint)parentBytes, HeaderLength = parent.Length },
                new() { Kind = NativeArgument.KindOpaque, Pointer = (nint)token },
                new() { Kind = NativeArgument.KindHeader, Pointer = (nint)stateName, Length = (nuint)(nint)stateBytes, HeaderLength = state.Length },
            };
            var error = Librdkafka.ProduceVa(_client, arguments, state.IsEmpty ? 7u : 8u);
            if (error == 0) return ErrorCode.NoError;
            var code = Librdkafka.ErrorCodeOf(error);
            Librdkafka.ErrorDestroy(error);
            return code;
        }
    }

    private static nint Create(ProducerConfig config, nint opaque)
    {
        var configuration = Librdkafka.ConfNew();
        var error = new byte[Librdkafka.ErrorTextBytes];
        foreach (var (name, value) in config.Append(new("delivery.report.only.error", "true")))
        {
            // Some settings are the package's own.
            if (name.StartsWith("dotnet.", StringComparison.Ordinal) || Librdkafka.ConfSet(configuration, name, value, error, Librdkafka.ErrorTextBytes) == 0)
                continue;
            Librdkafka.ConfDestroy(configuration);
            throw new KafkaSettingsException([$"librdkafka refuses {name}: {Text(error)}"]);
        }

        Librdkafka.ConfSetOpaque(configuration, opaque);
        Librdkafka.ConfSetReport(configuration, &OnReport);
        Librdkafka.ConfSetError(configuration, &OnError);
        Librdkafka.ConfSetLog(configuration, &OnLog);
        var client = Librdkafka.New(Producer, configuration, error, Librdkafka.ErrorTextBytes);
        if (client != 0) return client;
        Librdkafka.ConfDestroy(configuration);
        throw new KafkaSettingsException([$"librdkafka cannot work with these settings: {Text(error)}"]);
    }

    // An exception in librdkafka's frames would end the process.
    private void Fail(string callback, Exception exception) =>
        Interlocked.CompareExchange(ref _failure, KafkaFailureException.InCallback(callback, exception), null);

    // Reports of failures and the client's errors are served here.
    private void Poll()
    {
        while (!_stop)
        {
            _ = Librdkafka.Poll(_client, 100);
            if (!_contacted && Volatile.Read(ref _used) && Librdkafka.OutstandingCount(_client) == 0) Volatile.Write(ref _contacted, true);
        }
    }

    private void OnNotStored(BulkTopic topic, ErrorCode code)
    {
        topic.Fail(new Error(code));
        lock (topic)
        {
            if (topic.LastLogged != 0 && _time.GetElapsedTime(topic.LastLogged) < LogEvery) return;
            topic.LastLogged = _time.GetTimestamp();
            KafkaLog.NotDelivered(_logger, topic.Failed - topic.LoggedFailures, topic.Name, code.GetReason());
            topic.LoggedFailures = topic.Failed;
        }
    }

    private void OnClientError(ErrorCode code, string reason)
    {
        var failure = code == ErrorCode.Local_Fatal ? Fatal() : KafkaFailureException.From(new Error(code, reason), "producing");
        if (failure is { Kind: KafkaFailureKind.Authentication } && Volatile.Read(ref _contacted)) failure = null; // as brokers restart, see GroupConsumer
        if (failure is not null) Interlocked.CompareExchange(ref _failure, failure, null);
        else KafkaLog.ClientError(_logger, "producer", reason, code);
    }

    private KafkaFailureException Fatal()
    {
        var text = new byte[Librdkafka.ErrorTextBytes];
        var code = Librdkafka.FatalError(_client, text, Librdkafka.ErrorTextBytes);
        return KafkaFailureException.From(new Error(code, Text(text), isFatal: true), "producing")!;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnReport(nint client, NativeMessage* message, nint opaque)
    {
        if (message->Error == ErrorCode.NoError || GCHandle.FromIntPtr(opaque).Target is not BulkProducer self) return;
        try
        {
            var name = Marshal.PtrToStringUTF8(Librdkafka.TopicName(message->Topic)) ?? "";
            BulkTopic? topic;
            lock (self._topics) self._topics.TryGetValue(name, out topic);
            if (topic is not null) self.OnNotStored(topic, message->Error);
            if (message->Private != 0) self._notStored?.Invoke(message->Private, message->Error);
        }
        catch (Exception exception)
        {
            self.Fail("a delivery report", exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnError(nint client, ErrorCode code, byte* reason, nint opaque)
    {
        if (GCHandle.FromIntPtr(opaque).Target is not BulkProducer self) return;
        try
        {
            self.OnClientError(code, Marshal.PtrToStringUTF8((nint)reason) ?? "");
        }
        catch (Exception exception)
        {
            self.Fail("an error of the client", exception);
        }
    }

    // On librdkafka's own threads, from the moment the client is made.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLog(nint client, int level, byte* facility, byte* message)
    {
        if (client == 0 || Librdkafka.Opaque(client) is not (not 0 and var opaque) || GCHandle.FromIntPtr(opaque).Target is not BulkProducer self) return;
        try
        {
            KafkaLog.Client(self._logger, "producer", Marshal.PtrToStringUTF8((nint)facility) ?? "", Marshal.PtrToStringUTF8((nint)message) ?? "");
        }
        catch (Exception exception)
        {
            self.Fail("a line of the client's log", exception);
        }
    }

    private static string Text(byte[] text) => Encoding.UTF8.GetString(text).TrimEnd('\0');
}
