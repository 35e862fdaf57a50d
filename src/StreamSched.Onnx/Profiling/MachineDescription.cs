using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace StreamSched.Onnx.Profiling;

/// <summary>On what something was measured.</summary>
/// <param name="Cpu">The processor's own name.</param>
/// <param name="Cores">Logical processors that the program may use.</param>
/// <param name="System">Operating system.</param>
/// <param name="Runtime">.NET version.</param>
/// <param name="OnnxRuntime">ONNX Runtime's version.</param>
public sealed record MachineDescription(string Cpu, int Cores, string System, string Runtime, string OnnxRuntime)
{
    /// <summary>This machine.</summary>
    public static MachineDescription Current { get; } = new(CpuName(), Environment.ProcessorCount, RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription, OrtEnv.Instance().GetVersionString());

    /// <summary>How many threads wanted to run over the last minute, in the mean; null where the system does not tell.</summary>
    public static double? LoadAverage()
    {
        const string Linux = "/proc/loadavg";
        return File.Exists(Linux) && double.TryParse(File.ReadAllText(Linux).Split(' ')[0], CultureInfo.InvariantCulture, out var load) ? load : null;
    }

    private static string CpuName()
    {
        const string Linux = "/proc/cpuinfo";
        // Arm's file has no "model name", only the numbers of the design.
        var line = File.Exists(Linux) ? File.ReadLines(Linux).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? (Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") is { Length: > 0 } identifier ? identifier : null)
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
