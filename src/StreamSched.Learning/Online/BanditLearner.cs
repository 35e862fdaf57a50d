using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;

namespace StreamSched.Learning.Online;

/// <summary>
/// A bandit's sums over the rewards of all schedulers, where each of them has its own alone. An outcome first says how well its value was foretold, and then
/// is learned from.
/// </summary>
internal sealed class BanditLearner : IOnlineLearner
{
    private readonly string _name;
    private readonly Func<PolicyFile, IContextualBandit> _read;
    private readonly HeldOutLosses _losses;
    private readonly IContextualBandit _candidate;
    private IContextualBandit? _champion;

    /// <summary>A learner that goes on from what serves.</summary>
    /// <param name="name">The policy.</param>
    /// <param name="champion">Its file; null: it has none, and what is learned begins with nothing.</param>
    /// <param name="create">Makes a bandit that knows nothing.</param>
    /// <param name="read">Makes one that knows what a file has, and goes on from there.</param>
    /// <param name="settings">When a period ends.</param>
    public BanditLearner(
        string name, LoadedPolicy? champion, Func<IContextualBandit> create, Func<PolicyFile, IContextualBandit> read, OnTimeLearnerSettings settings)
    {
        (_name, _read, _losses) = (name, read, new HeldOutLosses(settings, settings.LeastOutcomes));
        _candidate = champion?.File is { } file ? read(file) : create();
        Begin(champion);
    }

    /// <inheritdoc/>
    public LearnedPeriod? Add(in LiveOutcome outcome, long now)
    {
        if (outcome.Policy != _name || outcome.Seen.Length != ArmFeatures.Count || !(outcome.Weight > 0)) return null;
        double reward = outcome.Utility / outcome.Weight;
        double champion = reward - (_champion?.Predict(outcome.Seen) ?? 0), candidate = reward - _candidate.Predict(outcome.Seen);
        if (!double.IsFinite(champion + candidate)) return null;
        _losses.Add(0, champion * champion, candidate * candidate);
        _candidate.Learn(outcome.Seen, reward);
        return _losses.End(now);
    }

    /// <inheritdoc/>
    public void Begin(LoadedPolicy? champion) => _champion = champion?.File is { } file ? _read(file) : null;

    /// <inheritdoc/>
    public PolicyFile File(PolicyMetadata about) => BanditPolicy.File(_name, _candidate, about);
}
