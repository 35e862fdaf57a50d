using System.Globalization;
using StreamSched.Core.Cluster;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies.Rules;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// ASET (arXiv 2301.13618): which of the static policies rules the next window is chosen by deep Q-learning from the last windows. The reward is the share of a
/// window's requests that were answered in time. With dense layers where the paper has convolutions over time.
/// </summary>
public sealed class AsetPolicy : ILearningPolicy, IFeaturePolicy
{
    /// <summary>The name that files and records give it.</summary>
    public const string Kind = "aset";

    /// <summary>Windows that it looks back on.</summary>
    public const int History = 5;

    private const string WindowNote = "window_ms";
    private readonly ISchedulingPolicy[] _rules;
    private readonly Network _network;
    private readonly Activations _activations;
    private readonly IWindowLearner? _learner;
    private readonly long _windowMicros;
    private readonly AsetWindow _window = new();
    private readonly int _features;
    private readonly float[] _observation;
    private readonly Queue<Ruling> _open = new();
    private Ruling?[] _byHandle = [];
    private Ruling? _current;
    private readonly float[] _seen = new float[1 + ObservationSize];
    private long _end = long.MinValue;
    private bool _isFirst;

    private AsetPolicy(Network network, TimeSpan window, IWindowLearner? learner)
    {
        (_network, _learner, _windowMicros) = (network, learner, (long)window.TotalMicroseconds);
        _rules = [.. Makers.Select(make => make())];
        _features = AsetWindow.Features(_rules.Length);
        _observation = new float[ObservationSize];
        _activations = new Activations(network.Shape, 1);
    }

    // In the order of the network's outputs.
    private static readonly Func<ISchedulingPolicy>[] Makers =
    [
        static () => new ClosestPolicy(), static () => new LoadBalancingPolicy(), static () => new FarthestPolicy(), static () => new CheaperPolicy(),
        static () => new RandomProportionalLatencyPolicy(), static () => new RandomProportionalLoadPolicy(), static () => new LeastImpedancePolicy(),
    ];

    /// <summary>The static policies that it chooses from.</summary>
    public static IReadOnlyList<string> Rules { get; } = [.. Makers.Select(make => make().Name)];

    /// <summary>Length of an observation: features of the last <see cref="History"/> windows, the newest first.</summary>
    public static int ObservationSize => History * AsetWindow.Features(Rules.Count);

    /// <inheritdoc/>
    public string Name => Kind;

    /// <summary>Index of the static policy that rules now; -1 before the first request.</summary>
    public int Rule => _current?.Action ?? -1;

    /// <inheritdoc/>
    int IFeaturePolicy.FeatureLayout => AsetWindow.Layout;

    /// <summary>For each static policy the windows that it ruled.</summary>
    public IReadOnlyList<int> Ruled { get; } = new int[Rules.Count];

    /// <summary>One that learns; schedulers on one thread may share a learner.</summary>
    /// <param name="learner">Learns.</param>
    /// <param name="window">How long a choice rules.</param>
    public static AsetPolicy Learning(IWindowLearner learner, TimeSpan window) => new(learner.Network, window, learner);

    /// <summary>The policy of a file.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="PolicyFileException">Its network does not fit, or it does not say how long a window is.</exception>
    public static AsetPolicy Of(PolicyFile file)
    {
        NetworkShape shape = file.Network.Shape;
        if (shape.Inputs != ObservationSize || shape.Outputs != Rules.Count)
            throw new PolicyFileException(
                $"'{Kind}' has {ObservationSize} features and {Rules.Count} outputs; the network has {shape.Inputs} and {shape.Outputs}");
        return new AsetPolicy(file.Network, WindowOf(file), null);
    }

    /// <summary>How long a choice rules by a file.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="PolicyFileException">It does not say that.</exception>
    internal static TimeSpan WindowOf(PolicyFile file) =>
        file.Metadata.Notes.TryGetValue(WindowNote, out string? text) && double.TryParse(text, CultureInfo.InvariantCulture, out double milliseconds)
            && milliseconds is >= 1 and <= 1e6
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new PolicyFileException($"the note '{WindowNote}' must say how long a window is, in 1..1000000 ms");

