using System.Globalization;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Files;
using StreamSched.Avro.Schemas;
using StreamSched.Documents;
using StreamSched.Hosting;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;

namespace StreamSched.Logs;

/// <summary>A part of the topics, or files that were exported from them. Read record by record; what is kept does not grow with it.</summary>
/// <param name="context">Kafka's settings, the clock, and who ends reading.</param>
/// <param name="files">The files; empty: the topics.</param>
/// <param name="range">Which part of the topics.</param>
/// <param name="onlyPartition">Only this partition of the topics; null: all.</param>
internal sealed class RecordedLog(CommandContext context, IReadOnlyList<string> files, LogRange range, int? onlyPartition)
{
    // Brokers that answer nothing for so long are gone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly MessageDecoder _decoder = new(SchemaCatalogue.Own);
    private readonly List<LoggedPart> _parts = [];

    /// <summary>Whether it is in files.</summary>
    public bool IsFiles => files.Count > 0;

    /// <summary>What was read, part by part.</summary>
    public IReadOnlyList<LoggedPart> Parts => _parts;

    /// <summary>Records that were read.</summary>
    public long Records { get; private set; }

    /// <summary>Records that could not be read.</summary>
    public long Unreadable { get; private set; }

    /// <summary>What was wrong with the first of them; null: nothing.</summary>
    public string? FirstFault { get; private set; }

    /// <summary>Reads all records, partitions in turns.</summary>
    /// <param name="topic">The topic, as the catalogue names it.</param>
    /// <param name="schema">Of its records.</param>
    /// <param name="handler">Takes each, in the order of its partition.</param>
    /// <exception cref="IOException">A file is damaged.</exception>
    /// <param name="mayBeEmpty">Whether it may have no record.</param>
    /// <exception cref="UsageException">There is no such partition, or no record.</exception>
    public void Read(string topic, WireSchema schema, LoggedRecordHandler handler, bool mayBeEmpty = false)
    {
        IReadOnlyList<LoggedPart> parts = Plan(topic);
        _parts.AddRange(parts);
        using ProgressLine progress = context.Progress();
        if (IsFiles)
            foreach (LoggedPart part in parts) ReadFile(part, schema, 0, handler, progress);
        else ReadTopic(topic, schema, parts, handler, progress);
        if (Records + Unreadable == 0 && !mayBeEmpty) throw Empty(topic, parts);
    }

    /// <summary>Reads all records that are sound; the others are counted.</summary>
    /// <typeparam name="TView">What the records should be.</typeparam>
    /// <typeparam name="TRecord">The record that holds the same.</typeparam>
    /// <param name="topic">The topic, as the catalogue names it.</param>
    /// <param name="handler">Takes each, in the order of its partition.</param>
    /// <param name="mayBeEmpty">Whether it may have no record.</param>
    /// <exception cref="IOException">A file is damaged.</exception>
    /// <exception cref="UsageException">There is no such partition, or no record.</exception>
    public void Read<TView, TRecord>(string topic, LoggedViewHandler<TView> handler, bool mayBeEmpty = false)
        where TView : struct, IWireView<TView, TRecord>, allows ref struct
        where TRecord : class, IWireRecord<TRecord>
    {
        Read(topic, TRecord.Schema, Take, mayBeEmpty);

        void Take(ReadOnlySpan<byte> body, int partition, long offset)
        {
            if (TryView<TView, TRecord>(body, partition, offset, out TView view)) handler(view);
        }
    }

    /// <summary>Reads the records of one part.</summary>
    /// <param name="topic">The topic, as the catalogue names it.</param>
    /// <param name="schema">Of its records.</param>
    /// <param name="part">The part; where it begins is where reading goes on.</param>
    /// <param name="handler">Takes each, in their order.</param>
    /// <exception cref="IOException">A file is damaged, or records have left the topic since they were planned for.</exception>
    public void ReadPart(string topic, WireSchema schema, LoggedPart part, LoggedRecordHandler handler)
    {
        using ProgressLine progress = context.Progress();
        if (part.Partition < 0) ReadFile(part, schema, part.From, handler, progress);
        else ReadTopic(topic, schema, [part], handler, progress);
    }

    /// <summary>Why a part of a log gives nothing.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="parts">The part.</param>
    public UsageException Empty(string topic, IReadOnlyList<LoggedPart> parts) => new(IsFiles
        ? $"FILE: {string.Join(", ", files)}: no record"
        : $"--from, --to: {topic} has no record there: {string.Join("; ", parts.Select(p => $"{p.Source} [{p.From}, {p.To})"))}");

    /// <summary>What is to be read.</summary>
    /// <param name="topic">The topic, as the catalogue names it.</param>
    /// <exception cref="UsageException">There is no such partition.</exception>
    public IReadOnlyList<LoggedPart> Plan(string topic)
    {
        if (IsFiles) return [.. files.Select(file => new LoggedPart(file, -1, 0, long.MaxValue, 0))];
        KafkaSettings kafka = context.Kafka();
        ClusterProbe.Require(kafka, context.Loggers, context.Time, context.Stop);
        string name = kafka.Topics.Of(topic);
        using TopicReader reader = new(kafka, context.Loggers, context.Time, name);
        IReadOnlyList<int> partitions = reader.Partitions(kafka, name);
        if (onlyPartition is { } only)
            partitions = partitions.Contains(only) ? [only] : throw new UsageException($"--partition: {topic} has the partitions 0 to {partitions.Count - 1}");
        List<LoggedPart> parts = [];
        DateTimeOffset now = context.Time.GetUtcNow();
        foreach (int partition in partitions)
        {
            (long low, long high) = reader.Ends(name, partition);
            long wanted = range.From.In(reader, name, partition, now), from = Math.Max(low, wanted);
            long to = Math.Min(high, range.To?.In(reader, name, partition, now) ?? high);
            bool isFromStart = range.From.Offset is null or 0; // from the earliest on nothing is missing
            parts.Add(new LoggedPart(
                string.Create(CultureInfo.InvariantCulture, $"{name}/{partition}"), partition, from, Math.Max(from, to), isFromStart ? 0 : from - wanted));
        }

        return parts;
    }

