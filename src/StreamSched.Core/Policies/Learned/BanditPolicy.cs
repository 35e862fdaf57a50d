using StreamSched.Core.Cluster;
using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// Model selection as a contextual bandit: every placement is an arm. What all arms share is learned from their features, so that one which comes while it
/// serves is known from its first moment on; what is left of an arm's rewards is its own (the hybrid model of Li, Chu, Langford, Schapire 2010, with a constant
/// per arm). The highest upper confidence bound of the outcome's value wins. What a placement takes from later requests is not in it.
/// </summary>
/// <param name="name">The name that it is registered under.</param>
/// <param name="bandit">Learns what arms share; belongs to this policy alone.</param>
internal sealed class BanditPolicy(string name, IContextualBandit bandit) : ILearningPolicy, IFeaturePolicy
{
    // What an arm's own constant is thought to vary by, and how many rewards it remembers: it must follow a machine that changes.
    private const float Spread = 0.2f, Memory = 200;

    private readonly FeasibleRows _rows = new();
    private float[] _features = [];
    private float[] _chosen = [];
    private int[] _armOf = [];
    private Arm[] _arms = [];

    private const string SumsNote = "sums";

    // What is summed up grows with their square.
    private const int MostUnits = 256;

    public string Name => name;

    public int FeatureLayout => ArmFeatures.Layout;

    /// <summary>The policy of a file: what arms share is where the file has it, and goes on from there; what an arm has of its own begins anew.</summary>
    /// <param name="file">The file.</param>
    /// <param name="make">Makes the bandit of a network from features to the reward.</param>
    /// <exception cref="PolicyFileException">Its network does not fit, or its sums are none.</exception>
    public static BanditPolicy Of(PolicyFile file, Func<Network, IContextualBandit> make) => new(file.Metadata.Name, BanditOf(file, make));

    /// <summary>What arms share, as a file has it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="make">Makes the bandit of a network from features to the reward.</param>
    /// <exception cref="PolicyFileException">Its network does not fit, or its sums are none.</exception>
    public static IContextualBandit BanditOf(PolicyFile file, Func<Network, IContextualBandit> make)
    {
        string kind = file.Metadata.Name;
        NetworkShape shape = file.Network.Shape;
        if (shape.Inputs != ArmFeatures.Count || shape.Outputs != 1 || shape.Layers[^1].Activation != Activation.Identity)
            throw new PolicyFileException(
                $"'{kind}' has {ArmFeatures.Count} features and one output, which is linear; the network has {shape.Inputs} and {shape.Outputs}");
        if (shape.Layers.SkipLast(1).Any(l => l.Outputs > MostUnits)) throw new PolicyFileException($"'{kind}' has at most {MostUnits} units in a layer");
        IContextualBandit bandit = make(file.Network.Clone());
        if (!file.Metadata.Notes.TryGetValue(SumsNote, out string? text) || !bandit.Model.TryRestore(text))
            throw new PolicyFileException($"the note '{SumsNote}' must hold what was summed up over the rewards, in base 64");
        return bandit;
    }

    /// <summary>A file of this kind.</summary>
    /// <param name="name">The name that it is registered under.</param>
    /// <param name="bandit">What was learned.</param>
    /// <param name="about">Metadata; features, their layout and the sums are added.</param>
    public static PolicyFile File(string name, IContextualBandit bandit, PolicyMetadata about) => new(bandit.ToNetwork(), about with
    {
        Name = name,
        FeatureLayout = ArmFeatures.Layout,
        Features = ArmFeatures.Names,
        Notes = new Dictionary<string, string>(about.Notes) { [SumsNote] = bandit.Model.ToText() },
    });

    public ReadOnlySpan<float> SeenOf(int candidate) => _features.AsSpan(_rows[candidate] * ArmFeatures.Count, ArmFeatures.Count);

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        _rows.Number(c);
        if (_features.Length < _rows.Count * ArmFeatures.Count) _features = new float[2 * _rows.Count * ArmFeatures.Count];
        ArmFeatures.Encode(context, _rows, _features);
        bandit.Score(_features, _rows.Count, _rows.Values);
        _rows.Score(c);
        Span<float> score = c.Score;
        ReadOnlySpan<int> mask = c.Mask, placement = c.Placement;
        for (int i = 0; i < c.Count; i++)
            if (mask[i] != 0) score[i] += ArmOf(placement[i], context.View).Bound;
        int best = Ranking.Best(c);

        // Never a refusal: a bound that is no number is a failure, which the scheduler sees and covers.
        return new Choice(best < 0 ? Ranking.Nth(c, 0) : best);
    }

    public void Decided(in Request request, Candidates candidates, ClusterView view, in Decision decision)
    {
        // What another one chose was chosen without these features.
        if (!decision.IsPlaced || decision.IsStandIn) return;
        if (_armOf.Length <= decision.Handle)
        {
            int length = Math.Max(2 * _armOf.Length, decision.Handle + 64);
            Array.Resize(ref _armOf, length);
            Array.Resize(ref _chosen, length * ArmFeatures.Count);
        }

        SeenOf(decision.Candidate).CopyTo(_chosen.AsSpan(decision.Handle * ArmFeatures.Count));
        _armOf[decision.Handle] = decision.Placement + 1;
    }

    public void Ended(int handle, in DecisionOutcome outcome)
    {
        if (handle >= _armOf.Length || _armOf[handle] == 0) return;
        int arm = _armOf[handle] - 1;
        _armOf[handle] = 0;
        if (outcome.IsVoid || !(outcome.Weight > 0)) return;
        ReadOnlySpan<float> x = _chosen.AsSpan(handle * ArmFeatures.Count, ArmFeatures.Count);
        float reward = outcome.Value / outcome.Weight;
        _arms[arm].Learn(reward - (float)bandit.Predict(x));
        bandit.Learn(x, reward);
    }

    // An index that was given to another placement is another arm.
    private ref Arm ArmOf(int placement, ClusterView view)
    {
        if (placement >= _arms.Length) Array.Resize(ref _arms, Math.Max(2 * _arms.Length, placement + 16));
        ref Arm arm = ref _arms[placement];
        int generation = view.GenerationOf(placement);
        if (arm.Generation != generation || arm.Count == 0) arm = new Arm { Generation = generation, Count = 1 };
        return ref arm;
    }

    private struct Arm
    {
        private float _mean;

        public int Generation;

        /// <summary>Rewards and one: the prior counts as a reward that was expected.</summary>
        public float Count;

        public readonly float Bound => _mean + (Spread / MathF.Sqrt(Count));

        public void Learn(float residual)
        {
            if (!float.IsFinite(residual)) return;
            Count = Math.Min(Memory, Count + 1);
            _mean += (residual - _mean) / Count;
        }
    }
}
