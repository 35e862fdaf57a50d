using System.Text.Json;
using StreamSched.Documents;
using StreamSched.Simulation.Bounds;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Grid;

/// <summary>
/// What load 1 means: the largest at which the bound is 99 % of its value at next to no load. Found once for each world and kind of value, and kept in a file.
/// </summary>
public sealed class UnitLoads
{
    // Long beside the deadlines: what is asked for at the end may use time after it, in which nothing else is asked for. However long it is, so many requests
    // are looked at.
    private const double Duration = 15, WarmUp = 0.5;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly string? _file;
    private readonly BoundSettings _settings;
    private readonly Dictionary<string, double> _known = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Reads what files know already.</summary>
    /// <param name="file">A JSON file that is written to; null: nothing is kept.</param>
    /// <param name="shipped">One that is only read; null: none.</param>
    /// <param name="settings">How hard the bound is looked for; null: as usual.</param>
    public UnitLoads(string? file, string? shipped = null, BoundSettings? settings = null)
    {
        (_file, _settings) = (file, settings ?? new BoundSettings());
        foreach (string? known in (string?[])[shipped, file])
        {
            if (known is null || !File.Exists(known)) continue;
            foreach ((string key, double load) in JsonSerializer.Deserialize<Dictionary<string, double>>(UserFile.ReadText(known, ScenarioFile.MostBytes))
                ?? throw new JsonException("holds null"))
                _known[key] = load is > 0 and < double.PositiveInfinity ? load : throw new JsonException($"the load of '{key}' is not above 0");
        }
    }

    /// <summary>Load 1 of each world, in multiples of what its file says, found at the same time on all cores.</summary>
    /// <param name="worlds">Worlds with steady arrivals; their names tell them apart, with the kind of value.</param>
    /// <param name="cancellation">Stops it.</param>
    public IReadOnlyList<double> Of(IReadOnlyList<Scenario> worlds, CancellationToken cancellation = default)
    {
        double[] loads = new double[worlds.Count];
        Parallel.For(
            0, worlds.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation },
            i => loads[i] = Of(worlds[i], cancellation));
        return loads;
    }

    /// <summary>Load 1 of a world, if it was found before; null: it was not.</summary>
    /// <param name="world">With steady arrivals.</param>
    public double? Known(Scenario world)
    {
        lock (_lock) return _known.TryGetValue(Key(world), out double known) ? known : null;
    }

    private static string Key(Scenario world) =>
        FormattableString.Invariant($"{world.Name} {world.ValueName} x{world.ServiceScale} {world.WorkerCount} workers");

    private double Of(Scenario world, CancellationToken cancellation)
    {
        string key = Key(world);
        lock (_lock)
            if (_known.TryGetValue(key, out double known)) return known;
        BoundSettings settings = _settings with { Accuracy = world.ValueIsAccuracy };
        double load = UpperBound.UnitLoad(world with { Duration = Duration, WarmUp = WarmUp, Events = [] }, world.Seed, settings, cancellation);
        lock (_lock)
        {
            _known[key] = load;
            if (_file is not null)
                File.WriteAllText(_file, JsonSerializer.Serialize(new SortedDictionary<string, double>(_known, StringComparer.Ordinal), Indented));
        }

        return load;
    }
}
