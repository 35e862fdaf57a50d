using StreamSched.Core.Cluster;

namespace StreamSched.Simulation.Scenarios;

/// <summary>A kind of device.</summary>
internal sealed record WorkerClass(
    string Name, IReadOnlyList<ProcessorDescription> Processors, IReadOnlyList<ServiceDefinition> Services, InterferenceTable Interference)
{
    /// <summary>The class as which its workers register, where several kinds register as one.</summary>
    public string Registered { get; init; } = Name;

    /// <summary>Where its figures are from.</summary>
    public string Source { get; init; } = "";

    /// <summary>Which of its figures nobody measured.</summary>
    public IReadOnlyList<string> Assumed { get; init; } = [];
}
