using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Learning.Optimization;

/// <summary>
/// Policy search by an evolution strategy (Rechenberg 1973; in the form of Salimans, Ho, Chen, Sidor, Sutskever 2017): the gradient of the smoothed objective,
/// estimated from antithetic Gaussian directions on common random numbers.
/// </summary>
public sealed class EvolutionStrategy
{
    private readonly Adam? _adam;
    private readonly float[][] _directions;
    private readonly float[] _gradient;
    private readonly ulong _seed;
    private RandomStream _random;

    /// <summary>A search at its start.</summary>
    /// <param name="parameters">Where it starts; moved in place.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="seed">Of directions and evaluations.</param>
    public EvolutionStrategy(float[] parameters, EvolutionSettings settings, ulong seed)
    {
        (Parameters, Settings, _seed) = (parameters, settings, seed);
        _adam = settings.UseAdam ? new Adam(parameters.Length, new AdamSettings { LearningRate = settings.LearningRate }) : null;
        _directions = [.. Enumerable.Range(0, settings.Pairs).Select(_ => new float[parameters.Length])];
        _gradient = new float[parameters.Length];
        _random = RandomStream.For(seed, "evolution directions");
    }

    /// <summary>The mean of the members: what the search holds for best.</summary>
    public float[] Parameters { get; }

    /// <summary>Settings.</summary>
    public EvolutionSettings Settings { get; }

    /// <summary>Generations done.</summary>
    public long Generations { get; private set; }

    /// <summary>Evaluates a generation and moves.</summary>
    /// <param name="objective">Evaluates a member.</param>
    /// <param name="stop">Ends it between two evaluations; nothing has moved then.</param>
    /// <exception cref="OperationCanceledException">It was to stop.</exception>
    public Generation Step(Objective objective, CancellationToken stop = default)
    {
        RandomStream random = _random;
        foreach (float[] direction in _directions)
            foreach (ref float d in direction.AsSpan()) d = (float)random.NextNormal();
        ulong worlds = RandomStream.For(_seed + (ulong)Generations, "evolution worlds").State;
        double[] values = new double[2 * Settings.Pairs];
        Parallel.For(0, values.Length, new ParallelOptions { MaxDegreeOfParallelism = Settings.Threads, CancellationToken = stop }, member =>
        {
            float[] moved = new float[Parameters.Length];
            float deviation = member % 2 == 0 ? Settings.Deviation : -Settings.Deviation;
            for (int i = 0; i < moved.Length; i++) moved[i] = Parameters[i] + (deviation * _directions[member / 2][i]);
            values[member] = objective(moved, worlds);
        });

        double[] weights = Settings.ShapeByRank ? CentredRanks(values) : [.. values.Select(v => double.IsNaN(v) ? 0 : v)];
        Array.Clear(_gradient);
        for (int pair = 0; pair < Settings.Pairs; pair++)
        {
            float weight = (float)((weights[2 * pair] - weights[(2 * pair) + 1]) / (2 * Settings.Pairs * Settings.Deviation));
            for (int i = 0; i < _gradient.Length; i++) _gradient[i] -= weight * _directions[pair][i];
        }

        if (_adam is not null) _adam.Step(Parameters, _gradient);
        else
            for (int i = 0; i < _gradient.Length; i++) Parameters[i] -= Settings.LearningRate * _gradient[i];
        _random = random;
        Generations++;
        double[] numbers = [.. values.Where(v => !double.IsNaN(v))];
        return new Generation(
            Generations, numbers.Length == 0 ? double.NaN : numbers.Average(), numbers.Length == 0 ? double.NaN : numbers.Max(),
            values.Length - numbers.Length);
    }

    /// <summary>Writes everything that it needs to go on.</summary>
    /// <param name="checkpoint">Where to.</param>
    public void Save(Checkpoint checkpoint)
    {
        checkpoint.Set("evolution.parameters", Parameters);
        checkpoint.Set("evolution.generations", (ulong)Generations);
        checkpoint.Set("evolution.random", _random.State);
        _adam?.Save(checkpoint, "evolution.adam");
    }

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <exception cref="CheckpointException">It is of another search.</exception>
    public void Load(Checkpoint checkpoint)
    {
        checkpoint.Get("evolution.parameters", Parameters.AsSpan());
        Generations = (long)checkpoint.GetUInt64("evolution.generations");
        _random = new RandomStream(checkpoint.GetUInt64("evolution.random"));
        _adam?.Load(checkpoint, "evolution.adam");
    }

    // -½ for the worst to ½ for the best; equals share the mean of their ranks, and all failures that of the lowest.
    private static double[] CentredRanks(double[] values)
    {
        double[] compared = Array.ConvertAll(values, v => double.IsNaN(v) ? double.NegativeInfinity : v);
        return Array.ConvertAll(
            compared, v => ((compared.Count(o => o < v) + ((compared.Count(o => o == v) - 1) / 2.0)) / Math.Max(1, compared.Length - 1)) - 0.5);
    }
}
