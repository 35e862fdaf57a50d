using System.Text.RegularExpressions;

namespace StreamSched.Onnx.Processors;

/// <summary>A part of the machine on which models run, with its own queue, profile and power.</summary>
public sealed partial record ProcessorSettings
{
    /// <summary>Its name within the worker, 1 to 64 of a-z, 0-9 and '-'.</summary>
    public string Id { get; init; } = "cpu";

    /// <summary>ONNX Runtime's execution provider in lower case without its suffix: <c>cpu</c>, <c>cuda</c>, <c>tensorrt</c>, <c>openvino</c>, ….</summary>
    public string Provider { get; init; } = ExecutionProviders.Cpu;

    /// <summary>Threads within one run, 1 to 1024.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How many batches run at the same time, 1 to 64.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>Power draw; null: unknown, so that energy is not modelled.</summary>
    public PowerSettings? Power { get; init; }

    /// <summary>
    /// How long a batch may run before it is ended and its requests fail, 10 ms to 1 h; a model that was measured to be slow has ten times as long as it took.
    /// </summary>
    public TimeSpan RunLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Checks the ranges.</summary>
    /// <returns>Every complaint, empty where all is well.</returns>
    public IReadOnlyList<string> Validate()
    {
        var complaints = new List<string>();
        if (!IdForm().IsMatch(Id))
            complaints.Add($"processor id '{Id}' must be 1 to 64 of a-z, 0-9 and '-'");
        if (Threads is < 1 or > 1024)
            complaints.Add($"processor {Id}: threads is {Threads}, it must be within 1 and 1024");
        if (Slots is < 1 or > 64)
            complaints.Add($"processor {Id}: slots is {Slots}, it must be within 1 and 64");
        if (Power is { } power && !(power.IdleWatts >= 0 && power.ActiveWatts >= power.IdleWatts && double.IsFinite(power.ActiveWatts)))
            complaints.Add($"processor {Id}: power is {power.IdleWatts} W idle and {power.ActiveWatts} W active, it must be 0 ≤ idle ≤ active");
        if (RunLimit < TimeSpan.FromMilliseconds(10) || RunLimit > TimeSpan.FromHours(1))
            complaints.Add($"processor {Id}: run limit is {RunLimit.TotalSeconds} s, it must be within 0.01 and 3600 s");
        if (!ExecutionProviders.IsInstalled(Provider))
            complaints.Add($"processor {Id}: execution provider '{Provider}' is not installed; here are: {string.Join(", ", ExecutionProviders.Installed)}");
        return complaints;
    }

    internal void ThrowIfInvalid()
    {
        if (Validate() is { Count: > 0 } complaints)
            throw new ModelException(string.Join("; ", complaints) + ".");
    }

    [GeneratedRegex("^[a-z0-9-]{1,64}$")]
    private static partial Regex IdForm();
}
