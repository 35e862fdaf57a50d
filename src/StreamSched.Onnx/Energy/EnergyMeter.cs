using StreamSched.Onnx.Processors;

namespace StreamSched.Onnx.Energy;

/// <summary>
/// Says what a batch cost. Measured where the machine shows its counters: the packages' power over the last 20 to 100 ms in which batches ran, times
/// the batch's time, shared among the batches that ran together. A counter moves once a millisecond and a batch may take 10 µs, so a batch's own
/// difference would be noise. The packages' power holds whatever else the machine did. Otherwise modelled from the power settings. An emulated device is
/// always modelled: this machine's power while it waits says nothing about the other's.
/// </summary>
public sealed class EnergyMeter
{
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestWindow = TimeSpan.FromMilliseconds(100);

    private readonly ProcessorSettings _processor;
    private readonly TimeProvider _time;
    private readonly RaplCounter? _counter;
    private readonly Lock _lock = new();
    private long _windowBegan;
    private double _joulesThen;
    private double? _watts;
    private bool _lost;

    /// <summary>Creates a meter.</summary>
    /// <param name="processor">Whose power settings serve where nothing is measured.</param>
    /// <param name="slowdown">Factor by which a slower device is emulated.</param>
    /// <param name="time">The clock.</param>
    public EnergyMeter(ProcessorSettings processor, double slowdown, TimeProvider time)
        : this(processor, slowdown, time, RaplCounter.SystemFolder)
    {
    }

    internal EnergyMeter(ProcessorSettings processor, double slowdown, TimeProvider time, string powercapFolder)
    {
        _processor = processor;
        _time = time;
        string? reason;
        if (slowdown > 1)
            reason = $"the worker emulates a device that is {slowdown:0.##} times slower";
        else if (processor.Provider != ExecutionProviders.Cpu)
            reason = $"no counter is known for the execution provider {processor.Provider}";
        else
            _counter = RaplCounter.TryOpen(powercapFolder, out reason);
        NotMeasured = reason;
        Restart();
    }

    /// <summary>Why energy is not measured; null where it is.</summary>
    public string? NotMeasured { get; private set; }

    /// <summary>To be called before a batch runs.</summary>
    public void Begin()
    {
        if (_counter is null)
            return;
        lock (_lock)
        {
            // The pause before this batch must not dilute its power.
            if (_time.GetElapsedTime(_windowBegan) > LongestWindow)
                Restart();
        }
    }

    /// <summary>To be called after a batch has run.</summary>
    /// <param name="service">How long it ran.</param>
    /// <param name="running">How many batches ran on the processor together, itself included.</param>
    /// <param name="items">How many requests it answered, at least 1.</param>
    /// <returns>The share of one request.</returns>
    public EnergyReading End(TimeSpan service, int running, int items)
    {
        if (_counter is not null)
        {
            lock (_lock)
            {
                if (_time.GetElapsedTime(_windowBegan) >= ShortestWindow)
                {
                    var (then, began) = (_joulesThen, _windowBegan);
                    Restart();
                    if (!_lost)
                        _watts = (_joulesThen - then) / _time.GetElapsedTime(began, _windowBegan).TotalSeconds;
                }
            }
        }

        var power = Power(running);
        return new EnergyReading(power.Watts * service.TotalSeconds / Math.Max(running, 1) / Math.Max(items, 1), power.Source);
    }

    /// <summary>The processor's power.</summary>
    /// <param name="running">How many batches run on it.</param>
    /// <returns>Measured over the last window, else modelled between idle and active by the share of slots that are taken.</returns>
    public PowerReading Power(int running)
    {
        lock (_lock)
        {
            if (_watts is { } measured)
                return new PowerReading(measured, EnergySource.Measured);
        }

        if (_processor.Power is not { } settings)
            return new PowerReading(null, EnergySource.None);
        var share = Math.Min(1, (double)running / _processor.Slots);
        return new PowerReading(settings.IdleWatts + (settings.ActiveWatts - settings.IdleWatts) * share, EnergySource.Modelled);
    }

    private void Restart()
    {
        _windowBegan = _time.GetTimestamp();
        if (_counter is null || _lost)
            return;
        try
        {
            _joulesThen = _counter.ReadJoules();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // Whatever took the counter away (permissions, a suspended driver), the answers go on; from here on they say that energy is modelled.
            _lost = true;
            _watts = null;
            NotMeasured = e.Message;
        }
    }
}
