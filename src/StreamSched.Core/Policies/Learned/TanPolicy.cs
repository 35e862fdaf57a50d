using StreamSched.Core.Cluster;
using StreamSched.Core.Networks;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// Small or large model for each request, by a policy gradient, with a memory that follows the hidden state of the load or without one (after Tan et al.). The
/// size's earliest placement is taken; where only one size is feasible there is nothing to choose, and where neither is, the earliest of the sizes between.
/// </summary>
public sealed class TanPolicy : ILearningPolicy, IFeaturePolicy
{
    /// <summary>The name that files and records give it.</summary>
    public const string Kind = "tan";

    private const float NotChosen = -1000;

    /// <summary>What a decision tells: the features, for each size whether it could be chosen, and the index of the one that was; -1: another placement
    /// than the earliest of a size.</summary>
    internal static int SeenFields => ObservationSize + TanFeatures.Sizes + 1;

    // Returns are of the order of one then, and the critic's error does not drown the actor's gradient.
    private const float RewardScale = 0.1f;

    private readonly Actor _actor;
    private readonly IReadOnlyList<IDecisionRecord> _team;
    private readonly int _me;
    private readonly float[] _features = new float[TanFeatures.Names.Count];
    private readonly int[] _earliest = new int[TanFeatures.Sizes];
    private readonly bool[] _mask = new bool[TanFeatures.Sizes];
    private readonly float[] _seen = new float[SeenFields];
    private int[] _steps = [];
    private RandomStream _random;
    private long _lastRequest = long.MinValue;
    private float _best;

    private TanPolicy(ActorCritic model, IReadOnlyList<IDecisionRecord> team, int me, ulong seed) =>
        (_actor, _team, _me, _random) = (new Actor(model), team, me, new RandomStream(seed));

    /// <summary>Length of an observation.</summary>
    public static int ObservationSize => TanFeatures.Names.Count;

    /// <inheritdoc/>
    public string Name => Kind;

    /// <inheritdoc/>
    int IFeaturePolicy.FeatureLayout => TanFeatures.Layout;

    /// <summary>Shape of a model.</summary>
    /// <param name="memory">Units of its memory; 0: none.</param>
    public static ActorCriticShape Shape(int memory) => new()
    {
        Context = ObservationSize, Actions = TanFeatures.Sizes, Memory = memory, ActorHidden = [32], CriticHidden = [32],
    };

    /// <summary>
    /// One of several that draw their choices and record them. All of them earn what any of them earns: the schedulers share the workers, and one that learned
    /// from its own requests alone would leave the waiting to the others. Earned is what an answer is worth less the best that there is, so that what is lost
    /// costs.
    /// </summary>
    /// <param name="model">What learns, not changed while this decides.</param>
    /// <param name="team">A record for each of the schedulers of a world; shared by its policies, which are on one thread.</param>
    /// <param name="me">Index of this one's record.</param>
    /// <param name="seed">Of the draws.</param>
    public static TanPolicy Learning(ActorCritic model, IReadOnlyList<IDecisionRecord> team, int me, ulong seed) => new(model, team, me, seed);

    /// <summary>One that takes the more probable size.</summary>
    /// <param name="model">The model.</param>
    public static TanPolicy Serving(ActorCritic model) => new(model, [], 0, 0);

    /// <summary>The policy of a file.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="PolicyFileException">Its network does not fit.</exception>
    public static TanPolicy Of(PolicyFile file) => Serving(ModelOf(file));

    /// <summary>The model of a file; its critic knows nothing.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="PolicyFileException">Its network does not fit.</exception>
    internal static ActorCritic ModelOf(PolicyFile file)
    {
        int units = file.Memory?.Units ?? 0, inputs = ObservationSize + units;
        NetworkShape shape = file.Network.Shape;
        if (shape.Inputs != inputs || shape.Outputs != TanFeatures.Sizes || shape.Layers.Count < 1 || (file.Memory is { } m && m.Inputs != ObservationSize)
            || file.ReadsMemory)
            throw new PolicyFileException($"'{Kind}' has {ObservationSize} features, the state of its memory behind them, and {TanFeatures.Sizes} outputs; "
                + $"the network has {shape.Inputs} and {shape.Outputs}");
        Activation activation = shape.Layers[0].Activation;
        if (shape.Layers.Take(shape.Layers.Count - 1).Any(l => l.Activation != activation))
            throw new PolicyFileException($"'{Kind}' needs hidden layers of one activation");
        ActorCritic model = new(Shape(units) with
        {
            ActorHidden = [.. shape.Layers.Take(shape.Layers.Count - 1).Select(l => l.Outputs)],
            CriticHidden = [32],
            Activation = activation,
        });
        file.Network.Parameters.CopyTo(model.Actor.Parameters);
        if (file.Memory is { } memory) memory.Parameters.CopyTo(model.Memory!.Parameters);
        return model;
    }

