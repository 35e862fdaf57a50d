using System.Diagnostics;
using System.Diagnostics.Metrics;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Hosting;

/// <summary>The process itself, by OpenTelemetry's semantic conventions (process.*); .NET's own meter System.Runtime adds dotnet.*.</summary>
internal sealed class ProcessInstruments : IDisposable
{
    private readonly Meter _meter = new(Tracing.Name);

    /// <summary>Begins to measure.</summary>
    /// <param name="time">Clock.</param>
    public ProcessInstruments(TimeProvider time)
    {
        long began = time.GetTimestamp();
        _meter.CreateObservableCounter("process.cpu.time", CpuTime, "s", "Processor time used.");
        _meter.CreateObservableUpDownCounter("process.memory.usage", () => Of(p => p.WorkingSet64), "By", "Physical memory in use.");
        _meter.CreateObservableUpDownCounter("process.thread.count", () => Of(p => p.Threads.Count), "{thread}", "Threads.");
        _meter.CreateObservableGauge("process.uptime", () => time.GetElapsedTime(began).TotalSeconds, "s", "Time since the start.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<double>> CpuTime()
    {
        Environment.ProcessCpuUsage usage = Environment.CpuUsage;
        yield return new Measurement<double>(usage.UserTime.TotalSeconds, new KeyValuePair<string, object?>("cpu.mode", "user"));
        yield return new Measurement<double>(usage.PrivilegedTime.TotalSeconds, new KeyValuePair<string, object?>("cpu.mode", "system"));
    }

    private static long Of(Func<Process, long> value)
    {
        using Process process = Process.GetCurrentProcess();
        return value(process);
    }
}
