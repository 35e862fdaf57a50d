using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;

namespace StreamSched.Core.Prediction;

/// <summary>
/// The placements of one request's task with what is predicted for each: columns of equal length, padded to whole vectors of eight. Scratch of one
/// scheduler, overwritten by its next decision.
/// </summary>
public sealed class Candidates
{
    private float[] _processorTime = [];
    private float[] _capacity = [];
    private float[] _batchTime = [];
    private float[] _waiting = [];
    private float[] _networkOut = [];
    private float[] _networkBack = [];
    private float[] _networkCostOfSite = [];
    private float[] _siteRoundTrip = [];
    private float[] _completion = [];
    private float[] _slack = [];
    private float[] _deviation = [];
    private float[] _width = [];
    private float[] _correction = [];
    private float[] _capacityPrice = [];
    private float[] _delayPrice = [];
    private float[] _onTime = [];
    private float[] _ratios = [];
    private float[] _score = [];
    private float[] _probability = [];
    private int[] _mask = [];

    /// <summary>Number of candidates.</summary>
    public int Count { get; private set; }

    /// <summary>Length of the columns.</summary>
    public int Padded { get; private set; }

    /// <summary>Means over all feasible placements, where the candidates are but the best of them; null: the candidates are all there are.</summary>
    internal FeatureMeans? Means { get; set; }

    /// <summary>How many are feasible.</summary>
    public int Feasible { get; internal set; }

    /// <summary>Seconds from now until the deadline passes.</summary>
    public float Remaining { get; internal set; }

    /// <summary>Indices of the placements in the view.</summary>
    public ReadOnlySpan<int> Placement => Table.Placement.AsSpan(0, Padded);

    /// <summary>Indices of their processors in the view.</summary>
    public ReadOnlySpan<int> Processor => Table.Processor.AsSpan(0, Padded);

    /// <summary>Accuracy in 0..1: as labels have shown it, and for lack of labels as registered.</summary>
    public ReadOnlySpan<float> Accuracy => Table.Accuracy.AsSpan(0, Padded);

    /// <summary>What of it a quality floor may count on.</summary>
    public ReadOnlySpan<float> AccuracyFloor => Table.AccuracyFloor.AsSpan(0, Padded);

    /// <summary>Accuracy as registered, which tells the sizes of a task's models apart.</summary>
    public ReadOnlySpan<float> RegisteredAccuracy => Table.RegisteredAccuracy.AsSpan(0, Padded);

    /// <summary>Power while running, in watts.</summary>
    public ReadOnlySpan<float> Watts => Table.Watts.AsSpan(0, Padded);

    /// <summary>Price of a second of the processor, in the settings' currency.</summary>
    public ReadOnlySpan<float> TariffPerSecond => Table.TariffPerSecond.AsSpan(0, Padded);

    /// <summary>Waiting at the processor, in seconds.</summary>
    public ReadOnlySpan<float> Waiting => _waiting.AsSpan(0, Padded);

    /// <summary>Processor time that it takes at the best, in full batches, in seconds: what it takes of a processor's capacity.</summary>
    public ReadOnlySpan<float> Capacity => _capacity.AsSpan(0, Padded);

    /// <summary>Processor time expected, in seconds: its part of the batch that it will be in.</summary>
    public ReadOnlySpan<float> ProcessorTime => _processorTime.AsSpan(0, Padded);

    /// <summary>Batch time of the batch that it will be in, in seconds.</summary>
    public ReadOnlySpan<float> BatchTime => _batchTime.AsSpan(0, Padded);

    /// <summary>Network delay to the worker, in seconds.</summary>
    public ReadOnlySpan<float> NetworkOut => _networkOut.AsSpan(0, Padded);

    /// <summary>Network delay from the worker to the device, in seconds.</summary>
    public ReadOnlySpan<float> NetworkBack => _networkBack.AsSpan(0, Padded);

    /// <summary>
    /// Network delay to the worker's site and back of a message without payload, each with two standard deviations added, in seconds: ASET's 2d', d' = d + 2σ.
    /// </summary>
    /// <param name="candidate">Index of a candidate.</param>
    public float RoundTrip(int candidate) => _siteRoundTrip[Table.Site[candidate]];

    /// <summary><see cref="RoundTrip"/> of every candidate.</summary>
    /// <param name="column">[<see cref="Padded"/>].</param>
    public void RoundTrips(Span<float> column) => Columns.Spread(_siteRoundTrip, Table.Site, column);

    /// <summary>Profiled time of one inference that runs alone, in seconds: ASET's D_v.</summary>
    public ReadOnlySpan<float> Solo => Table.Solo.AsSpan(0, Padded);

    /// <summary>What a candidate costs, in the settings' currency: processor time at its worker's tariff, and moving the request there.</summary>
    /// <param name="candidate">Index of a candidate.</param>
    public float Cost(int candidate) => (_processorTime[candidate] * Table.TariffPerSecond[candidate]) + NetworkCost(candidate);

    /// <summary>What moving the request to a candidate's site costs, in the settings' currency.</summary>
    /// <param name="candidate">Index of a candidate.</param>
    public float NetworkCost(int candidate) => _networkCostOfSite[Table.Site[candidate]];

    /// <summary>From now until the device holds the answer, in seconds.</summary>
    public ReadOnlySpan<float> Completion => _completion.AsSpan(0, Padded);

    /// <summary>What is left of the deadline then, in seconds.</summary>
    public ReadOnlySpan<float> Slack => _slack.AsSpan(0, Padded);

