using System.Text.Json;
using System.Text.Json.Serialization;
using StreamSched.Documents;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Experiments;

/// <summary>Results as they come, one JSON object a line, so that an experiment that was stopped goes on where it was.</summary>
internal sealed class RunStore : IDisposable
{
    private const long MostBytes = 1L << 32;

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
    internal static readonly JsonSerializerOptions Indented = new(Json) { WriteIndented = true };
    private readonly Dictionary<(string, string, ulong), RunRecord> _records = [];
    private readonly Lock _lock = new();
    private readonly string? _path;
    private readonly StreamWriter? _file;

    public RunStore(string? path)
    {
        _path = path;
        if (path is null) return;
        if (File.Exists(path))
        {
            foreach (string line in UserFile.ReadLines(path, MostBytes))
            {
                // A line may have been cut off when the experiment was stopped; its run is done again.
                if (Read(line) is { } record) _records[(record.Scenario, record.Policy, record.Seed)] = record;
            }
        }

        _file = new StreamWriter(path, append: true);
        if (_file.BaseStream.Length > 0) _file.WriteLine();
    }

    /// <summary>Why runs are missing in the file; null: none are.</summary>
    public string? Problem { get; private set; }

    /// <summary>What there is of a run; a scenario of the same name at another load or of another length is another one, and so is a policy file of the same
    /// name that holds something else.</summary>
    public RunRecord? Find(string name, string policy, string digest, ulong seed, Scenario scenario)
    {
        lock (_lock)
        {
            return _records.TryGetValue((name, policy, seed), out RunRecord? record) && record.Load == scenario.Load && record.Duration == scenario.Duration
                && record.Digest == digest
                ? record : null;
        }
    }

    /// <summary>All commits that records are from: an experiment that was resumed may have several.</summary>
    public IReadOnlyList<string> Commits
    {
        get
        {
            lock (_lock) return [.. _records.Values.Select(r => r.Commit).Where(c => c.Length > 0).Distinct()];
        }
    }

    public void Add(RunRecord record)
    {
        lock (_lock)
        {
            _records[(record.Scenario, record.Policy, record.Seed)] = record;
            if (Problem is not null) return;
            try
            {
                _file?.WriteLine(JsonSerializer.Serialize(record, Json));
                _file?.Flush();
            }
            catch (IOException e)
            {
                Problem = $"'{_path}' cannot be written ({e.Message}): the reports have all runs, the file has those before";
            }
        }
    }

    private static RunRecord? Read(string line)
    {
        try
        {
            return line.Length == 0 ? null : JsonSerializer.Deserialize<RunRecord>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        try
        {
            _file?.Dispose();
        }
        catch (IOException e)
        {
            Problem ??= e.Message; // what could not be written is tried once more when the file is closed
        }
    }
}
