using StreamSched.Core.Policies;

namespace StreamSched.Core.Scheduling;

/// <summary>A policy with the version that it is.</summary>
/// <param name="Prepared">The policy.</param>
/// <param name="Version">Its version.</param>
/// <param name="AsRegistered">Whether it takes accuracies as registered, whatever labels have shown.</param>
public sealed record ServingPolicy(PreparedPolicy Prepared, int Version, bool AsRegistered = false)
{
    /// <summary>Whether both are the same policy, by their digests.</summary>
    /// <param name="other">The other.</param>
    internal bool IsSame(ServingPolicy other) =>
        Prepared.Digest is { } digest && other.Prepared.Digest is { } others && digest.Span.SequenceEqual(others.Span);
}