    /// <summary>A file of this kind.</summary>
    /// <param name="model">The model; the critic is left out.</param>
    /// <param name="about">Metadata; features and their layout are added.</param>
    public static PolicyFile File(ActorCritic model, PolicyMetadata about)
    {
        Network network = new(model.Actor.Shape);
        model.Actor.Parameters.CopyTo(network.Parameters);
        GruCell? memory = null;
        if (model.Memory is { } cell)
        {
            memory = new GruCell(cell.Inputs, cell.Units);
            cell.Parameters.CopyTo(memory.Parameters);
        }

        IEnumerable<string> state = Enumerable.Range(0, model.Shape.Memory).Select(u => $"state {u}");
        return new PolicyFile(network, about with { Name = Kind, FeatureLayout = TanFeatures.Layout, Features = [.. TanFeatures.Names, .. state] }, memory);
    }

    /// <inheritdoc/>
    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        long now = context.View.Now;
        float gap = _lastRequest == long.MinValue ? 1 : (now - _lastRequest) * 1e-6f;
        _lastRequest = now;
        TanFeatures.Encode(context.Request, c, gap, _features, _earliest);
        Span<float> score = c.Score;
        c.Slack.CopyTo(score);
        for (int size = 0; size < _mask.Length; size++) _mask[size] = _earliest[size] >= 0;
        if (!_mask[TanFeatures.Small] && !_mask[TanFeatures.Large]) return new Choice(Ranking.Best(c));
        int chosen = _earliest[(_team.Count == 0 ? _actor.Best(_features, _mask) : _actor.Decide(_features, _mask, ref _random, _team[_me])).Action];
        float accuracy = c.RegisteredAccuracy[chosen];
        for (int i = 0; i < c.Count; i++)
            if (c.RegisteredAccuracy[i] != accuracy) score[i] += NotChosen;
        return new Choice(chosen);
    }

    /// <inheritdoc/>
    ReadOnlySpan<float> IFeaturePolicy.SeenOf(int candidate)
    {
        if (!_mask[TanFeatures.Small] && !_mask[TanFeatures.Large]) return []; // its memory was not asked
        _features.CopyTo(_seen, 0);
        for (int size = 0; size < TanFeatures.Sizes; size++) _seen[ObservationSize + size] = _mask[size] ? 1 : 0;
        _seen[^1] = Array.IndexOf(_earliest, candidate);
        return _seen;
    }

    /// <inheritdoc/>
    public void Decided(in Request request, Candidates candidates, ClusterView view, in Decision decision)
    {
        if (_team.Count == 0) return;
        for (int i = 0; i < candidates.Count; i++) _best = Math.Max(_best, candidates.RegisteredAccuracy[i]);
        if (!decision.IsPlaced)
        {
            // What cannot be placed is the price of what was placed before it.
            foreach (IDecisionRecord record in _team)
                if (record.Count > 0) record.AddReward(record.Count - 1, -RewardScale * request.Weight * _best);
            return;
        }

        int at = decision.Handle * _team.Count;
        if (_steps.Length <= at) Array.Resize(ref _steps, Math.Max(2 * _steps.Length, at + (64 * _team.Count)));
        for (int member = 0; member < _team.Count; member++) _steps[at + member] = _team[member].Count;
    }

    /// <inheritdoc/>
    public void Ended(int handle, in DecisionOutcome outcome)
    {
        if (outcome.IsVoid) return;

        // Earned at the last decision of each before this one was sent, its own included.
        for (int member = 0; member < _team.Count; member++)
            if (_steps[(handle * _team.Count) + member] is > 0 and int steps)
                _team[member].AddReward(steps - 1, RewardScale * (outcome.Value - (outcome.Weight * _best)));
    }
}
