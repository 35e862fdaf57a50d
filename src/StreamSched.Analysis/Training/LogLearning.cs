using StreamSched.Analysis.Replays;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Learning.Online;
using StreamSched.Simulation.Live;

namespace StreamSched.Analysis.Training;

/// <summary>Learns from the outcomes of a log, as the learner beside a cluster does from those that come.</summary>
internal static class LogLearning
{
    private const int Remembered = 200_000;

    /// <summary>What learns when nobody names a file to begin with.</summary>
    /// <param name="kind">The policy.</param>
    /// <param name="logger">The policy that logged; null: not known.</param>
    /// <param name="seed">Of what is drawn.</param>
    /// <returns>null: nothing.</returns>
    public static LoadedPolicy? StartOf(string kind, RecordedPolicy? logger, ulong seed)
    {
        if (logger?.File is { } file && file.Metadata.Name == kind) return file;
        if (kind != PolicyNames.Neural) return null;

        // A network that leaves the rule as it is, with the constants that were in force.
        PolicyMetadata metadata = new() { Name = kind, FeatureLayout = FeatureEncoder.RatioLayout, Features = FeatureEncoder.RatioNames };
        if (logger?.File?.Constants is { } constants) metadata = RuleConstantsText.Into(metadata, constants);
        return LoadedPolicy.Parse(new PolicyFile(NeuralPolicy.Untrained(seed), metadata).ToBytes());
    }

    /// <summary>Learns.</summary>
    /// <param name="kind">The policy.</param>
    /// <param name="start">The file that it begins with; null: with nothing.</param>
    /// <param name="outcomes">In the order of their decisions.</param>
    /// <param name="rehearsal">Outcomes of simulated worlds that a network goes on learning; null: none.</param>
    /// <param name="seed">Of what is drawn.</param>
    /// <returns>null: nothing learns this policy from outcomes.</returns>
    public static LogLearningResult? Learn(
        string kind, LoadedPolicy? start, IReadOnlyList<LoggedOutcome> outcomes, SimulatedOutcomes? rehearsal, ulong seed)
    {
        OnTimeLearnerSettings settings = new() { Remembered = Remembered, Passes = 4, SimulatedShare = rehearsal is null ? 0 : 0.5f };
        if (OnlineLearners.Create(kind, start, settings, seed) is not { } learner) return null;
        if (learner is OnTimeLearner network) rehearsal?.TellTo(network);
        int used = 0;
        foreach (LoggedOutcome outcome in outcomes)
        {
            bool isUsed = learner is OnTimeLearner ? outcome.IsPlaced && outcome.Features.Length > 0 : outcome.Policy == kind && outcome.Seen.Length > 0;
            if (isUsed) used++;
            learner.Add(outcome.ToLive(), outcome.At);
        }

        (learner as OnTimeLearner)?.EndPeriod();
        return new LogLearningResult(learner.File, used);
    }
}
