using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// Proximal policy optimisation with a clipped objective (Schulman, Wolski, Dhariwal, Radford, Klimov 2017) for categorical policies under a mask, with or
/// without memory. With memory, minibatches are of whole sequences, started from the memory that the actor had.
/// </summary>
public sealed class Ppo
{
    private readonly ActorCriticBatch _batch;
    private readonly Adam _adam;
    private readonly float[] _gradients, _probabilities;
    private RandomStream _random;

    /// <summary>A learner.</summary>
    /// <param name="model">What learns.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="seed">Of the order of minibatches.</param>
    public Ppo(ActorCritic model, PpoSettings settings, ulong seed)
    {
        (Model, Settings) = (model, settings);
        _batch = new ActorCriticBatch(model);
        _adam = new Adam(model.Parameters.Length, settings.Adam);
        (_gradients, _probabilities) = (new float[model.Parameters.Length], new float[model.Shape.Actions]);
        _random = RandomStream.For(seed, "ppo minibatches");
    }

    /// <summary>What learns.</summary>
    public ActorCritic Model { get; }

    /// <summary>Settings.</summary>
    public PpoSettings Settings { get; }

    /// <summary>Learns from decisions of the current policy.</summary>
    /// <param name="trajectories">At least one decision in all.</param>
    /// <param name="learningRate">Instead of the one in the settings.</param>
    public PpoStatistics Update(IReadOnlyList<Trajectory> trajectories, float? learningRate = null)
    {
        float[][] advantages = Advantages(trajectories);
        Piece[] pieces = [.. Pieces(trajectories)];
        if (pieces.Length == 0) throw new ArgumentException("there is no decision to learn from", nameof(trajectories));
        int minibatches = Math.Min(Settings.Minibatches, pieces.Length), done = 0, epochs = 0;
        PpoSums total = default;
        float divergence = 0, norm = 0;
        for (; epochs < Settings.Epochs && divergence <= Settings.MaxDivergence; epochs++)
        {
            _random.Shuffle(pieces.AsSpan());

            for (int m = 0; m < minibatches; m++)
            {
                int from = (int)((long)pieces.Length * m / minibatches), to = (int)((long)pieces.Length * (m + 1) / minibatches);
                PpoSums sums = Minibatch(pieces.AsSpan(from, to - from), trajectories, advantages);
                norm += _adam.Step(Model.Parameters, _gradients, learningRate);
                divergence = sums.Divergence / sums.Count;
                total.Add(sums);
                done++;
            }
        }

        return total.Means(divergence, norm / done, epochs);
    }

    /// <summary>Writes parameters and everything else that it needs to go on.</summary>
    /// <param name="checkpoint">Where to.</param>
    public void Save(Checkpoint checkpoint)
    {
        checkpoint.Set("ppo.parameters", Model.Parameters);
        checkpoint.Set("ppo.random", _random.State);
        _adam.Save(checkpoint, "ppo.adam");
    }

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <exception cref="CheckpointException">It is of another training.</exception>
    public void Load(Checkpoint checkpoint)
    {
        checkpoint.Get("ppo.parameters", Model.Parameters.AsSpan());
        _random = new RandomStream(checkpoint.GetUInt64("ppo.random"));
        _adam.Load(checkpoint, "ppo.adam");
    }

    /// <summary>The gradient that one minibatch of all decisions would have.</summary>
    internal float[] Gradient(IReadOnlyList<Trajectory> trajectories)
    {
        Minibatch([.. Pieces(trajectories)], trajectories, Advantages(trajectories));
        float[] gradient = [.. _gradients];
        Array.Clear(_gradients);
        return gradient;
    }

    private float[][] Advantages(IReadOnlyList<Trajectory> trajectories)
    {
        float[][] advantages = [.. trajectories.Select(t => new float[t.Count])];
        for (int t = 0; t < advantages.Length; t++) trajectories[t].Advantages(Settings.Discount, Settings.Lambda, advantages[t]);
        return advantages;
    }

