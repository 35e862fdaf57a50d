namespace StreamSched.Simulation.Topologies;

internal static class Pattern
{
    /// <summary>Whether a name is the pattern, or begins with what stands before its final <c>*</c>.</summary>
    public static bool Matches(string pattern, string name) =>
        pattern.EndsWith('*') ? name.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1)) : pattern == name;
}
