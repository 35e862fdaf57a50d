using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using StreamSched.Analysis.Export;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Files;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Documents;
using StreamSched.Hosting;
using StreamSched.Kafka.Topics;

namespace StreamSched.Logs;

/// <summary>
/// Writes a log as files, so many records at a time: files of a chunk are complete before the state says so, and an export that is begun again goes on with the
/// next chunk. The same part of a log gives the same files, interrupted or not. Memory is that of a chunk.
/// </summary>
/// <param name="log">What is read.</param>
/// <param name="folder">Where to.</param>
/// <param name="shelf">The policies that may have decided.</param>
/// <param name="versions">Published versions, which Avro files of the topics are accompanied by.</param>
/// <param name="chunk">Records of a chunk.</param>
internal sealed class LogExport(RecordedLog log, string folder, PolicyShelf shelf, IReadOnlyCollection<PolicySnapshot> versions, int chunk)
{
    private const long MostState = 1 << 28;

    // Rows of candidates that a chunk may have: some hundred megabytes.
    private const int MostCandidates = 200_000;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly SortedDictionary<string, (DecisionTable Decisions, CandidateTable Candidates)> _tables = new(StringComparer.Ordinal);
    private readonly Stack<(DecisionTable Decisions, CandidateTable Candidates)> _free = [];
    private long _unreadableBefore;

    /// <summary>Exports, or goes on.</summary>
    /// <param name="format">What to write.</param>
    /// <param name="wanted">What is wanted, in words that tell it from other wishes.</param>
    /// <returns>What is there in the end.</returns>
    /// <exception cref="UsageException">The folder holds something else.</exception>
    /// <exception cref="IOException">A file cannot be written; what is complete stays.</exception>
    public ExportState Run(ExportFormat format, string wanted)
    {
        ExportState state = Begin(format, wanted);
        _unreadableBefore = state.Card.Unreadable;
        foreach (ExportState.Part part in state.Parts.Where(p => !p.IsDone))
        {
            if (format == ExportFormat.Avro) WriteAvro(state, part);
            else if (format == ExportFormat.DsJson) WriteLines(state, part);
            else WriteParquet(state, part);
            part.IsDone = true;
            Save(state);
        }

        state.Card.Unreadable = _unreadableBefore + log.Unreadable;
        if (format == ExportFormat.Avro && versions.Count > 0 && state.Files.Count > 0 && !state.Files.Contains("policies.avro"))
        {
            WriteWhole("policies.avro", Versions());
            state.Files.Add("policies.avro");
        }

        if (state.Files.Count == 0) throw log.Empty(state.Parts[0].Topic, [.. state.Parts.Select(p => p.Log)]);
        state.IsComplete = true;
        WriteWhole("card.md", System.Text.Encoding.UTF8.GetBytes(state.Card.ToMarkdown(state.Parts.Select(p => p.Log), state.Files)));
        WriteWhole("card.json", JsonSerializer.SerializeToUtf8Bytes(new { state.Card, parts = state.Parts.Select(p => p.Log), state.Files }, Json));
        Save(state);
        return state;
    }

    private byte[] Versions()
    {
        MemoryStream file = new();
        using (ContainerWriter writer = new(file, PolicySnapshot.Schema))
        {
            foreach (PolicySnapshot version in versions)
            {
                byte[] body = new byte[version.GetEncodedLength()];
                version.Encode(body);
                writer.Append(body);
            }
        }

        return file.ToArray();
    }