    private IEnumerable<Piece> Pieces(IReadOnlyList<Trajectory> trajectories)
    {
        int length = Model.Memory is null ? 1 : Settings.SequenceLength;
        for (int t = 0; t < trajectories.Count; t++)
            for (int at = 0; at < trajectories[t].Count; at += length) yield return new Piece(t, at, Math.Min(length, trajectories[t].Count - at));
    }

    private PpoSums Minibatch(ReadOnlySpan<Piece> pieces, IReadOnlyList<Trajectory> trajectories, float[][] advantages)
    {
        int steps = 0, count = 0;
        double mean = 0, square = 0;
        foreach (Piece piece in pieces)
        {
            (steps, count) = (Math.Max(steps, piece.Length), count + piece.Length);
            foreach (float a in advantages[piece.Trajectory].AsSpan(piece.From, piece.Length)) (mean, square) = (mean + a, square + ((double)a * a));
        }

        mean /= count;
        float shift = 0, scale = 1;
        if (Settings.NormalizeAdvantages && count > 1)
            (shift, scale) = ((float)mean, (float)(1 / (Math.Sqrt(Math.Max(0, (square - (count * mean * mean)) / (count - 1))) + 1e-8)));

        _batch.Resize(steps, pieces.Length);
        for (int s = 0; s < pieces.Length; s++)
        {
            Piece piece = pieces[s];
            Trajectory trajectory = trajectories[piece.Trajectory];
            if (Model.Memory is not null) _batch.SetState(s, trajectory.State(piece.From));
            for (int k = 0; k < piece.Length; k++) _batch.Set(k, s, trajectory.Observation(piece.From + k), trajectory.IsStart(piece.From + k));
        }

        _batch.Forward();
        _batch.ClearGradients();
        PpoSums sums = default;
        for (int s = 0; s < pieces.Length; s++)
        {
            Piece piece = pieces[s];
            for (int k = 0; k < piece.Length; k++)
            {
                int at = piece.From + k;
                float advantage = advantages[piece.Trajectory][at];
                Trajectory trajectory = trajectories[piece.Trajectory];
                Decision((k * _batch.Stride) + s, trajectory, at, (advantage - shift) * scale * trajectory.Weight(at), advantage, 1f / count, ref sums);
            }
        }

        _batch.Backward(_gradients);
        return sums;
    }

    // Losses of one decision, and their gradients by scores and value.
    private void Decision(int sample, Trajectory trajectory, int at, float advantage, float rawAdvantage, float weight, ref PpoSums sums)
    {
        int action = trajectory.Action(at), actions = _probabilities.Length;
        for (int a = 0; a < actions; a++) _probabilities[a] = _batch.Score(sample, a);
        float score = _probabilities[action];
        float logRatio = score - Categorical.Softmax(_probabilities, trajectory.Mask(at)) - trajectory.LogProbability(at);
        float entropy = Categorical.Entropy(_probabilities), byLog = sums.Decided(logRatio, advantage, Settings.Clip, entropy);
        for (int a = 0; a < actions; a++)
        {
            float p = _probabilities[a];
            if (p <= 0) continue;
            float byScore = (byLog * ((a == action ? 1 : 0) - p)) + (Settings.EntropyWeight * p * (MathF.Log(p) + entropy));
            _batch.SetGradient(sample, a, weight * byScore);
        }

        float before = trajectory.Value(at), expected = before + rawAdvantage, value = _batch.Value(sample), error = value - expected, byValue = error,
            squared = error * error;
        if (Settings.ClipValue)
        {
            float near = before + Math.Clamp(value - before, -Settings.Clip, Settings.Clip), nearError = near - expected;
            if (nearError * nearError > squared) (squared, byValue) = (nearError * nearError, near == value ? nearError : 0);
        }

        _batch.SetValueGradient(sample, weight * Settings.ValueWeight * byValue);
        sums.Value += 0.5f * squared;
    }

    // A part of a trajectory that stays together.
    private readonly record struct Piece(int Trajectory, int From, int Length);
}