    /// <summary>A file of this kind.</summary>
    /// <param name="network">The network.</param>
    /// <param name="window">How long a choice rules.</param>
    /// <param name="about">Metadata; the layout and the window are added.</param>
    public static PolicyFile File(Network network, TimeSpan window, PolicyMetadata about) => new(network.Clone(), about with
    {
        Name = Kind,
        FeatureLayout = AsetWindow.Layout,
        Notes = new Dictionary<string, string>(about.Notes) { [WindowNote] = window.TotalMilliseconds.ToString(CultureInfo.InvariantCulture) },
    });

    /// <inheritdoc/>
    public Choice Choose(ref DecisionContext context)
    {
        _isFirst = context.View.Now >= _end;
        if (_isFirst) Turn(context.Candidates, context.View);
        return _rules[_current!.Action].Choose(ref context);
    }

    /// <summary>At the first decision of a window the index of the static policy that rules it, and the observation that this follows from.</summary>
    ReadOnlySpan<float> IFeaturePolicy.SeenOf(int candidate)
    {
        if (!_isFirst) return [];
        _seen[0] = Rule;
        _observation.CopyTo(_seen, 1);
        return _seen;
    }

    /// <inheritdoc/>
    public void Decided(in Request request, Candidates candidates, ClusterView view, in Decision decision)
    {
        // Requests before the first that could be placed belong to no window.
        if (_current is not { } ruling) return;
        _window.Decided(request, candidates, decision.Candidate);
        ruling.Requests++;
        if (!decision.IsPlaced) return;
        ruling.Waiting++;
        if (_byHandle.Length <= decision.Handle) Array.Resize(ref _byHandle, Math.Max(2 * _byHandle.Length, decision.Handle + 64));
        _byHandle[decision.Handle] = ruling;
    }

    /// <inheritdoc/>
    public void Ended(int handle, in DecisionOutcome outcome)
    {
        if (handle >= _byHandle.Length || _byHandle[handle] is not { } ruling) return;
        _byHandle[handle] = null;
        ruling.Waiting--;
        if (outcome.IsVoid) ruling.Requests--;
        else _window.Ended(outcome.OnTime);
        if (outcome.OnTime) ruling.Succeeded++;
        Learn();
    }

    private void Turn(Candidates candidates, ClusterView view)
    {
        if (_current is { } former)
        {
            _observation.AsSpan(0, _observation.Length - _features).CopyTo(_observation.AsSpan(_features));
            _window.Look(candidates, view);
            _window.Encode(_windowMicros * 1e-6f, former.Action, _observation.AsSpan(0, _features));
            _window.Clear();
            if (_learner is not null)
            {
                former.Next = [.. _observation];
                _open.Enqueue(former);
            }
        }

        _end = view.Now + _windowMicros;
        int action = _learner?.Act(_observation, []) ?? Best();
        _current = new Ruling(action, _learner is null ? [] : [.. _observation]);
        ((int[])Ruled)[action]++;
        Learn();
    }

    private int Best()
    {
        _activations.SetSample(0, _observation);
        ReadOnlySpan<float> values = _network.Forward(_activations);
        int best = 0;
        for (int a = 1; a < _rules.Length; a++)
            if (values[a * _activations.Stride] > values[best * _activations.Stride]) best = a;
        return best;
    }

    // In the order of the windows, once all that a window placed has ended.
    private void Learn()
    {
        while (_open.TryPeek(out Ruling? ruling) && ruling.Waiting == 0)
        {
            _open.Dequeue();
            if (ruling.Requests > 0)
                _learner!.Add(ruling.Observation, ruling.Action, ruling.Succeeded / (float)ruling.Requests, ruling.Next, [], terminated: false);
        }
    }

    // One window: what was seen before it, which policy ruled, and what came of it.
    private sealed class Ruling(int action, float[] observation)
    {
        public int Action { get; } = action;

        public float[] Observation { get; } = observation;

        public float[] Next { get; set; } = [];

        public int Requests { get; set; }

        public int Waiting { get; set; }

        public int Succeeded { get; set; }
    }
}
