using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using StreamSched.Analysis.Export;
using StreamSched.Analysis.Replays;
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
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

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
        if (format is ExportFormat.Npz or ExportFormat.Minari && state.Actions is null)
        {
            state.Actions = FindActions(state);
            Save(state);
        }

        _unreadableBefore = state.Card.Unreadable - log.Unreadable;
        foreach (ExportState.Part part in state.Parts.Where(p => !p.IsDone))
        {
            Write(state, part);
            part.IsDone = true;
            Save(state);
        }

        state.Card.Unreadable = _unreadableBefore + log.Unreadable;
        if (state.Files.Count > 0 && About(state) is var (name, content) && !state.Files.Contains(name))
        {
            WriteWhole(name, content);
            state.Files.Add(name);
        }

        if (state.Files.Count == 0) throw log.Empty(state.Parts[0].Topic, [.. state.Parts.Select(p => p.Log)]);
        state.IsComplete = true;
        WriteWhole("card.md", System.Text.Encoding.UTF8.GetBytes(state.Card.ToMarkdown(state.Parts.Select(p => p.Log), state.Files)));
        WriteWhole("card.json", JsonSerializer.SerializeToUtf8Bytes(new { state.Card, parts = state.Parts.Select(p => p.Log), state.Files }, Json));
        Save(state);
        return state;
    }

    private (string Name, byte[] Content)? About(ExportState state) => state.Format switch
    {
        ExportFormat.Avro when versions.Count > 0 => ("policies.avro", Versions()),
        ExportFormat.Minari => ($"{MinariChunk.Folder}/metadata.json", MinariChunk.About(state.Actions!, state)),
        _ => null,
    };

    private ActionSet FindActions(ExportState state)
    {
        ActionSurvey survey = new();
        foreach (ExportState.Part part in state.Parts) log.ReadPart(part.Topic, Experience.Schema, part.Log, Take);
        ActionSet found = survey.Found();
        return found.Actions.Count > 0 ? found : throw new UsageException(
            $"--format {state.Format.ToString().ToLowerInvariant()}: no decision is in full there, with a choice: give schedulers --full-records 1");

        void Take(ReadOnlySpan<byte> body, int partition, long offset)
        {
            if (log.TryView<ExperienceView, Experience>(body, partition, offset, out ExperienceView record) && !survey.Take(record))
                throw new UsageException($"--format: the log has more than {ActionSurvey.Most} variants, near or far");
        }
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

    private void Write(ExportState state, ExportState.Part part)
    {
        bool isExperience = part.Topic == TopicCatalogue.Experience;
        WireSchema schema = isExperience ? Experience.Schema : SchedulingDecision.Schema;
        using IExportChunk files = state.Format switch
        {
            ExportFormat.Avro => new AvroChunk(part.Topic, schema),
            ExportFormat.DsJson => new DsJsonChunk(shelf, state.Card),
            ExportFormat.Npz => new NpzChunk(state.Actions!, shelf, state.Card),
            ExportFormat.Minari => new MinariChunk(state.Actions!, state),
            _ => new ParquetChunk(part.Log.Source, shelf),
        };
        int count = 0;
        long first = 0, next = part.Next;
        log.ReadPart(part.Topic, schema, part.Log with { From = part.Next }, (body, partition, offset) =>
        {
            ExperienceView record = default;
            if (isExperience)
            {
                if (!log.TryView<ExperienceView, Experience>(body, partition, offset, out record)) return;
                state.Card.Count(record);
            }

            if (count++ == 0) first = offset;
            files.Add(record, body, partition, offset);
            next = offset + 1;
            if (count >= chunk || files.IsFull) Complete();
        });
        if (count > 0) Complete();

        void Complete()
        {
            foreach ((string name, byte[] content) in files.Complete(NameOf(state, part, first)))
            {
                WriteWhole(name, content);
                state.Files.Add(name);
            }

            count = 0;
            part.Next = next;
            state.Card.Unreadable = _unreadableBefore + log.Unreadable;
            Save(state);
        }
    }

    private static string NameOf(ExportState state, ExportState.Part part, long first)
    {
        (string kind, int number) = part.Log.Partition < 0 ? ("f", state.Parts.ToList().IndexOf(part)) : ("", part.Log.Partition);
        return string.Create(CultureInfo.InvariantCulture, $"part-{kind}{number:0000}-{first:0000000000000}");
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
