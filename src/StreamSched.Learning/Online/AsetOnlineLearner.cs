using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Learning.Online;

/// <summary>
/// <c>aset</c> learns on from the windows of all schedulers, by deep Q-learning over the log. Each scheduler's first decision of a window tells what was seen
/// and which static policy ruled; what the requests until the next such decision earned is the reward. The next value is that of the static policy which the
/// version in force chose then, by the target network: values of those that never rule would only be guessed. Nothing explores between them: another one is
/// tried where its value, learned before, has become the highest.
/// </summary>
internal sealed class AsetOnlineLearner : DeepQOnlineLearner<Dqn, AsetOnlineLearner.Line>
{
    private const int LeastWindows = 100;
    private static readonly DqnSettings Settings = new()
    {
        Adam = new AdamSettings { LearningRate = 3e-4f, MaxGradientNorm = 5 }, Discount = 0.8f, ReplayCapacity = 10_000, BatchSize = 64,
        LearningStarts = 200, TrainPeriod = 1, TargetPeriod = 100,
    };

    private readonly bool[] _next = new bool[AsetPolicy.Rules.Count];

    /// <summary>A learner that goes on from what serves.</summary>
    /// <param name="champion">Its file.</param>
    /// <param name="settings">When a period ends.</param>
    /// <param name="seed">Of replay.</param>
    public AsetOnlineLearner(PolicyFile champion, OnTimeLearnerSettings settings, ulong seed)
        : base(
            AsetPolicy.Kind, champion, Settings, new HeldOutLosses(settings, LeastWindows),
            shape => new Dqn(AsetPolicy.ObservationSize, AsetPolicy.Rules.Count, shape, seed))
    {
    }

    /// <inheritdoc/>
    public override PolicyFile File(PolicyMetadata about) => AsetPolicy.File(Candidate.Network, AsetPolicy.WindowOf(Champion), about);

    private protected override Line Begin(ReturnErrors errors) => new(errors);

    private protected override void Take(Line line, LearnedDecision decision)
    {
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
            (float champion, float candidate) = ValuesOf(before, line.Action);
            line.Errors.Add(reward, champion, candidate);
            for (int a = 0; a < _next.Length; a++) _next[a] = a == action;
            Candidate.Add(before, line.Action, reward, observation, _next, terminated: false);
        }

        (line.Observation, line.Action, line.Requests, line.Succeeded) = (observation, action, 0, 0);
    }

    internal sealed class Line(ReturnErrors errors)
    {
        public ReturnErrors Errors { get; } = errors;

        public float[]? Observation { get; set; }

        public int Action { get; set; }

        public int Requests { get; set; }

        public int Succeeded { get; set; }
    }
}
