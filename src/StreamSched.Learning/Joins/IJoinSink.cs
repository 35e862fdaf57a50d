namespace StreamSched.Learning.Joins;

/// <summary>Takes what a join gives.</summary>
/// <typeparam name="TDecision">A decision as the host keeps it.</typeparam>
public interface IJoinSink<TDecision>
{
    /// <summary>A decision and its result.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="body">As the host gave it; released afterwards.</param>
    /// <param name="result">The result.</param>
    /// <param name="facts">What it tells.</param>
    /// <param name="skipLearn">Why nothing is to be learned from it; null: something is.</param>
    /// <returns>Where the host finds it again when feedback corrects it.</returns>
    long Joined(in DecisionHead decision, TDecision body, in ResultHead result, in ResultFacts facts, string? skipLearn);

    /// <summary>A decision without a result.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="body">As the host gave it; released afterwards.</param>
    /// <param name="skipLearn">Why nothing is to be learned from it.</param>
    /// <returns>Where the host finds it again.</returns>
    long Defaulted(in DecisionHead decision, TDecision body, string skipLearn);

    /// <summary>Feedback corrects what was joined.</summary>
    /// <param name="kept">Where the host finds it.</param>
    /// <param name="revision">Number of the revision, from 1.</param>
    /// <param name="feedback">Everything that the device has said of it.</param>
    /// <param name="offset">Offset of the latest of that.</param>
    /// <returns>Where the host finds it from now on; negative: it has let go of it.</returns>
    long Revised(long kept, int revision, FeedbackFacts feedback, long offset);

    /// <summary>The join needs a decision no more.</summary>
    /// <param name="body">As the host gave it.</param>
    void Release(TDecision body);
}
