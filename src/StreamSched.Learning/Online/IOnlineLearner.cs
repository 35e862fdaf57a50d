using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;

namespace StreamSched.Learning.Online;

/// <summary>Goes on training one kind of policy from what comes back, whichever scheduler chose. For one thread.</summary>
internal interface IOnlineLearner
{
    /// <summary>Takes what came of a request.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="now">µs.</param>
    /// <returns>What the period of learning has shown that this outcome ends; null: it ends none.</returns>
    LearnedPeriod? Add(in LiveOutcome outcome, long now);

    /// <summary>Another version serves.</summary>
    /// <param name="champion">Its file; null: it has none.</param>
    void Begin(LoadedPolicy? champion);

    /// <summary>What was learned, as a file.</summary>
    /// <param name="about">Metadata; what belongs to the kind is added.</param>
    PolicyFile File(PolicyMetadata about);
}
