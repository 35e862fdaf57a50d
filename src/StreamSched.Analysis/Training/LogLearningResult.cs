using StreamSched.Core.PolicyFiles;

namespace StreamSched.Analysis.Training;

/// <summary>What was learned from a log.</summary>
/// <param name="File">Makes its file, given metadata.</param>
/// <param name="Used">How many outcomes it was learned from.</param>
internal sealed record LogLearningResult(Func<PolicyMetadata, PolicyFile> File, int Used);
