using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;

namespace StreamSched.Analysis.Replays;

/// <summary>A full decision put back from its record. Scratch of one thread.</summary>
internal sealed class RecordedChoice
{
    // As the schema bounds them.
    private const int MostFeatures = 16_777_216;
    private readonly float[] _context = new float[RecordLayout.ContextFields];
    private float[] _features = new float[4096];
    private int _fields;

    /// <summary>What takes it again.</summary>
    public DecisionReplay Replay { get; } = new();

    /// <summary>How many candidates it has.</summary>
    public int Candidates { get; private set; }

    /// <summary>Numbers of the request as they were recorded, in the order of <see cref="FeatureEncoder.ContextNames"/>.</summary>
    public ReadOnlySpan<float> RequestFeatures => _context.AsSpan(0, FeatureEncoder.ContextFields);

    /// <summary>Puts one back that is told in full and had a choice.</summary>
    /// <param name="record">A decision with what came of it.</param>
    /// <param name="full">The full part of it.</param>
    /// <returns>Whether it is one.</returns>
    public bool TryRestore(in ExperienceView record, out FullDecisionView full)
    {
        full = default;
        return record.HasFull && FullDecisionView.TryDecode(record.Full, out full, out _) && Restore(full) is null && Replay.Feasible > 0;
    }

    /// <summary>Puts one back.</summary>
    /// <param name="full">The full part of its record.</param>
    /// <returns>What keeps it from being taken again; null: nothing.</returns>
    public string? Restore(in FullDecisionView full)
    {
        (_fields, Candidates) = (0, 0);
        int count = ReadFloats(full.Features, ref _features), context = new AvroReader(full.Context).ReadFloats(_context);
        if (count > _features.Length) return $"{count} features are more than a record may have";
        (_fields, Candidates) = (full.Fields, full.Fields > 0 ? count / full.Fields : 0);
        if (full.Mask.Length != Candidates || full.Chosen >= Candidates || full.Chosen < -1)
            return $"a choice of number {full.Chosen} and a mask of {full.Mask.Length} do not fit {Candidates} candidates";
        if (context > _context.Length) return $"{context} numbers beside the candidates are not of layout {RecordLayout.Version}";
        return Replay.Restore(full.Layout, full.Fields, _features.AsSpan(0, count), _context.AsSpan(0, context), (ulong)full.Seed);
    }

    /// <summary>Features of a candidate as they were recorded, whichever their layout is.</summary>
    /// <param name="candidate">Its index; -1: none.</param>
    public ReadOnlySpan<float> FeaturesOf(int candidate) => candidate < 0 ? [] : _features.AsSpan(candidate * _fields, _fields);

    /// <summary>With which probability a policy would make which choice.</summary>
    /// <param name="policy">A policy that can be asked.</param>
    /// <param name="placed">Receives that of each candidate; grows to hold them.</param>
    /// <param name="explores">Whether it explores as the scheduler did.</param>
    /// <returns>That of a rejection: 1 where nothing is feasible.</returns>
    public double Probabilities(RecordedPolicy policy, ref double[] placed, bool explores = true)
    {
        if (placed.Length < Candidates) placed = new double[2 * Candidates];
        return Replay.Probabilities(policy.With(Replay.Price), placed.AsSpan(0, Candidates), explores);
    }

    /// <summary>Names of the features of a record with so many.</summary>
    /// <param name="fields">How many.</param>
    public static IReadOnlyList<string> NamesOf(int fields) => [.. RecordLayout.AllNames.Take(fields)];

    /// <summary>Reads an array of a record.</summary>
    /// <param name="encoded">The array as it is encoded.</param>
    /// <param name="to">Receives it; grows to hold it, up to what a record may have.</param>
    /// <returns>How many numbers it has; more than <paramref name="to"/>: too many.</returns>
    public static int ReadFloats(ReadOnlySpan<byte> encoded, ref float[] to)
    {
        int count = new AvroReader(encoded).ReadFloats(to);
        if (count <= to.Length || count > MostFeatures) return count;
        to = new float[count];
        return new AvroReader(encoded).ReadFloats(to);
    }
}
