using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Learning.Online;

/// <summary>
/// <c>ecsrl</c> learns on from what all schedulers decided, by deep Q-learning over the log. What is chosen next is known, its alternatives are not; so the
/// next value is that of the choice which the version in force took, by the target network: the double estimator (van Hasselt, Guez, Silver 2016) with the
/// version in force as the one that selects. A choice that exploration drew is nobody's best, and what led to it is left out.
/// </summary>
internal sealed class EcsrlOnlineLearner : IOnlineLearner
{
    private static readonly DqnSettings Settings = new()
    {
        Adam = new AdamSettings { LearningRate = 2e-5f, MaxGradientNorm = 5 }, Discount = 0.5f, CenterRewards = true, ReplayCapacity = 50_000,
        BatchSize = 128, LearningStarts = 2_000, TrainPeriod = 6, TargetPeriod = 4_000,
    };

    private readonly EcsrlReward _reward = new();
    private readonly DecisionOrder _order;
    private readonly HeldOutLosses _losses;
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly ulong _seed;
    private CandidateDqn _candidate;
    private Network _champion;
    private Activations _one, _other;

    /// <summary>A learner that goes on from what serves.</summary>
    /// <param name="champion">Its file.</param>
    /// <param name="settings">When a period ends.</param>
    /// <param name="seed">Of replay.</param>
    public EcsrlOnlineLearner(PolicyFile champion, OnTimeLearnerSettings settings, ulong seed)
    {
        (_losses, _seed) = (new HeldOutLosses(settings, settings.LeastOutcomes), seed);
        _order = new DecisionOrder(EcsrlPolicy.Kind, Take);
        (_champion, _candidate) = (champion.Network.Clone(), Continue(champion.Network));
        (_one, _other) = (new Activations(_champion.Shape, 1), new Activations(_candidate.Network.Shape, 1));
    }

    /// <inheritdoc/>
    public LearnedPeriod? Add(in LiveOutcome outcome, long now)
    {
        _order.Add(outcome);
        LearnedPeriod? period = _losses.End(now);
        if (period is { } over && _losses.IsClearlyWorse(over.Score)) Restart();
        return period;
    }

    /// <inheritdoc/>
    public void Begin(LoadedPolicy? champion)
    {
        if (champion?.File is not { } file) return;
        (_champion, _one) = (file.Network.Clone(), new Activations(file.Network.Shape, 1));
        if (!_candidate.Network.HasShapeOf(_champion)) Restart();
    }

    /// <inheritdoc/>
    public PolicyFile File(PolicyMetadata about) => EcsrlPolicy.File(_candidate.Network, about);

    private void Restart()
    {
        _candidate = Continue(_champion);
        _other = new Activations(_candidate.Network.Shape, 1);
    }

    private CandidateDqn Continue(Network network)
    {
        CandidateDqn learner = new(
            EcsrlFeatures.Count, 1,
            Settings with { Hidden = [.. network.Shape.Layers.SkipLast(1).Select(l => l.Outputs)], Activation = network.Shape.Layers[0].Activation }, _seed,
            EcsrlFeatures.Predicted);
        learner.GoOnFrom(network);
        return learner;
    }

    private void Take(string scheduler, LearnedDecision decision)
    {
        if (!_lines.TryGetValue(scheduler, out Line? line)) _lines[scheduler] = line = new Line(new ReturnErrors(_losses, Settings.Discount));
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
            line.Errors.Add(line.Reward, ValueOf(_champion, _one, chosen), ValueOf(_candidate.Network, _other, chosen));
            if (decision.Explored) line.Errors.Break();
            else _candidate.Add(chosen, line.Reward, decision.Seen, 1);
        }

        line.Chosen = decision.Seen;
        line.Reward = _reward.Of(new DecisionOutcome
        {
            Ran = true, OnTime = decision.OnTime, Latency = decision.Latency, Deadline = decision.Deadline, Weight = 1, Accuracy = 0,
            EnergyJoules = decision.EnergyJoules, Cost = 0, Value = 0,
        });
    }

    private static float ValueOf(Network network, Activations one, float[] row)
    {
        one.SetSample(0, row);
        return network.Forward(one)[0] + row[EcsrlFeatures.Predicted];
    }

    private sealed class Line(ReturnErrors errors)
    {
        public ReturnErrors Errors { get; } = errors;

        public float[]? Chosen { get; set; }

        public float Reward { get; set; }
    }
}
