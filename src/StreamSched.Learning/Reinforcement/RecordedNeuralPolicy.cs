using StreamSched.Core.Cluster;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Learning.Reinforcement;

/// <summary><see cref="NeuralPolicy"/> that draws at a temperature of training and records its decisions for <see cref="RulePpo"/>. Not for serving: it
/// allocates.</summary>
public sealed class RecordedNeuralPolicy : ILearningPolicy
{
    // What is drawn less often is left out of the record.
    private const float LeastProbability = 1e-3f;
    private const int MostOptions = 16;
    private readonly NeuralPolicy _serving;
    private readonly PriceParameters _price;
    private readonly Network _critic;
    private readonly Activations _context;
    private readonly RuleDecisions _record;
    private readonly float _share;
    private readonly List<int> _kept = [];
    private RandomStream _random;
    private RuleSample? _pending;

    // By handle: the decision, and its sample if it was kept.
    private (int Decision, RuleSample? Sample)[] _byHandle = [];

    /// <summary>A policy.</summary>
    /// <param name="network">As for <see cref="NeuralPolicy"/>; not changed while this decides.</param>
    /// <param name="critic">As <see cref="RulePpo.Critic"/>; not changed either.</param>
    /// <param name="price">θ and the T of training.</param>
    /// <param name="record">Takes the decisions of this scheduler.</param>
    /// <param name="share">Share of the decisions that are recorded with what they were taken from.</param>
    /// <param name="seed">Of which those are.</param>
    public RecordedNeuralPolicy(Network network, Network critic, PriceParameters price, RuleDecisions record, float share, ulong seed)
    {
        (_serving, _critic, _price, _record, _share) = (new NeuralPolicy(network, price) { IsGuarded = false }, critic, price, record, share);
        (_context, _random) = (new Activations(critic.Shape, 1), new RandomStream(seed));
    }

    /// <inheritdoc/>
    public string Name => _serving.Name;

    /// <inheritdoc/>
    public WaitingRule Waiting => PriceRule.Waiting;

    /// <inheritdoc/>
    public Choice Choose(ref DecisionContext context)
    {
        Choice choice = _serving.Choose(ref context);
        Candidates c = context.Candidates;
        Span<float> means = _context.Input;
        int stride = _context.Stride;
        for (int f = 0; f < FeatureEncoder.RatioFields; f++) means[f * stride] = MeanOfFeasible(c, f);
        int at = _record.Add(_critic.Forward(_context)[0]);
        _pending = _random.NextSingle() < _share ? Sample(at, context, choice) : null;
        return choice;
    }

    /// <inheritdoc/>
    public void Decided(in Request request, Candidates candidates, ClusterView view, in Decision decision)
    {
        // Where nothing was feasible there was no choice; what came before it is to blame.
        if (!candidates.HasRatios || !decision.IsPlaced) return;
        if (decision.Handle >= _byHandle.Length) Array.Resize(ref _byHandle, Math.Max(decision.Handle + 1, 2 * _byHandle.Length));
        _byHandle[decision.Handle] = (_record.Count - 1, _pending);
    }

    /// <inheritdoc/>
    public void Ended(int handle, in DecisionOutcome outcome)
    {
        (int decision, RuleSample? sample) = _byHandle[handle];
        _record.AddReward(decision, outcome.Value);
        if (sample is not null) sample.OnTime = outcome.OnTime ? 1 : 0;
    }

    private static float MeanOfFeasible(Candidates c, int feature)
    {
        float sum = 0;
        ReadOnlySpan<float> column = c.Ratios.Slice(feature * c.Padded, c.Padded);
        ReadOnlySpan<int> mask = c.Mask;
        for (int i = 0; i < c.Count; i++) sum += mask[i] != 0 ? column[i] : 0;
        return sum / Math.Max(1, c.Feasible);
    }

    private RuleSample? Sample(int at, in DecisionContext context, Choice choice)
    {
        Candidates c = context.Candidates;
        _kept.Clear();
        for (int i = 0; i < c.Count; i++)
            if (c.Mask[i] != 0 && (c.Probability[i] >= LeastProbability || i == choice.Index)) _kept.Add(i);
        if (_kept.Count > MostOptions) return null; // nothing to tell them apart by
        RuleOption[] options = new RuleOption[_kept.Count];
        float[] rows = new float[options.Length * FeatureEncoder.RatioFields], means = new float[FeatureEncoder.RatioFields];
        for (int o = 0; o < options.Length; o++)
        {
            int i = _kept[o];
            float gain = context.Value.Answer(c.Accuracy[i], context.Request.Weight) * (1 - (c.Completion[i] * _price.Hazard)), delay = c.DelayPrice[i],
                price = Math.Max(c.CapacityPrice[i], delay * MathF.Exp(_serving.DelayFactor(i)));
            options[o] = new RuleOption(
                OnTimeModel.Logit(c.Slack[i], c.Width[i]), gain, (gain * c.OnTime[i]) - price - c.Score[i], c.CapacityPrice[i], delay, c.Score[i]);
            for (int f = 0; f < FeatureEncoder.RatioFields; f++) rows[(o * FeatureEncoder.RatioFields) + f] = c.Ratios[(f * c.Padded) + i];
        }

        for (int f = 0; f < means.Length; f++) means[f] = _context.Input[f * _context.Stride];
        RuleSample sample = new(at, means, rows, options, choice.IsReject ? -1 : _kept.IndexOf(choice.Index), context.RejectScore);
        _record.Add(sample);
        return sample;
    }
}