    private void ReadFile(LoggedPart part, WireSchema schema, long from, LoggedRecordHandler handler, ProgressLine progress)
    {
        string file = part.Source;
        using Stream stream = UserFile.Open(file, long.MaxValue);
        using BufferedStream buffered = new(stream, 1 << 16);
        if (!ContainerReader.TryOpen(buffered, schema, out ContainerReader? reader, out AvroFault fault))
            throw new IOException($"'{file}' is no Avro container file with records of {schema.Name}: {fault}");
        long number = 0;
        for (; reader.TryRead(out ReadOnlySpan<byte> body, out fault); number++)
        {
            if (number < from) continue;
            context.Stop.ThrowIfCancellationRequested();
            handler(body, -1, number);
            Records++;
            if (number % 1024 == 0) Say(progress, file, reader.StreamPosition, stream.Length);
        }

        if (fault.Kind != AvroFaultKind.None)
            throw new IOException($"'{file}' is damaged after {number} records: {fault}. Export it anew: nobody knows what is missing");
        if (number < from) throw new IOException($"'{file}' has {number} records, and {from} were read of it before");
    }

    private void ReadTopic(string topic, WireSchema schema, IReadOnlyList<LoggedPart> parts, LoggedRecordHandler handler, ProgressLine progress)
    {
        KafkaSettings kafka = context.Kafka();
        string name = kafka.Topics.Of(topic);
        using TopicReader reader = new(kafka, context.Loggers, context.Time, name, fetchWait: TimeSpan.FromMilliseconds(50));
        Dictionary<int, long> ends = [];
        long all = 0, done = 0;
        foreach (LoggedPart part in parts)
        {
            if (part.To <= part.From) continue;
            if (reader.Ends(name, part.Partition).Low is var low && low > part.From)
                throw new IOException($"{part.Source}: the records from {part.From} to {low} have left the topic before they were read");
            ends.Add(part.Partition, part.To);
            all += part.To - part.From;
            reader.Follow(name, part.Partition, part.From);
        }

        long began = context.Time.GetTimestamp();
        while (ends.Count > 0)
        {
            context.Stop.ThrowIfCancellationRequested();
            int read = reader.Poll(TimeSpan.FromMilliseconds(100), Take, most: 4096);
            foreach ((int partition, long to) in ends.ToArray())
            {
                if (reader.Position(name, partition) < to) continue;
                ends.Remove(partition);
                reader.Leave(name, partition);
            }

            if (read > 0) began = context.Time.GetTimestamp();
            else if (context.Time.GetElapsedTime(began) > Patience)
            {
                throw new KafkaFailureException(
                    KafkaFailureKind.Unreachable, $"{name} could not be read to its end: nothing came for {Patience.TotalSeconds:0} s");
            }

            Say(progress, topic, done, all);
        }

        void Take(in ReceivedRecord record)
        {
            if (!ends.TryGetValue(record.Partition, out long to) || record.Offset >= to) return;
            done++;
            if (record.Value.IsEmpty) return; // a tombstone
            if (!_decoder.TryGetBody(record.Value, schema, out ReadOnlySpan<byte> body, out AvroFault fault))
            {
                Unreadable++;
                FirstFault ??= string.Create(CultureInfo.InvariantCulture, $"{name}/{record.Partition} at {record.Offset}: {fault}");
                return;
            }

            handler(body, record.Partition, record.Offset);
            Records++;
        }
    }

    /// <summary>Decodes a record and checks its values; one that is not sound is counted.</summary>
    /// <typeparam name="TView">What the record should be.</typeparam>
    /// <typeparam name="TRecord">The record that holds the same.</typeparam>
    /// <param name="body">Its bytes.</param>
    /// <param name="partition">Where it was; -1: in a file.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="view">The record.</param>
    public bool TryView<TView, TRecord>(ReadOnlySpan<byte> body, int partition, long offset, out TView view)
        where TView : struct, IWireView<TView, TRecord>, allows ref struct
        where TRecord : class, IWireRecord<TRecord>
    {
        string? problem = TView.TryDecode(body, out view, out AvroFault fault) ? view.RangeFault() : fault.ToString();
        if (problem is null) return true;
        Unreadable++;
        FirstFault ??= string.Create(CultureInfo.InvariantCulture, $"{(partition < 0 ? "record" : $"partition {partition} at")} {offset}: {problem}");
        return false;
    }

    private void Say(ProgressLine progress, string source, long done, long all) => progress.Say(string.Create(
        CultureInfo.InvariantCulture, $"{source}: {Records:N0} records, {(all > 0 ? 100.0 * done / all : 100):0} %"));
}
