using System.Buffers.Text;

namespace StreamSched.Onnx.Energy;

/// <summary>
/// The energy counters of the machine's processor packages (RAPL, Linux powercap: Documentation/power/powercap/powercap.rst): µJ that count up and start
/// again at zero beyond a stated range.
/// </summary>
internal sealed class RaplCounter
{
    public const string SystemFolder = "/sys/class/powercap";

    private readonly Zone[] _zones;
    private ulong _total;

    private RaplCounter(Zone[] zones) => _zones = zones;

    /// <summary>Opens the packages' counters.</summary>
    /// <returns>Null, with the reason, where the machine does not show them.</returns>
    public static RaplCounter? TryOpen(string folder, out string? reason)
    {
        var zones = new List<Zone>();
        try
        {
            // Packages are intel-rapl:N (AMD's too); intel-rapl:N:M are parts of them, and intel-rapl-mmio:N the same packages once more.
            foreach (var path in Directory.Exists(folder) ? Directory.GetDirectories(folder, "intel-rapl:*") : [])
            {
                if (Path.GetFileName(path).Count(c => c == ':') != 1
                    || !File.ReadAllText(Path.Combine(path, "name")).StartsWith("package", StringComparison.Ordinal))
                    continue;
                var file = Path.Combine(path, "energy_uj");
                var range = ulong.Parse(File.ReadAllText(Path.Combine(path, "max_energy_range_uj")), System.Globalization.CultureInfo.InvariantCulture);
                zones.Add(new Zone(file, range) { Last = Read(file) });
            }
        }
        catch (UnauthorizedAccessException e)
        {
            reason = $"{e.Message} To measure energy, let the worker read it: chmod a+r {folder}/intel-rapl:*/energy_uj";
            return null;
        }
        catch (Exception e) when (e is IOException or FormatException or OverflowException)
        {
            reason = $"{folder}: {e.Message}";
            return null;
        }

        reason = zones.Count > 0 ? null : $"{folder} shows no processor package with an energy counter";
        return zones.Count > 0 ? new RaplCounter([.. zones]) : null;
    }

    /// <summary>Joules of all packages since this was opened. Must be called at least once per turn of the counter, which is about an hour at 70 W.</summary>
    public double ReadJoules()
    {
        foreach (var zone in _zones)
        {
            var now = Read(zone.File);
            _total += now >= zone.Last ? now - zone.Last : zone.Range - zone.Last + now;
            zone.Last = now;
        }

        return _total / 1e6;
    }

    private static ulong Read(string file)
    {
        Span<byte> text = stackalloc byte[32];
        using var handle = File.OpenHandle(file);
        var length = RandomAccess.Read(handle, text, 0);
        return Utf8Parser.TryParse(text[..length], out ulong value, out _) ? value : throw new FormatException($"{file} holds no number.");
    }

    private sealed class Zone(string file, ulong range)
    {
        public string File { get; } = file;

        public ulong Range { get; } = range;

        public ulong Last { get; set; }
    }
}
