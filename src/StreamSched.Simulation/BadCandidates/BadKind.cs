using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;

namespace StreamSched.Simulation.BadCandidates;

/// <summary>A kind of bad candidate.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">How many of them a world is proposed.</param>
/// <param name="Make">Draws one.</param>
internal sealed record BadKind(string Name, int Count, BadKind.Maker Make)
{
    /// <summary>Draws the file of a candidate.</summary>
    /// <param name="champion">The policy that serves.</param>
    /// <param name="random">Source of draws.</param>
    public delegate byte[] Maker(PolicyFile champion, ref RandomStream random);
}
