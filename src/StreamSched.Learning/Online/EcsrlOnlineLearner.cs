using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Learning.Online;

/// <summary>
/// <c>ecsrl</c> learns on from what all schedulers decided, by deep Q-learning over the log. What is chosen next is known, its alternatives are not; so the
/// next value is that of the choice which the version in force took, by the target network: the double estimator (van Hasselt, Guez, Silver 2016) with the
/// version in force as the one that selects. A choice that exploration drew is nobody's best, and what led to it is left out.
/// </summary>
internal sealed class EcsrlOnlineLearner : DeepQOnlineLearner<CandidateDqn, EcsrlOnlineLearner.Line>
{
    private static readonly DqnSettings Settings = new()
    {
        Adam = new AdamSettings { LearningRate = 2e-5f, MaxGradientNorm = 5 }, Discount = 0.5f, CenterRewards = true, ReplayCapacity = 50_000,
        BatchSize = 128, LearningStarts = 2_000, TrainPeriod = 6, TargetPeriod = 4_000,
    };

    private readonly EcsrlReward _reward = new();

    /// <summary>A learner that goes on from what serves.</summary>
    /// <param name="champion">Its file.</param>
    /// <param name="settings">When a period ends.</param>
    /// <param name="seed">Of replay.</param>
    public EcsrlOnlineLearner(PolicyFile champion, OnTimeLearnerSettings settings, ulong seed)
        : base(
            EcsrlPolicy.Kind, champion, Settings, new HeldOutLosses(settings, settings.LeastOutcomes),
            shape => new CandidateDqn(EcsrlFeatures.Count, 1, shape, seed, EcsrlFeatures.Predicted))
    {
    }

    /// <inheritdoc/>
    public override PolicyFile File(PolicyMetadata about) => EcsrlPolicy.File(Candidate.Network, about);

    private protected override Line Begin(ReturnErrors errors) => new(errors);

    private protected override void Take(Line line, LearnedDecision decision)
    {
        if (!decision.IsPlaced)
        {
            // What could not be placed is the price of what was placed before it.
            line.Reward += _reward.OfRefusal(decision.Deadline);
            return;
        }

        if (!decision.IsOwn || decision.Seen.Length != EcsrlFeatures.Count)
        {
            line.Chosen = null;
            line.Errors.Break();
            return;
        }

        if (line.Chosen is { } chosen)
        {
            (float champion, float candidate) = ValuesOf(chosen);
            float predicted = chosen[EcsrlFeatures.Predicted];
            line.Errors.Add(line.Reward, champion + predicted, candidate + predicted);
            if (decision.Explored) line.Errors.Break();
            else Candidate.Add(chosen, line.Reward, decision.Seen, 1);
        }

        line.Chosen = decision.Seen;
        line.Reward = _reward.Of(new DecisionOutcome
        {
            Ran = true, OnTime = decision.OnTime, Latency = decision.Latency, Deadline = decision.Deadline, Weight = 1, Accuracy = 0,
            EnergyJoules = decision.EnergyJoules, Cost = 0, Value = 0,
        });
    }

    internal sealed class Line(ReturnErrors errors)
    {
        public ReturnErrors Errors { get; } = errors;

        public float[]? Chosen { get; set; }

        public float Reward { get; set; }
    }
}
