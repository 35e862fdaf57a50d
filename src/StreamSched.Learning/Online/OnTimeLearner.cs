using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;

namespace StreamSched.Learning.Online;

/// <summary>
/// Goes on training the on-time network that serves, on all outcomes, whoever chose. A period's outcomes first say how good the network is that learned from
/// those before (so the hold-out is later than what was learned from), then it learns from them. Only the on-time probability moves: what the network says of
/// the price of delay is held where it was. For one thread.
/// </summary>
public sealed class OnTimeLearner : IOnlineLearner
{
    private const int BatchSize = 256, Inputs = FeatureEncoder.RatioFields;
    private readonly OnTimeLearnerSettings _settings;
    private readonly SampleRing _outcomes, _simulated;
    private readonly float[] _rows = new float[BatchSize * Inputs], _logits = new float[BatchSize], _came = new float[BatchSize], _delay = new float[BatchSize];
    private readonly List<float> _periodRows = [], _periodCame = [];
    private readonly HeldOutLosses _losses;
    private float[] _gradients;
    private Activations _batch, _one;
    private Network _champion, _candidate;
    private Adam _adam;
    private RandomStream _random;
    private long _began = long.MinValue;

    /// <summary>A learner that starts from what serves.</summary>
    /// <param name="champion">[<see cref="FeatureEncoder.RatioFields"/>] to 2; not changed.</param>
    /// <param name="settings">Valid settings.</param>
    /// <param name="seed">Of what is drawn.</param>
    public OnTimeLearner(Network champion, OnTimeLearnerSettings settings, ulong seed)
    {
        (_settings, _losses) = (settings, new HeldOutLosses(settings, settings.LeastOutcomes));
        (_outcomes, _simulated) = (new SampleRing(Inputs, settings.Remembered), new SampleRing(Inputs, settings.Remembered));
        _random = RandomStream.For(seed, "online on-time network");
        Begin(champion);
    }

    /// <summary>The network that learns.</summary>
    public Network Candidate => _candidate;

    /// <summary>How often it was given up for what serves: worse than that, or no number.</summary>
    public int Returns { get; private set; }

