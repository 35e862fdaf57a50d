using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Scheduling;

/// <summary>
/// Takes recorded decisions again: the candidates, the settings and the state of the generator as they were (<see cref="RecordLayout"/>), and the policies'
/// own code. Scratch of one thread; taking a decision allocates nothing once there were as many candidates.
/// </summary>
public sealed class DecisionReplay
{
    private static readonly OnTimeModel Curve = new(); // what it gives is recorded
    private readonly Candidates _candidates = new();
    private readonly TaskTable _table = new();
    private readonly ClusterView _view = new(new ViewSettings(), new NetworkMap(default, default), 0);
    private float[] _costs = [], _roundTrips = [];
    private float _exploration;
    private ulong _seed;
    private Request _request;
    private ValueWeights _value = new();
    private bool _hasRatios;
    private int _feasible;

    /// <summary>Candidates of the decision that was put back, with what the policy that was asked last wrote.</summary>
    internal Candidates Candidates => _candidates;

    /// <summary>What the policy that was asked last finds best; -1: a refusal.</summary>
    internal int Best { get; private set; }

    /// <summary>The view of the decision that was put back, as far as records tell.</summary>
    internal ClusterView View => _view;

    /// <summary>The request, as far as records tell.</summary>
    public Request Request => _request;

    /// <summary>What outcomes were worth.</summary>
    public ValueWeights Value => _value;

    /// <summary>Parameters of the price rule for policies that bring none.</summary>
    public PriceParameters Price { get; private set; } = new();

    /// <summary>How many candidates could be chosen.</summary>
    public int Feasible => _feasible;

    /// <summary>Puts a decision back.</summary>
    /// <param name="layout">Of its features.</param>
    /// <param name="fields">Features per candidate.</param>
    /// <param name="features">[candidates, fields] row by row.</param>
    /// <param name="context">[<see cref="RecordLayout.ContextFields"/>].</param>
    /// <param name="seed">State of the generator before the choice.</param>
    /// <returns>What keeps it from being taken again; null: nothing.</returns>
    public string? Restore(int layout, int fields, ReadOnlySpan<float> features, ReadOnlySpan<float> context, ulong seed)
    {
        if (layout != RecordLayout.Version)
            return $"layout {layout} of full records does not hold all that a policy sees; this build replays {RecordLayout.Version}";
        _hasRatios = fields == RecordLayout.Fields + FeatureEncoder.RatioFields;
        if ((!_hasRatios && fields != RecordLayout.Fields) || features.Length % fields != 0 || context.Length != RecordLayout.ContextFields)
            return $"{features.Length} features in rows of {fields} with {context.Length} numbers beside are not of layout {RecordLayout.Version}";
        int n = features.Length / fields;
        _table.Separate(n);
        if (_costs.Length < _table.Padded) (_costs, _roundTrips) = (new float[2 * _table.Padded], new float[2 * _table.Padded]);
        _view.Processors.Set.Reserve(Math.Max(1, _table.Padded) - 1);
        _view.Placements.Reserve(Math.Max(1, _table.Padded) - 1);
        _view.Processors.Count = n;
        _candidates.Start(_table, _costs, _roundTrips);
        _candidates.MaskColumn.Clear();
        _feasible = 0;
        for (int i = 0; i < n; i++)
        {
            RecordLayout.Restore(features.Slice(i * fields, fields), _candidates, _view.Processors, _costs, _roundTrips, i);
            _feasible -= _candidates.Mask[i];
        }

        _candidates.Feasible = _feasible;
        _candidates.HasRatios = _hasRatios;
        _candidates.Remaining = context[0];
        _request = new Request
        {
            Task = 0, Started = 0, Deadline = context[1], MinAccuracy = context[2], Weight = context[3], PayloadBytes = (int)context[4],
        };
        ReadOnlySpan<float> settings = context[FeatureEncoder.ContextFields..];
        _exploration = settings[0];
        _value = Same(_value, settings[1..5]) ? _value : RecordLayout.SettingsOf(context).Value;
        if (Price.Hazard != settings[5] || Price.RejectScore != settings[6] || Price.Temperature != settings[7])
            Price = new PriceParameters { Hazard = settings[5], RejectScore = settings[6], Temperature = settings[7] };
        _seed = seed;
        return null;
    }

    /// <summary>Takes the decision again.</summary>
    /// <param name="policy">A policy whose choice depends on what records hold (<see cref="Registry.PolicyRegistration.IsReplayable"/>).</param>
    public ReplayedChoice Take(ISchedulingPolicy policy)
    {
        if (_feasible == 0) return new ReplayedChoice(-1, 1, false, policy.Name);
        DecisionContext context = Ask(policy, out Choice choice);
        RandomStream random = context.Random;
        int index = Exploration.Draw(context, choice, _exploration, ref random, out float propensity, out bool explored);
        bool isRule = index >= 0 && _candidates.HasCorrection && _view.Trust[index] == 0;
        return new ReplayedChoice(index, propensity, explored, isRule ? PolicyNames.Price : policy.Name);
    }

    /// <summary>With which probability a policy would make which choice.</summary>
    /// <param name="policy">As for <see cref="Take"/>.</param>
    /// <param name="placed">Receives that of each candidate.</param>
    /// <param name="explores">Whether it explores as the scheduler did.</param>
    /// <returns>That of a rejection.</returns>
    public double Probabilities(ISchedulingPolicy policy, Span<double> placed, bool explores = true)
    {
        if (_feasible == 0)
        {
            placed.Clear();
            return 1;
        }

        DecisionContext context = Ask(policy, out Choice choice);
        return Exploration.Probabilities(context, choice, explores ? _exploration : 0, placed);
    }

    private DecisionContext Ask(ISchedulingPolicy policy, out Choice choice)
    {
        _candidates.HasRatios = _hasRatios;
        _candidates.HasCorrection = _candidates.HasOnTime = false;
        DecisionContext context = new()
        {
            Request = _request, Candidates = _candidates, View = _view, Value = _value, OnTime = Curve, Random = new RandomStream(_seed),
            RejectScore = float.NegativeInfinity,
        };
        choice = policy.Choose(ref context);
        Best = Ranking.BestAbove(_candidates, context.RejectScore);
        return context;
    }

    private static bool Same(ValueWeights value, ReadOnlySpan<float> settings) =>
        value.Accuracy == settings[0] && value.Energy == settings[1] && value.Latency == settings[2] && value.Cost == settings[3];
}