    /// <summary>Standard deviation of the completion, in seconds.</summary>
    public ReadOnlySpan<float> Deviation => _deviation.AsSpan(0, Padded);

    /// <summary>The same as narrow as answers have shown, which the on-time probability goes by, in seconds.</summary>
    public ReadOnlySpan<float> Width => _width.AsSpan(0, Padded);

    /// <summary>Written by a policy that learned one: what it adds to the logit of the on-time probability, whether or not it is trusted there.</summary>
    public Span<float> Correction => _correction.AsSpan(0, Padded);

    /// <summary>Whether <see cref="Correction"/> is of this decision.</summary>
    public bool HasCorrection { get; internal set; }

    /// <summary>What the placement takes from others, in units of value: the larger of <see cref="CapacityPrice"/> and <see cref="DelayPrice"/>.</summary>
    /// <param name="i">Index of a candidate.</param>
    public float Price(int i) => Math.Max(_capacityPrice[i], _delayPrice[i]);

    /// <summary>What its use of a scarce processor costs, in units of value.</summary>
    public ReadOnlySpan<float> CapacityPrice => _capacityPrice.AsSpan(0, Padded);

    /// <summary>What those who come after it wait longer, in units of value.</summary>
    public ReadOnlySpan<float> DelayPrice => _delayPrice.AsSpan(0, Padded);

    /// <summary>Written by a policy that predicts it: the probability of an answer in time (<c>DecisionContext.PredictsOnTime</c>).</summary>
    public Span<float> OnTime => _onTime.AsSpan(0, Padded);

    /// <summary>Whether <see cref="OnTime"/> is of this decision.</summary>
    public bool HasOnTime { get; internal set; }

    /// <summary>What a network sees, feature by feature [<see cref="FeatureEncoder.RatioFields"/>, <see cref="Padded"/>]; written by <see
    /// cref="FeatureEncoder.EncodeRatios"/>.</summary>
    public Span<float> Ratios => _ratios.AsSpan(0, FeatureEncoder.RatioFields * Padded);

    /// <summary>Whether <see cref="Ratios"/> are those of this decision.</summary>
    public bool HasRatios { get; internal set; }

    /// <summary>-1 (all bits) where the candidate is feasible, else 0.</summary>
    public ReadOnlySpan<int> Mask => _mask.AsSpan(0, Padded);

    /// <summary>Written by the policy: higher is better. The scheduler explores, and names the next best, by it.</summary>
    public Span<float> Score => _score.AsSpan(0, Padded);

    /// <summary>Written by a policy that draws: the probability of each candidate.</summary>
    public Span<float> Probability => _probability.AsSpan(0, Padded);

    /// <summary>Whether the mask passes placements that fail, since without them it would be empty.</summary>
    public bool TakesFailing { get; internal set; }

    internal TaskTable Table { get; private set; } = new();

    // All bits set where the variant fits and may be given work.
    internal int[] Serving => TakesFailing ? Table.Fits : Table.Serves;

    internal Span<float> ProcessorTimeColumn => _processorTime;

    internal Span<float> CapacityColumn => _capacity;

    internal Span<float> BatchTimeColumn => _batchTime;

    internal Span<float> WaitingColumn => _waiting;

    internal Span<float> NetworkOutColumn => _networkOut;

    internal Span<float> NetworkBackColumn => _networkBack;

    internal Span<float> CompletionColumn => _completion;

    internal Span<float> SlackColumn => _slack;

    internal Span<float> DeviationColumn => _deviation;
    internal Span<float> WidthColumn => _width;

    internal Span<float> CapacityPriceColumn => _capacityPrice;

    internal Span<float> DelayPriceColumn => _delayPrice;

    internal Span<int> MaskColumn => _mask;

    /// <summary>What a column by processor holds for eight candidates.</summary>
    /// <param name="column">By processor.</param>
    /// <param name="i">The first of the eight, a multiple of eight.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe Vector256<float> ByProcessor(float* column, int i) => Table.ByProcessor(column, i);

    /// <summary>A column by processor, for all candidates.</summary>
    /// <param name="from">By processor.</param>
    /// <param name="to">By candidate [<see cref="Padded"/>].</param>
    internal unsafe void SpreadByProcessor(ReadOnlySpan<float> from, Span<float> to)
    {
        fixed (float* column = from)
            for (int i = 0; i < to.Length; i += Columns.Lanes) Columns.Store(ByProcessor(column, i), to, i);
    }

    internal void Start(TaskTable table, float[] networkCostOfSite, float[] siteRoundTrip)
    {
        (Table, Count, Padded, _networkCostOfSite, _siteRoundTrip) = (table, table.Count, table.Padded, networkCostOfSite, siteRoundTrip);
        HasRatios = HasOnTime = HasCorrection = TakesFailing = false;
        if (_mask.Length >= Padded) return;
        _processorTime = new float[Padded];
        _capacity = new float[Padded];
        _batchTime = new float[Padded];
        _waiting = new float[Padded];
        _networkOut = new float[Padded];
        _networkBack = new float[Padded];
        _completion = new float[Padded];
        _slack = new float[Padded];
        _deviation = new float[Padded];
        _width = new float[Padded];
        _correction = new float[Padded];
        _capacityPrice = new float[Padded];
        _delayPrice = new float[Padded];
        _onTime = new float[Padded];
        _ratios = new float[FeatureEncoder.RatioFields * Padded];
        _score = new float[Padded];
        _probability = new float[Padded];
        _mask = new int[Padded];
    }
}