    /// <summary>Another network serves: learning goes on from it.</summary>
    /// <param name="champion">The network, of any shape; not changed.</param>
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_champion), nameof(_candidate), nameof(_adam), nameof(_batch), nameof(_one), nameof(_gradients))]
    public void Begin(Network champion)
    {
        _champion = champion.Clone();
        _candidate = champion.Clone();
        (_batch, _one) = (new Activations(champion.Shape, BatchSize), new Activations(champion.Shape, 1));
        _gradients = new float[champion.Shape.ParameterCount];
        _adam = new Adam(_candidate.Shape.ParameterCount, new AdamSettings { LearningRate = _settings.LearningRate, MaxGradientNorm = 1 });
    }

    /// <summary>Takes an outcome of a simulated world.</summary>
    /// <param name="features">Layout 3 of the choice.</param>
    /// <param name="onTime">Whether the answer was in time.</param>
    public void Simulated(ReadOnlySpan<float> features, bool onTime) => _simulated.Add(features, RuleLogit(features), onTime ? 1 : 0);

    /// <summary>Takes an outcome of the cluster.</summary>
    /// <param name="features">Layout 3 of the choice.</param>
    /// <param name="onTime">Whether the answer was in time.</param>
    /// <param name="now">µs.</param>
    /// <returns>The score of the period that this outcome ends; null: it ends none.</returns>
    public HeldOutScore? Add(ReadOnlySpan<float> features, bool onTime, long now)
    {
        if (features.Length != Inputs) return null;
        if (_began == long.MinValue) _began = now;
        foreach (float f in features) _periodRows.Add(f);
        _periodCame.Add(onTime ? 1 : 0);
        int n = _periodCame.Count;
        bool isOver = n >= _settings.PeriodOutcomes || (n >= _settings.LeastOutcomes && (now - _began) * 1e-6 >= _settings.Period.TotalSeconds);
        if (!isOver) return null;
        _began = now;
        return EndPeriod();
    }

    /// <summary>Ends a period: scores what has come in it, and learns from it.</summary>
    public HeldOutScore EndPeriod()
    {
        int n = _periodCame.Count;
        HeldOutScore score = Score();
        for (int i = 0; i < n; i++) _outcomes.Add(RowOf(i), RuleLogit(RowOf(i)), _periodCame[i]);
        _periodRows.Clear();
        _periodCame.Clear();
        bool isWorse = score.Gain < -_settings.LeastGain && score.Gain < -_settings.Clear * score.Error;
        if (isWorse || !double.IsFinite(score.Candidate)) Return();
        Learn(n);
        return score;
    }

    /// <summary>Whether a score says that the candidate is worth a trial.</summary>
    /// <param name="score">On outcomes that it has not learned from.</param>
    public bool IsClearlyBetter(HeldOutScore score) => score.Gain >= _settings.LeastGain && score.Gain >= _settings.Clear * score.Error;

    /// <summary>The rule's logit of a row.</summary>
    /// <param name="features">Layout 3.</param>
    public static float RuleLogit(ReadOnlySpan<float> features) => features[0] * 4;

    /// <inheritdoc/>
    LearnedPeriod? IOnlineLearner.Add(in LiveOutcome outcome, long now) =>
        outcome.IsPlaced && Add(outcome.Features, outcome.OnTime, now) is { } score ? new LearnedPeriod(score, IsClearlyBetter(score)) : null;

    /// <inheritdoc/>
    void IOnlineLearner.Begin(LoadedPolicy? champion)
    {
        if (champion?.File is { } file) Begin(file.Network);
    }

    /// <inheritdoc/>
    PolicyFile IOnlineLearner.File(PolicyMetadata about) => new(_candidate.Clone(), about);

    private Span<float> RowOf(int i) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_periodRows).Slice(i * Inputs, Inputs);

    private HeldOutScore Score()
    {
        for (int i = 0; i < _periodCame.Count; i++)
        {
            float logit = RuleLogit(RowOf(i)), came = _periodCame[i];
            _one.SetSample(0, RowOf(i));
            double served = LogarithmicScore.Loss(logit + _champion.Forward(_one)[0], came);
            double learned = LogarithmicScore.Loss(logit + _candidate.Forward(_one)[0], came);
            _losses.Add(LogarithmicScore.Loss(logit, came), served, learned);
        }

        return _losses.End();
    }

    private void Learn(int outcomes)
    {
        if (_outcomes.Count == 0) return;
        int steps = (int)Math.Ceiling(_settings.Passes * outcomes / BatchSize);
        int simulated = _simulated.Count == 0 ? 0 : (int)(BatchSize * _settings.SimulatedShare);
        for (int s = 0; s < steps; s++)
        {
            if (simulated > 0) _simulated.Draw(ref _random, _rows.AsSpan(0, simulated * Inputs), _logits.AsSpan(0, simulated), _came.AsSpan(0, simulated));
            _outcomes.Draw(ref _random, _rows.AsSpan(simulated * Inputs), _logits.AsSpan(simulated), _came.AsSpan(simulated));
            Step();
        }

        foreach (float p in _candidate.Parameters)
        {
            if (float.IsFinite(p)) continue;
            Return();
            return;
        }
    }

    private void Step()
    {
        _batch.Resize(BatchSize);
        for (int s = 0; s < BatchSize; s++) _batch.SetSample(s, _rows.AsSpan(s * Inputs, Inputs));
        _champion.Forward(_batch).Slice(_batch.Stride, BatchSize).CopyTo(_delay);
        _candidate.Forward(_batch);
        Span<float> gradient = _batch.OutputGradient;
        gradient.Clear();
        for (int s = 0; s < BatchSize; s++)
        {
            gradient[s] = (LogarithmicScore.Probability(_logits[s] + _batch.Output[s]) - _came[s]) / BatchSize;
            gradient[_batch.Stride + s] = (_batch.Output[_batch.Stride + s] - _delay[s]) / BatchSize;
        }

        _candidate.Backward(_batch, _gradients);
        _adam.Step(_candidate.Parameters, _gradients);
    }

    private void Return()
    {
        Begin(_champion);
        Returns++;
    }
}
