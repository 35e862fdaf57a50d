using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Learning.Online;

/// <summary>
/// <c>tan</c> learns on from what all schedulers decided, by PPO over the log. The version in force takes the likelier size, and exploration now and then the
/// other one; so each decision counts by how much likelier it is under the network that learns than it was (truncated importance weights, as in Espeholt et
/// al. 2018). What is gained is estimated before learning, by the decisions in which what learns and what serves would differ.
/// </summary>
internal sealed class TanOnlineLearner : IOnlineLearner
{
    private const int Steps = 4_096;
    private const float MostWeight = 10, RewardScale = 0.1f;
    private static readonly PpoSettings Settings = new()
    {
        Adam = new AdamSettings { LearningRate = 3e-4f, Epsilon = 1e-5f, MaxGradientNorm = 0.5f }, DecayLearningRate = false, Discount = 0.97f,
        Lambda = 0.95f, EntropyWeight = 0, Epochs = 4, Minibatches = 8, MaxDivergence = 0.03f, SequenceLength = 64,
    };

    private readonly DecisionOrder _order;
    private readonly HeldOutLosses _losses;
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly ulong _seed;
    private Ppo _ppo;
    private ActorCritic _champion;
    private int _steps;

    /// <summary>A learner that goes on from what serves.</summary>
    /// <param name="champion">Its file.</param>
    /// <param name="settings">What is clear.</param>
    /// <param name="seed">Of the order of minibatches.</param>
    public TanOnlineLearner(PolicyFile champion, OnTimeLearnerSettings settings, ulong seed)
    {
        (_seed, _losses) = (seed, new HeldOutLosses(settings with { Period = TimeSpan.Zero }, 1));
        _order = new DecisionOrder(TanPolicy.Kind, Take);
        (_champion, _ppo) = (TanPolicy.ModelOf(champion), new Ppo(TanPolicy.ModelOf(champion), Settings, seed));
    }

    /// <inheritdoc/>
    public LearnedPeriod? Add(in LiveOutcome outcome, long now)
    {
        _order.Add(outcome);
        if (_steps < Steps) return null;
        _steps = 0;
        return Learn(now);
    }

    /// <inheritdoc/>
    public void Begin(LoadedPolicy? champion)
    {
        if (champion?.File is not { } file) return;
        _champion = TanPolicy.ModelOf(file);
        if (_champion.Parameters.Length != _ppo.Model.Parameters.Length) _ppo = new Ppo(TanPolicy.ModelOf(file), Settings, _seed);
        _lines.Clear();
        _steps = 0;
    }

    /// <inheritdoc/>
    public PolicyFile File(PolicyMetadata about) => TanPolicy.File(_ppo.Model, about);

    private void Take(string scheduler, LearnedDecision decision)
    {
        if (!_lines.TryGetValue(scheduler, out Line? line)) _lines[scheduler] = line = new Line(_champion, _ppo.Model);
        if (!decision.IsPlaced || decision.Seen.Length != TanPolicy.SeenFields)
        {
            // What was earned without a choice is the price of what was chosen before.
            line.Earn(RewardScale * decision.Utility);
            return;
        }

        ReadOnlySpan<float> seen = decision.Seen.AsSpan(0, TanPolicy.ObservationSize);
        Span<bool> mask = stackalloc bool[TanFeatures.Sizes];
        for (int size = 0; size < mask.Length; size++) mask[size] = decision.Seen[TanPolicy.ObservationSize + size] > 0;
        int action = (int)decision.Seen[^1];
        bool isChoice = action >= 0 && action < mask.Length && mask[action];
        line.Decide(seen, mask, isChoice ? action : -1, Math.Clamp(decision.Propensity, 1e-3f, 1), MostWeight);
        line.Earn(RewardScale * decision.Utility);
        _steps++;
    }

    private LearnedPeriod? Learn(long now)
    {
        Trajectory[] all = [.. _lines.Values.Select(l => l.Trajectory).Where(t => t.Count > 0)];
        foreach (Line line in _lines.Values) line.Compare(Settings, _losses);
        foreach (Trajectory trajectory in all) trajectory.End();
        float[] before = [.. _ppo.Model.Parameters];
        _ppo.Update(all);
        if (_ppo.Model.Parameters.Any(p => !float.IsFinite(p))) before.CopyTo(_ppo.Model.Parameters, 0);
        foreach (Line line in _lines.Values) line.Clear();
        LearnedPeriod? period = _losses.End(now);
        if (period is not { } over || !_losses.IsClearlyWorse(over.Score)) return period;

        // The critic goes on.
        int critic = _ppo.Model.Parameters.Length - _ppo.Model.Critic.Shape.ParameterCount;
        _champion.Parameters.AsSpan(0, critic).CopyTo(_ppo.Model.Parameters);
        _lines.Clear();
        return period;
    }

    // Decisions of one scheduler, as the network that learns would have taken them.
    private sealed class Line(ActorCritic champion, ActorCritic candidate)
    {
        private readonly Actor _champion = new(champion), _candidate = new(candidate);
        private readonly List<(int Chosen, int Champion, int Candidate, float Propensity)> _choices = [];

        public Trajectory Trajectory { get; } = new(candidate.Shape);

        public void Decide(ReadOnlySpan<float> seen, ReadOnlySpan<bool> mask, int action, float propensity, float mostWeight)
        {
            int served = _champion.Best(seen, mask).Action;
            int learned = _candidate.Replay(seen, mask, Math.Max(0, action), out float probability, Trajectory);
            Trajectory.SetWeight(Trajectory.Count - 1, action < 0 ? 0 : Math.Min(mostWeight, probability / propensity));
            _choices.Add((action, served, learned, propensity));
        }

        public void Earn(float reward)
        {
            if (Trajectory.Count > 0) Trajectory.AddReward(Trajectory.Count - 1, reward);
        }

        public void Compare(PpoSettings settings, HeldOutLosses losses)
        {
            float[] advantages = new float[Trajectory.Count];
            Trajectory.Advantages(settings.Discount, settings.Lambda, advantages);
            float mean = advantages.Length == 0 ? 0 : advantages.Average(); // what the critic does not know yet is no size's merit
            for (int i = 0; i < advantages.Length; i++)
            {
                (int chosen, int served, int learned, float propensity) = _choices[i];
                if (chosen < 0) continue;
                float share = (advantages[i] - mean) / Math.Max(propensity, 1 / MostWeight);
                losses.Add(0, chosen == served ? -share : 0, chosen == learned ? -share : 0);
            }
        }

        public void Clear()
        {
            Trajectory.Clear();
            _choices.Clear();
        }
    }
}
