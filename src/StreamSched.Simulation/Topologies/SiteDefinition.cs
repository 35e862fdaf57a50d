namespace StreamSched.Simulation.Topologies;

/// <summary>A place where devices or workers are.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tier"><c>access</c>, <c>office</c>, <c>dc</c> or <c>cloud</c>; devices are at access sites.</param>
internal sealed record SiteDefinition(string Name, string Tier)
{
    public const string Access = "access";

    public static readonly string[] Tiers = [Access, "office", "dc", "cloud"];

    /// <summary>Whether a pattern names it: its name, its tier, or a name with a <c>*</c> at its end.</summary>
    public bool Matches(string pattern) => Pattern.Matches(pattern, Name) || pattern == Tier;
}
