using System.Buffers;
using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Avro.Records;
using StreamSched.Clocks;
using StreamSched.Core.Requests;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;

namespace StreamSched.Workers;

/// <summary>
/// Results until they are stored: an item is finished when its result is, or when nobody waits for it any more. A result that the brokers refuse as too large
/// is replaced by <c>FAILED(too-large)</c>; one that was not stored for another reason is written again until the deadline and the schedulers' grace are over,
/// since a scheduler has answered by then. <see cref="Write"/> and <see cref="OnDelivered"/> may be called from any thread, <see cref="WriteAgain"/> from one.
/// </summary>
/// <param name="settings">The worker.</param>
/// <param name="producer">Who sends; its delivery handler calls <see cref="OnDelivered"/>.</param>
/// <param name="topic">Where to.</param>
/// <param name="writer">Writes what replaces a refused result.</param>
/// <param name="acknowledge">Finishes an offset of the worker's topic.</param>
/// <param name="conditions">Where an operator learns of results that are not stored.</param>
/// <param name="loggers">For results that are dropped or replaced.</param>
/// <param name="clock">Clock.</param>
internal sealed class ResultOutbox(
    WorkerSettings settings, RecordProducer producer, ProducerTopic topic, ResultWriter writer, Action<long> acknowledge, Conditions conditions,
    ILoggerFactory loggers, SteadyClock clock)
{
    private const int SurelyRefused = 64 * 1024; // bytes; smaller ones may have been refused for what was sent with them
    private const long Grace = 1_000_000, Pause = 250_000; // µs
    private static readonly TimeSpan ToldFor = TimeSpan.FromMinutes(10);

    private readonly ILogger _logger = loggers.CreateLogger<ResultOutbox>();
    private readonly ConcurrentDictionary<long, Letter> _underWay = new();
    private readonly ConcurrentQueue<Letter> _failed = new();
    private long _dropped;
    private volatile bool _failing;

    /// <summary>Writes the result of an item.</summary>
    /// <param name="entry">The item.</param>
    /// <param name="result">The framed result.</param>
    /// <param name="span">The W3C id of the span in which it was made; null: it continues the item's.</param>
    public void Write(WorkEntry entry, ReadOnlySpan<byte> result, string? span)
    {
        Letter letter = new(entry, span);
        letter.Take(result);
        _underWay[entry.Offset] = letter;
        Send(letter);
    }

    /// <summary>What became of a result.</summary>
    /// <param name="offset">The item's offset.</param>
    /// <param name="error">Why it was not stored; null: it was.</param>
    public void OnDelivered(long offset, Error? error)
    {
        if (!_underWay.TryGetValue(offset, out Letter? letter)) return;
        if (error is null)
        {
            if (_failing && _failed.IsEmpty) Recovered();
            End(letter);
            return;
        }

        letter.Error = error;
        letter.Due = Now() + Pause;
        if (error.Code.IsRefusal()) letter.Refusals++;
        _failed.Enqueue(letter);
    }

    /// <summary>Writes again, replaces or drops what was not stored. To be called often.</summary>
    public void WriteAgain()
    {
        for (int left = _failed.Count; left > 0 && _failed.TryDequeue(out Letter? letter); left--)
        {
            if (!letter.IsReplaced && letter.Refusals > 0 && (letter.Result.Length >= SurelyRefused || letter.Refusals > 1)) Replace(letter);
            else if (Now() >= letter.NobodyWaitsAfter + Grace) Drop(letter);
            else if (Now() < letter.Due) _failed.Enqueue(letter);
            else Again(letter);
        }

        if (_failing && _underWay.IsEmpty) Recovered(); // nothing is left that could tell
    }

    private void Recovered()
    {
        _failing = false;
        conditions.Clear("results-not-stored", topic.Name);
    }

    private void Again(Letter letter)
    {
        if (letter.Refusals == 0)
        {
            _failing = true;
            conditions.Raise(
                "results-not-stored", topic.Name,
                $"results cannot be stored in {topic.Name}: {letter.Error!.Reason}. They are written again until their deadlines are over; " +
                "are the brokers there, and may this user write to it?",
                blocksReady: true);
        }

        Send(letter);
    }

    private void Replace(Letter letter)
    {
        int bytes = letter.Result.Length;
        letter.IsReplaced = true;
        letter.Take(writer.NotRun(letter.Entry, ResultStatus.Failed, AnswerReason.TooLarge, Now()));
        WorkerLog.ResultRefused(_logger, settings.Id, letter.Entry.Variant, bytes);
        conditions.RaiseFor(
            ToldFor, "answer-too-large", letter.Entry.Variant,
            $"an answer of {letter.Entry.Variant} has {bytes} bytes, which {topic.Name} does not take: the request is FAILED(too-large). " +
            $"Raise max.message.bytes of {topic.Name}, or do not serve this model");
        Send(letter);
    }

    private void Drop(Letter letter)
    {
        WorkerLog.ResultsNotStored(_logger, settings.Id, Interlocked.Increment(ref _dropped), letter.Error!.Reason);
        End(letter);
    }

    private void Send(Letter letter)
    {
        Headers? headers = TraceContext.Unpack(letter.Entry.Trace, letter.Span);
        if (producer.Produce(topic, letter.Entry.Partition, letter.Entry.Device, letter.Result, headers, token: letter.Entry.Offset) is { } refused)
            OnDelivered(letter.Entry.Offset, refused);
    }

    private void End(Letter letter)
    {
        if (_underWay.TryRemove(new KeyValuePair<long, Letter>(letter.Entry.Offset, letter))) letter.Free();
        acknowledge(letter.Entry.Offset);
    }

    private long Now() => clock.Now;

    private sealed class Letter(WorkEntry entry, string? span)
    {
        private byte[] _rented = [];
        private int _length;

        public WorkEntry Entry { get; } = entry;

        public string? Span { get; } = span;

        public ReadOnlySpan<byte> Result => _rented.AsSpan(0, _length);

        /// <summary>The deadline by this machine's clock: what was left of the time when the item was sent counts from its receipt.</summary>
        public long NobodyWaitsAfter => Entry.Received + Math.Max(0, Entry.Deadline - Entry.Dispatched);

        public bool IsReplaced { get; set; }

        public int Refusals { get; set; }

        public Error? Error { get; set; }

        public long Due { get; set; }

        public void Take(ReadOnlySpan<byte> result)
        {
            Free();
            _rented = ArrayPool<byte>.Shared.Rent(result.Length);
            _length = result.Length;
            result.CopyTo(_rented);
        }

        public void Free()
        {
            if (_rented.Length > 0) ArrayPool<byte>.Shared.Return(_rented);
            (_rented, _length) = ([], 0);
        }
    }
}
