using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamSched.Simulation.Experiments;

/// <summary>Results as they come, one JSON object a line, so that an experiment that was stopped goes on where it was.</summary>
internal sealed class RunStore : IDisposable
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    internal static readonly JsonSerializerOptions Indented = new(Json) { WriteIndented = true };
    private readonly Dictionary<(string, string, ulong), RunRecord> _records = [];
    private readonly Lock _lock = new();
    private readonly StreamWriter? _file;

    public RunStore(string? path)
    {
        if (path is null) return;
        if (File.Exists(path))
        {
            foreach (string line in File.ReadLines(path))
            {
                // The last line may have been cut off when the experiment was stopped.
                if (!line.EndsWith('}')) continue;
                RunRecord record = JsonSerializer.Deserialize<RunRecord>(line, Json)!;
                _records[(record.Scenario, record.Policy, record.Seed)] = record;
            }
        }

        _file = new StreamWriter(path, append: true);
        if (_file.BaseStream.Length > 0) _file.WriteLine();
    }

    public RunRecord? Find(string scenario, string policy, ulong seed)
    {
        lock (_lock) return _records.GetValueOrDefault((scenario, policy, seed));
    }

    public void Add(RunRecord record)
    {
        lock (_lock)
        {
            _records[(record.Scenario, record.Policy, record.Seed)] = record;
            _file?.WriteLine(JsonSerializer.Serialize(record, Json));
            _file?.Flush();
        }
    }

    public void Dispose() => _file?.Dispose();
}
