using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Learning.Online;

/// <summary>
/// <c>aset</c> learns on from the windows of all schedulers, by deep Q-learning over the log. Each scheduler's first decision of a window tells what was seen
/// and which static policy ruled; what the requests until the next such decision earned is the reward. The next value is that of the static policy which the
/// version in force chose then, by the target network: values of those that never rule would only be guessed. Nothing explores between them: another one is
/// tried where its value, learned before, has become the highest.
/// </summary>
internal sealed class AsetOnlineLearner : IOnlineLearner
{
    private const int LeastWindows = 100;
    private static readonly DqnSettings Settings = new()
    {
        Adam = new AdamSettings { LearningRate = 3e-4f, MaxGradientNorm = 5 }, Discount = 0.8f, ReplayCapacity = 10_000, BatchSize = 64,
        LearningStarts = 200, TrainPeriod = 1, TargetPeriod = 100,
    };

    private readonly DecisionOrder _order;
    private readonly HeldOutLosses _losses;
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly bool[] _next = new bool[AsetPolicy.Rules.Count];
    private readonly ulong _seed;
    private Dqn _candidate;
    private PolicyFile _champion;
    private Activations _one, _other;

    /// <summary>A learner that goes on from what serves.</summary>
    /// <param name="champion">Its file.</param>
    /// <param name="settings">When a period ends.</param>
    /// <param name="seed">Of replay.</param>
    public AsetOnlineLearner(PolicyFile champion, OnTimeLearnerSettings settings, ulong seed)
    {
        (_losses, _seed, _champion) = (new HeldOutLosses(settings, LeastWindows), seed, champion);
        _order = new DecisionOrder(AsetPolicy.Kind, Take);
        _candidate = Continue(champion.Network);
        (_one, _other) = (new Activations(champion.Network.Shape, 1), new Activations(_candidate.Network.Shape, 1));
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
        (_champion, _one) = (file, new Activations(file.Network.Shape, 1));
        if (!_candidate.Network.HasShapeOf(file.Network)) Restart();
    }

    /// <inheritdoc/>
    public PolicyFile File(PolicyMetadata about) => AsetPolicy.File(_candidate.Network, AsetPolicy.WindowOf(_champion), about);

    private void Restart()
    {
        _candidate = Continue(_champion.Network);
        _other = new Activations(_candidate.Network.Shape, 1);
    }

    private Dqn Continue(Network network)
    {
        Dqn learner = new(
            AsetPolicy.ObservationSize, AsetPolicy.Rules.Count,
            Settings with { Hidden = [.. network.Shape.Layers.SkipLast(1).Select(l => l.Outputs)], Activation = network.Shape.Layers[0].Activation }, _seed);
        learner.GoOnFrom(network);
        return learner;
    }

    private void Take(string scheduler, LearnedDecision decision)
    {
        if (!_lines.TryGetValue(scheduler, out Line? line)) _lines[scheduler] = line = new Line(new ReturnErrors(_losses, Settings.Discount));
        if (decision.IsPlaced && !decision.IsOwn)
        {
            // Another policy's window.
            line.Observation = null;
            line.Errors.Break();
            return;
        }

        if (decision.Seen.Length == 1 + AsetPolicy.ObservationSize) Turn(line, decision.Seen);
        line.Requests++;
        if (decision.OnTime) line.Succeeded++;
    }

    private void Turn(Line line, float[] seen)
    {
        float[] observation = seen[1..];
        int action = (int)seen[0];
        if (action < 0 || action >= _next.Length)
        {
            line.Observation = null;
            return;
        }

        if (line.Observation is { } before && line.Requests > 0)
        {
            float reward = line.Succeeded / (float)line.Requests;
            line.Errors.Add(reward, ValueOf(_champion.Network, _one, before, line.Action), ValueOf(_candidate.Network, _other, before, line.Action));
            for (int a = 0; a < _next.Length; a++) _next[a] = a == action;
            _candidate.Add(before, line.Action, reward, observation, _next, terminated: false);
        }

        (line.Observation, line.Action, line.Requests, line.Succeeded) = (observation, action, 0, 0);
    }

    private static float ValueOf(Network network, Activations one, float[] observation, int action)
    {
        one.SetSample(0, observation);
        return network.Forward(one)[action * one.Stride];
    }

    private sealed class Line(ReturnErrors errors)
    {
        public ReturnErrors Errors { get; } = errors;

        public float[]? Observation { get; set; }

        public int Action { get; set; }

        public int Requests { get; set; }

        public int Succeeded { get; set; }
    }
}
