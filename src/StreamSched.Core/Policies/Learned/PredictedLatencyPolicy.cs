using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// The least latency by a prediction that learns from answers, as llm-d routes by a model that is trained online; no price. Latency is the predicted completion
/// times exp(θ · x + r): x are features of request and placement, θ a ridge regression on the latest answers, r what its processor's answers leave over.
/// Before any answer both are 0, and the policy is <c>earliest-finish</c>. It does not explore.
/// </summary>
internal sealed class PredictedLatencyPolicy : ILearningPolicy
{
    /// <summary>Answers in a window of the regression.</summary>
    internal const int Window = 2000;

    // What a latency may be corrected by, as a logarithm.
    private const float MostCorrection = 2;

    // λ: until a few answers have come, the prediction stays as it is.
    private const double Ridge = 10;

    // What is left over at a processor is a mean of so many answers, begins with so many that came as predicted, and fades with this time constant when no
    // answer has come for as long: what looks slow would otherwise never be tried again.
    private const float Memory = 30, Prior = 4, ForgetSeconds = 2;

    // How often that is looked at, µs.
    private const long FadePeriod = 50_000;

    private readonly RecentRidgeModel _model = new(Features, Ridge, Window);
    private readonly double[] _theta = new double[Features];
    private float[] _sentFeatures = [];
    private Sent[] _sent = [];
    private Residual[] _residuals = [];

    // Their means, as a column: by processor, as long as the view's.
    private float[] _means = [];
    private long _fadedAt;
    private int _membership = -1;

    public string Name => PolicyNames.PredictedLatency;

    // Of what networks see (FeatureEncoder.RatioNames), all as ratios: batch time, waiting and network over what is left of the deadline, the network's
    // measured deviation, the part of its batch that is others', utilisation, queue, arrivals per batch, slow-down, slots, what is not known of others.
    private static ReadOnlySpan<int> UsedRatios => [2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17];

    // And a constant.
    private const int Features = 12;

    public unsafe Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        Renew(context.View);
        FeatureEncoder.EncodeRatios(c, context.View);
        _model.Coefficients.CopyTo(_theta);
        Span<float> score = c.Score;
        ReadOnlySpan<float> ratios = c.Ratios, completion = c.Completion;
        ReadOnlySpan<int> used = UsedRatios;
        Vector256<float> most = Vector256.Create(MostCorrection);
        fixed (float* means = _means)
        {
            for (int i = 0; i < c.Padded; i += Columns.Lanes)
            {
                Vector256<float> correction = Vector256.Create((float)_theta[^1]) + c.ByProcessor(means, i);
                for (int f = 0; f < used.Length; f++)
                    correction += Columns.Load(ratios, (used[f] * c.Padded) + i) * (float)_theta[f];
                correction = Vector256.Min(Vector256.Max(correction, -most), most);
                Columns.Store(-(Columns.Load(completion, i) * VectorMath.Exp(correction)), score, i);
            }
        }

        return new Choice(Ranking.BestThenEarliest(c));
    }

    public void Decided(in Request request, Candidates candidates, ClusterView view, in Decision decision)
    {
        // The fallback's choices were made without features.
        if (!decision.IsPlaced || !candidates.HasRatios || decision.IsStandIn) return;
        if (_sent.Length <= decision.Handle)
        {
            int length = Math.Max(2 * _sent.Length, decision.Handle + 64);
            Array.Resize(ref _sent, length);
            Array.Resize(ref _sentFeatures, length * Features);
        }

        int i = decision.Candidate, processor = candidates.Processor[i];
        Span<float> x = _sentFeatures.AsSpan(decision.Handle * Features, Features);
        ReadOnlySpan<float> ratios = candidates.Ratios;
        for (int f = 0; f < UsedRatios.Length; f++) x[f] = ratios[(UsedRatios[f] * candidates.Padded) + i];
        x[^1] = 1;
        _sent[decision.Handle] = new Sent(
            view.WorkerOf(processor), processor, request.Started, request.Deadline - candidates.Remaining, candidates.Completion[i]);
    }

    public void Ended(int handle, in DecisionOutcome outcome)
    {
        if (handle >= _sent.Length || _sent[handle].Worker is not { } worker) return;
        Sent sent = _sent[handle];
        _sent[handle] = default;
        if (outcome.IsVoid) return;

        // What did not run, or failed, would have been late: that a failure is quick is no reason to send more there.
        bool answered = outcome.OnTime || outcome is { Ran: true, Accuracy: > 0 };
        float latency = (answered ? outcome.Latency : Math.Max(outcome.Latency, outcome.Deadline)) - sent.Age;
        float y = Math.Clamp(MathF.Log(Math.Max(1e-4f, latency) / sent.Completion), -MostCorrection, MostCorrection);
        if (float.IsNaN(y)) return;
        ReadOnlySpan<float> x = _sentFeatures.AsSpan(handle * Features, Features);
        if (sent.Processor < _residuals.Length && ReferenceEquals(_residuals[sent.Processor].Worker, worker))
        {
            ref Residual residual = ref _residuals[sent.Processor];
            residual.Add(y - (float)_model.Predict(x), sent.Started + (long)(outcome.Latency * 1e6f));
            _means[sent.Processor] = residual.Mean;
        }

        _model.Learn(x, y);
    }

    // A processor of another registration is another one; what is known of a silent one fades.
    private void Renew(ClusterView view)
    {
        if (_membership != view.MembershipVersion)
        {
            _membership = view.MembershipVersion;
            int length = view.BacklogColumn.Length;
            if (_means.Length < length)
            {
                Array.Resize(ref _means, length);
                Array.Resize(ref _residuals, length);
            }

            for (int p = 0; p < view.ProcessorCount; p++)
            {
                WorkerState? worker = view.WorkerOf(p);
                if (!ReferenceEquals(_residuals[p].Worker, worker)) (_residuals[p], _means[p]) = (new Residual { Worker = worker, Count = Prior }, 0);
            }
        }

        if (view.Now - _fadedAt < FadePeriod) return;
        float left = MathF.Exp(-Math.Min(1, (view.Now - _fadedAt) * 1e-6f) / ForgetSeconds);
        _fadedAt = view.Now;
        for (int p = 0; p < view.ProcessorCount; p++)
            if ((view.Now - _residuals[p].LastAnswer) * 1e-6f >= ForgetSeconds) _means[p] = _residuals[p].Mean *= left;
    }

    // What is kept of a request that is under way: where it went, the start of its deadline's clock (µs), its age then and its predicted completion (seconds).
    private readonly record struct Sent(WorkerState? Worker, int Processor, long Started, float Age, float Completion);

    private struct Residual
    {
        public WorkerState? Worker;
        public float Count;
        public float Mean;
        public long LastAnswer;

        public void Add(float residual, long now)
        {
            if (!float.IsFinite(residual)) return;
            LastAnswer = Math.Max(LastAnswer, now);
            Count = Math.Min(Memory, Count + 1);
            Mean += (residual - Mean) / Count;
        }
    }
}