    private ExportState Begin(ExportFormat format, string wanted)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, ExportState.FileName);
        if (File.Exists(path))
        {
            ExportState? found = null;
            try
            {
                found = JsonSerializer.Deserialize<ExportState>(UserFile.ReadBytes(path, MostState), Json);
            }
            catch (JsonException)
            {
                // Said below.
            }

            if (found is null) throw new UsageException($"--out: '{path}' is damaged: take another folder, or remove this one");
            if (found.Format != format || found.Wanted != wanted)
                throw new UsageException($"--out: '{folder}' holds another export ({found.Format}, {found.Wanted}): take another folder, or remove this one");
            return found;
        }

        if (Directory.EnumerateFileSystemEntries(folder).Any()) throw new UsageException($"--out: '{folder}' is not empty: nothing in it is overwritten");
        string[] topics = format == ExportFormat.Avro && !log.IsFiles ? [TopicCatalogue.Experience, TopicCatalogue.Decisions] : [TopicCatalogue.Experience];
        ExportState state = new()
        {
            Format = format, Wanted = wanted, Files = [], Card = new ExportCard(),
            Parts = [.. topics.SelectMany(t => log.Plan(t).Select(p => new ExportState.Part { Topic = t, Log = p, Next = p.From }))],
        };
        Save(state);
        return state;
    }

    private void WriteAvro(ExportState state, ExportState.Part part)
    {
        bool isExperience = part.Topic == TopicCatalogue.Experience;
        WireSchema schema = isExperience ? Experience.Schema : SchedulingDecision.Schema;
        MemoryStream file = new();
        ContainerWriter? writer = null;
        int count = 0;
        long first = 0, next = part.Next;
        log.ReadPart(part.Topic, schema, part.Log with { From = part.Next }, (body, partition, offset) =>
        {
            if (isExperience && !Counted(state, body, partition, offset)) return;
            if (count++ == 0) (file, first) = (new MemoryStream(), offset);
            writer ??= new ContainerWriter(file, schema);
            writer.Append(body);
            next = offset + 1;
            if (count >= chunk) Flush();
        });
        Flush();

        void Flush()
        {
            if (writer is null) return;
            writer.Dispose();
            Complete(state, part, next, (NameOf(state, part, first, part.Topic, "avro"), file.ToArray()));
            (writer, count) = (null, 0);
        }
    }

    private void WriteParquet(ExportState state, ExportState.Part part)
    {
        int count = 0, rows = 0;
        long first = 0, next = part.Next;
        log.ReadPart(part.Topic, Experience.Schema, part.Log with { From = part.Next }, (body, partition, offset) =>
        {
            if (!Counted(state, body, partition, offset)) return;
            ExperienceView.TryDecode(body, out ExperienceView record, out _);
            if (count++ == 0) first = offset;
            (DecisionTable decisions, CandidateTable candidates) = TablesOf(record.At);
            decisions.Add(record, partition, offset);
            if (record.HasFull && FullDecisionView.TryDecode(record.Full, out FullDecisionView full, out _))
            {
                candidates.Add(record.Id, record.HasDigest ? record.Digest : [], full);
                rows += full.Mask.Length;
            }

            next = offset + 1;
            if (count >= chunk || rows >= MostCandidates) Flush();
        });
        Flush();

        void Flush()
        {
            if (count == 0) return;
            Dictionary<string, string> about = new() { ["source"] = part.Log.Source, ["streamsched.layout"] = "1" };
            List<(string, byte[])> files = [];
            foreach ((string hour, (DecisionTable decisions, CandidateTable candidates)) in _tables)
            {
                if (decisions.Count > 0) files.Add((NameOf(state, part, first, $"decisions/{hour}", "parquet"), decisions.ToFile(about)));
                if (candidates.Count > 0) files.Add((NameOf(state, part, first, $"candidates/{hour}", "parquet"), candidates.ToFile(about)));
                _free.Push((decisions, candidates));
            }

            _tables.Clear();
            Complete(state, part, next, [.. files]);
            (count, rows) = (0, 0);
        }
    }

    private void WriteLines(ExportState state, ExportState.Part part)
    {
        MemoryStream file = new();
        using Utf8JsonWriter writer = new(file);
        DsJsonLine line = new(shelf);
        int count = 0;
        long first = 0, next = part.Next;
        log.ReadPart(part.Topic, Experience.Schema, part.Log with { From = part.Next }, (body, partition, offset) =>
        {
            if (!Counted(state, body, partition, offset)) return;
            ExperienceView.TryDecode(body, out ExperienceView record, out _);
            if (count++ == 0) first = offset;
            if (line.TryWrite(record, writer))
            {
                writer.Flush();
                file.WriteByte((byte)'\n');
                writer.Reset();
            }
            else if (record.JoinState != JoinState.Revised)
            {
                state.Card.Untold++;
            }

            next = offset + 1;
            if (count >= chunk) Flush();
        });
        Flush();

        void Flush()
        {
            if (count == 0) return;
            Complete(state, part, next, (NameOf(state, part, first, "decisions", "dsjson"), file.ToArray()));
            file.SetLength(0);
            count = 0;
        }
    }

    private (DecisionTable Decisions, CandidateTable Candidates) TablesOf(long at)
    {
        string hour = DateTimeOffset.UnixEpoch.AddTicks(10 * at).ToString("'date='yyyy-MM-dd'/hour='HH", CultureInfo.InvariantCulture);
        if (_tables.TryGetValue(hour, out (DecisionTable, CandidateTable) tables)) return tables;
        if (!_free.TryPop(out tables)) tables = (new DecisionTable(), new CandidateTable(shelf));
        _tables.Add(hour, tables);
        return tables;
    }

    private bool Counted(ExportState state, ReadOnlySpan<byte> body, int partition, long offset)
    {
        if (!ExperienceView.TryDecode(body, out ExperienceView record, out AvroFault fault) || record.RangeFault() is not null)
        {
            log.Refuse(partition, offset, record.RangeFault() ?? fault.ToString());
            return false;
        }

        state.Card.Count(record);
        return true;
    }

    private static string NameOf(ExportState state, ExportState.Part part, long first, string of, string ending)
    {
        (string kind, int number) = part.Log.Partition < 0 ? ("f", state.Parts.ToList().IndexOf(part)) : ("", part.Log.Partition);
        return string.Create(CultureInfo.InvariantCulture, $"{of}/part-{kind}{number:0000}-{first:0000000000000}.{ending}");
    }

    private void Complete(ExportState state, ExportState.Part part, long next, params ReadOnlySpan<(string Name, byte[] Content)> files)
    {
        foreach ((string name, byte[] content) in files)
        {
            WriteWhole(name, content);
            state.Files.Add(name);
        }

        part.Next = next;
        state.Card.Unreadable = _unreadableBefore + log.Unreadable;
        Save(state);
    }

    private void Save(ExportState state) => WriteWhole(ExportState.FileName, JsonSerializer.SerializeToUtf8Bytes(state, Json));

    // Under another name first: who looks finds whole files only.
    private void WriteWhole(string name, byte[] content)
    {
        string path = Path.Combine(folder, name), partial = path + ".partial";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            File.WriteAllBytes(partial, content);
            File.Move(partial, path, overwrite: true);
        }
        catch (IOException exception)
        {
            throw new IOException(
                $"'{path}' cannot be written: {exception.Message} Make room and give the same command again: it goes on from here", exception);
        }
    }
}
