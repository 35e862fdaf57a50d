using StreamSched.Core.Cluster;

namespace StreamSched.Simulation.Scenarios;

/// <summary>One worker.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Class">Its kind.</param>
/// <param name="Site">Index of its site.</param>
/// <param name="Variants">What it holds.</param>
/// <param name="RegisteredScales">Registered over true service times, other than 1 for a wrong profile; of several, one is drawn for each variant.</param>
/// <param name="TrueScale">True service times over those of its class.</param>
/// <param name="Registered">How it says that its models slow each other; what is true stands in its class.</param>
internal sealed record WorkerDefinition(
    string Id, WorkerClass Class, int Site, IReadOnlyList<VariantDefinition> Variants, IReadOnlyList<double> RegisteredScales, double TrueScale,
    InterferenceTable Registered);
