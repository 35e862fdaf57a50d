namespace StreamSched.Learning.Rollouts;

/// <summary>Names a version of a policy.</summary>
/// <param name="Name">The policy's name.</param>
/// <param name="Version">The number of the version.</param>
/// <param name="Digest">SHA-256 of its file.</param>
public sealed record PolicyVersion(string Name, int Version, ReadOnlyMemory<byte> Digest)
{
    /// <summary>Such as "neural v3".</summary>
    public override string ToString() => $"{Name} v{Version}";
}
