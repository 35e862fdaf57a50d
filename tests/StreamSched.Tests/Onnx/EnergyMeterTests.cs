using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using StreamSched.Onnx.Energy;
using StreamSched.Onnx.Processors;

namespace StreamSched.Tests.Onnx;

public sealed class EnergyMeterTests : IDisposable
{
    private const ulong Range = 1_000_000_000;
    private static readonly ProcessorSettings Processor = new() { Slots = 2, Power = new PowerSettings(2, 10) };

    private readonly string _powercap = Directory.CreateTempSubdirectory("streamsched-powercap-").FullName;
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => Directory.Delete(_powercap, recursive: true);

    [Fact]
    public void E6_where_the_machine_shows_its_counters_energy_is_measured()
    {
        Zone("intel-rapl:0", "package-0", 500);
        Zone("intel-rapl:1", "package-1", 0);
        Zone("intel-rapl:0:0", "core", 0);
        Zone("intel-rapl:2", "psys", 0);
        var meter = new EnergyMeter(Processor, 1, _time, _powercap);
        Assert.Null(meter.NotMeasured);
        meter.Begin();
        // 30 W and 20 W for 50 ms; the parts of a package and the platform's sum would count it twice.
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Count("intel-rapl:0", 500 + 1_500_000);
        Count("intel-rapl:1", 1_000_000);
        Count("intel-rapl:0:0", 900_000);
        Count("intel-rapl:2", 9_000_000);
        var reading = meter.End(TimeSpan.FromMilliseconds(50), running: 1, items: 4);
        Assert.Equal(EnergySource.Measured, reading.Source);
        Assert.Equal(2.5 / 4, reading.Joules!.Value, 1e-9);
        Assert.Equal(50, meter.Power(1).Watts!.Value, 1e-9);
    }

    [Fact]
    public void E6_a_counter_that_starts_again_at_zero_goes_on()
    {
        Zone("intel-rapl:0", "package-0", Range - 400_000);
        var meter = new EnergyMeter(Processor, 1, _time, _powercap);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Count("intel-rapl:0", 600_000);
        var reading = meter.End(TimeSpan.FromMilliseconds(50), running: 2, items: 1);
        Assert.Equal((0.5, EnergySource.Measured), (Math.Round(reading.Joules!.Value, 9), reading.Source));
    }

    [Fact]
    public void E6_batches_shorter_than_the_counters_step_are_charged_the_power_of_the_window()
    {
        Zone("intel-rapl:0", "package-0", 0);
        var meter = new EnergyMeter(Processor, 1, _time, _powercap);
        var (joules, counted) = (new List<EnergyReading>(), 0UL);
        for (var i = 1; i <= 100; i++)
        {
            meter.Begin();
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Count("intel-rapl:0", counted += 40_000);
            joules.Add(meter.End(TimeSpan.FromMilliseconds(1), 1, 1));
        }

        // Before the first window has passed nothing has been measured yet, and the reading says so.
        Assert.All(joules[..19], reading => Assert.Equal(EnergySource.Modelled, reading.Source));
        Assert.All(joules[19..], reading => Assert.Equal((0.04, EnergySource.Measured), (Math.Round(reading.Joules!.Value, 9), reading.Source)));
    }

    [Fact]
    public void E6_a_pause_does_not_dilute_the_power_of_the_batch_after_it()
    {
        Zone("intel-rapl:0", "package-0", 0);
        var meter = new EnergyMeter(Processor, 1, _time, _powercap);
        _time.Advance(TimeSpan.FromSeconds(10));
        Count("intel-rapl:0", 1_000_000);
        meter.Begin();
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Count("intel-rapl:0", 3_000_000);
        Assert.Equal(2, meter.End(TimeSpan.FromMilliseconds(50), 1, 1).Joules!.Value, 1e-9);
    }

    [Fact]
    public void E6_without_counters_energy_is_modelled_from_the_power_settings()
    {
        var meter = new EnergyMeter(Processor, 1, _time, _powercap);
        Assert.Contains("no processor package", meter.NotMeasured, StringComparison.Ordinal);
        meter.Begin();
        // One of two slots: 2 + 8 / 2 = 6 W; both: 10 W, shared by two.
        Assert.Equal(new EnergyReading(6 * 0.5 / 3, EnergySource.Modelled), meter.End(TimeSpan.FromSeconds(0.5), running: 1, items: 3));
        Assert.Equal(new EnergyReading(10 * 0.5 / 2, EnergySource.Modelled), meter.End(TimeSpan.FromSeconds(0.5), running: 2, items: 1));
        Assert.Equal(new PowerReading(2, EnergySource.Modelled), meter.Power(0));
    }

    [Fact]
    public void E6_an_emulated_device_is_modelled_even_where_the_machine_could_measure()
    {
        Zone("intel-rapl:0", "package-0", 0);
        var meter = new EnergyMeter(Processor, 20, _time, _powercap);
        Assert.Contains("20 times slower", meter.NotMeasured, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(EnergySource.Modelled, meter.End(TimeSpan.FromMilliseconds(50), 1, 1).Source);
    }

    [Fact]
    public void E6_without_counters_and_settings_there_is_no_figure()
    {
        var meter = new EnergyMeter(new ProcessorSettings(), 1, _time, _powercap);
        Assert.Equal(new EnergyReading(null, EnergySource.None), meter.End(TimeSpan.FromSeconds(1), 1, 1));
    }

    [Fact]
    public void E6_a_counter_that_may_not_be_read_says_how_to_allow_it()
    {
        // A folder in the file's place is refused like a file without permission, also to root.
        Zone("intel-rapl:0", "package-0", 0);
        File.Delete(Path.Combine(_powercap, "intel-rapl:0", "energy_uj"));
        Directory.CreateDirectory(Path.Combine(_powercap, "intel-rapl:0", "energy_uj"));
        Assert.Contains("chmod a+r", new EnergyMeter(Processor, 1, _time, _powercap).NotMeasured, StringComparison.Ordinal);
    }

    [Fact]
    public void E6_a_counter_that_goes_away_leaves_modelled_figures()
    {
        Zone("intel-rapl:0", "package-0", 0);
        var meter = new EnergyMeter(Processor, 1, _time, _powercap);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Count("intel-rapl:0", 500_000);
        Assert.Equal(EnergySource.Measured, meter.End(TimeSpan.FromMilliseconds(50), 1, 1).Source);
        File.Delete(Path.Combine(_powercap, "intel-rapl:0", "energy_uj"));
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(EnergySource.Modelled, meter.End(TimeSpan.FromMilliseconds(50), 1, 1).Source);
        Assert.NotNull(meter.NotMeasured);
    }

    private void Zone(string zone, string name, ulong microjoules)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_powercap, zone)).FullName;
        File.WriteAllText(Path.Combine(folder, "name"), name + "\n");
        File.WriteAllText(Path.Combine(folder, "max_energy_range_uj"), Range.ToString(CultureInfo.InvariantCulture) + "\n");
        Count(zone, microjoules);
    }

    private void Count(string zone, ulong microjoules) =>
        File.WriteAllText(Path.Combine(_powercap, zone, "energy_uj"), microjoules.ToString(CultureInfo.InvariantCulture) + "\n");
}
