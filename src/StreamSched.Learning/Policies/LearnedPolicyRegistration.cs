using StreamSched.Core.Policies;
using StreamSched.Learning.Files;

namespace StreamSched.Learning.Policies;

/// <summary>A kind of policy that is read from an ONNX file.</summary>
/// <param name="Name">What the file's metadata calls it.</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="FeatureLayout">The layout of features that this build computes for it.</param>
/// <param name="Create">Makes it, with the constants of the rule that are in force; throws <see cref="PolicyFileException"/> where its network does not fit.</param>
public sealed record LearnedPolicyRegistration(string Name, string Summary, int FeatureLayout, Func<PolicyFile, RuleConstants, ISchedulingPolicy> Create);
