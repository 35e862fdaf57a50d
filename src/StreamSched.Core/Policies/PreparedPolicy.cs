namespace StreamSched.Core.Policies;

/// <summary>A policy that one scheduler can take into force.</summary>
/// <param name="Policy">The policy; of this scheduler alone, since it may have scratch of its own.</param>
/// <param name="Constants">Constants of the rule that come with it; null: the scheduler's own.</param>
/// <param name="Digest">What names it for good, see <see cref="PolicyDigest"/>; null: that of its name alone.</param>
public sealed record PreparedPolicy(ISchedulingPolicy Policy, RuleConstants? Constants = null, ReadOnlyMemory<byte>? Digest = null);
