namespace StreamSched.Core.PolicyFiles;

/// <summary>What a policy file says of itself. A file of another program has none of it.</summary>
public sealed record PolicyMetadata
{
    /// <summary>Name of the policy.</summary>
    public string Name { get; init; } = "";

    /// <summary>Version, counted up with every training that is published.</summary>
    public int Version { get; init; }

    /// <summary>Version of the layout of its features; 0: not said.</summary>
    public int FeatureLayout { get; init; }

    /// <summary>Names of its features, in their order.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Scenarios that it was trained in.</summary>
    public IReadOnlyList<string> Scenarios { get; init; } = [];

    /// <summary>Seeds that it was trained with.</summary>
    public IReadOnlyList<ulong> Seeds { get; init; } = [];

    /// <summary>Figures of training and evaluation, by name.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();

    /// <summary>Of the figures those that are numbers: one that was not measured is not told.</summary>
    public IEnumerable<KeyValuePair<string, double>> MeasuredFigures => Figures.Where(f => double.IsFinite(f.Value));

    /// <summary>What else is to be said, by name: the command, the commit, constants of the rule around the network.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();
}
