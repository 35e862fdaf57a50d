using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// Goes on learning from results while a policy serves: steps on the last layer of a copy, which is swapped in whole every so often. Guarded: where what is
/// served predicts worse than the rule alone did for the same answers, or is no number, the network of the file serves again and learning starts over from it.
/// </summary>
internal sealed class OnlineCorrection : IOutcomeSink
{
    private const int BatchSize = 64, Capacity = 4096, SwapPeriod = 512;
    private const double Memory = 1.0 / 2000;
    private readonly Network _original;
    private readonly SampleRing _samples;
    private readonly float[] _batchFeatures, _batchLogits = new float[BatchSize], _batchOutcomes = new float[BatchSize];
    private readonly Activations _one;
    private ResidualTrainer _trainer;
    private Core.Policies.RandomStream _random = Core.Policies.RandomStream.For(1, "online batches");
    private double _servedBrier, _ruleBrier;
    private long _sinceSwap;

    public OnlineCorrection(Network original)
    {
        (_original, Served) = (original, original);
        _trainer = NewTrainer();
        int inputs = original.Shape.Inputs;
        (_samples, _batchFeatures) = (new SampleRing(inputs, Capacity), new float[BatchSize * inputs]);
        _one = new Activations(original.Shape, 1);
    }

    /// <summary>The network that serves; a value that is replaced, never changed.</summary>
    public Network Served { get; private set; }

    /// <summary>How often the network of the file had to come back.</summary>
    public int Returns { get; private set; }

    /// <summary>Swaps so far.</summary>
    public int Swaps { get; private set; }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<float> features, float logit, float assumed, int processorClass, bool onTime)
    {
        int inputs = _original.Shape.Inputs;
        float outcome = onTime ? 1 : 0;
        _samples.Add(features, logit, outcome);
        _one.SetSample(0, features[..inputs]);
        double served = OnTimeModel.OfLogit(logit + Served.Forward(_one)[0]) - outcome, rule = OnTimeModel.OfLogit(logit) - outcome;
        _servedBrier += Memory * ((served * served) - _servedBrier);
        _ruleBrier += Memory * ((rule * rule) - _ruleBrier);
        if (!double.IsFinite(_servedBrier) || (_sinceSwap > SwapPeriod / 2 && _servedBrier > 1.02 * _ruleBrier && !ReferenceEquals(Served, _original)))
            Return();
        if (++_sinceSwap % 16 == 0 && _samples.Count >= BatchSize) Learn();
        if (_sinceSwap < SwapPeriod) return;
        _sinceSwap = 0;
        Network next = _trainer.Network.Clone();
        foreach (float p in next.Parameters)
        {
            if (float.IsFinite(p)) continue;
            Return();
            return;
        }

        Served = next;
        Swaps++;
    }

    internal Network Learning => _trainer.Network;

    private void Learn()
    {
        _samples.Draw(ref _random, _batchFeatures, _batchLogits, _batchOutcomes);
        _trainer.Fit(_batchFeatures, _batchLogits, _batchOutcomes);
    }

    private void Return()
    {
        Served = _original;
        _trainer = NewTrainer();
        (_servedBrier, _ruleBrier, _sinceSwap) = (0, 0, 0);
        Returns++;
    }

    private ResidualTrainer NewTrainer() => new(_original.Clone(), new AdamSettings { LearningRate = 3e-3f, MaxGradientNorm = 1 }, lastLayerOnly: true);
}
