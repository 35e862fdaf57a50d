using StreamSched.Analysis.Replays;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;

namespace StreamSched.Analysis.Export;

/// <summary>A decision in full whose candidates are known by variant and distance. Scratch of one thread.</summary>
internal sealed class ActionChoice
{
    private readonly TextCache _variants = new();
    private string[] _names = new string[64];

    /// <summary>The decision.</summary>
    public RecordedChoice Recorded { get; } = new();

    /// <summary>Puts one back.</summary>
    /// <param name="record">A decision with what came of it.</param>
    /// <param name="full">Its full part.</param>
    /// <returns>Whether it has one, of this build's layout, and a choice.</returns>
    public bool Restore(in ExperienceView record, out FullDecisionView full)
    {
        full = default;
        if (record.JoinState == JoinState.Revised || !Recorded.TryRestore(record, out full)) return false;
        if (_names.Length < Recorded.Candidates) _names = new string[2 * Recorded.Candidates];
        AvroReader placements = new(full.Placements);
        AvroBlock block = default;
        for (int i = 0; i < Recorded.Candidates; i++)
        {
            ReadOnlySpan<byte> placement = placements.NextItem(ref block, 1) ? placements.ReadString() : [];
            _names[i] = _variants.Of(placement[(placement.LastIndexOf((byte)'/') + 1)..]);
        }

        return true;
    }

    /// <summary>Whether a candidate could be chosen.</summary>
    /// <param name="candidate">Its index.</param>
    public bool IsFeasible(int candidate) => Recorded.Replay.Candidates.Mask[candidate] != 0;

    /// <summary>What tells its action.</summary>
    /// <param name="candidate">Its index.</param>
    public (string Variant, bool IsFar) KindOf(int candidate) => (_names[candidate], !(Recorded.Replay.Candidates.RoundTrip(candidate) < ActionSet.Far));
}
