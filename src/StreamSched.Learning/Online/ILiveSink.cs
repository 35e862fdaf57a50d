using StreamSched.Core.Cluster;
using StreamSched.Learning.Rollouts;

namespace StreamSched.Learning.Online;

/// <summary>Takes what a learner has to tell the schedulers.</summary>
public interface ILiveSink : IRolloutSink
{
    /// <summary>Takes a version, before any step that names it.</summary>
    /// <param name="version">Its name.</param>
    /// <param name="file">Its file, which may be damaged; then the next step rejects it.</param>
    /// <param name="parent">What it was made of.</param>
    /// <param name="now">µs since 1970.</param>
    void Version(PolicyVersion version, ReadOnlyMemory<byte> file, PolicyVersion parent, long now);

    /// <summary>Takes what is believed of the variants' accuracies, instead of what was told before.</summary>
    /// <param name="estimates">The estimates.</param>
    /// <param name="now">µs since 1970.</param>
    void Accuracies(IReadOnlyList<AccuracyEstimate> estimates, long now);
}
