using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;

namespace StreamSched.Analysis.Export;

/// <summary>A decision in full as a context, one of a fixed set of actions, and their probabilities. Scratch of one thread.</summary>
/// <param name="set">The actions.</param>
internal sealed class ActionRound(ActionSet set)
{
    private const int PriceField = FeatureEncoder.Fields - 2;
    private readonly Dictionary<(string, bool), int> _numbers = set.Actions.Select((a, i) => ((a.Variant, a.IsFar), i)).ToDictionary();
    private readonly ActionChoice _choice = new();
    private readonly float[] _context = new float[set.ContextFields], _ends = new float[set.Count];
    private readonly double[] _probabilities = new double[set.Count];
    private double[] _placed = new double[64];
    private int[] _actionOf = new int[64];

    /// <summary>The action that was chosen.</summary>
    public int Action { get; private set; }

    /// <summary>[<see cref="ActionSet.ContextFields"/>]; 0 where an action has no feasible candidate.</summary>
    public ReadOnlySpan<float> Context => _context;

    /// <summary>[<see cref="ActionSet.Count"/>], once they have been asked for.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <summary>Reads a decision.</summary>
    /// <param name="record">A decision with what came of it.</param>
    /// <returns>Whether it is in full, had a choice, and chose one of the actions.</returns>
    public bool TryRead(in ExperienceView record)
    {
        if (!_choice.Restore(record, out FullDecisionView full)) return false;
        int n = _choice.Recorded.Candidates;
        if (_actionOf.Length < n) _actionOf = new int[2 * n];
        _context.AsSpan().Clear();
        _choice.Recorded.RequestFeatures.CopyTo(_context);
        for (int i = 0; i < n; i++)
        {
            _actionOf[i] = -1;
            if (!_choice.IsFeasible(i) || !_numbers.TryGetValue(_choice.KindOf(i), out int action)) continue;
            _actionOf[i] = action;
            Note(_choice.Recorded.Replay.Candidates, i, action);
        }

        Action = full.Chosen < 0 ? set.Count - 1 : _actionOf[full.Chosen];
        return Action >= 0;
    }

    /// <summary>With which probability the policy that decided, and exploration, would have chosen which action.</summary>
    /// <param name="policy">A policy that can be asked.</param>
    /// <returns>Whether that of the chosen action is more than 0.</returns>
    public bool Ask(RecordedPolicy policy)
    {
        _probabilities.AsSpan().Clear();
        _probabilities[^1] = _choice.Recorded.Probabilities(policy, ref _placed);
        for (int i = 0; i < _choice.Recorded.Candidates; i++)
            if (_actionOf[i] >= 0) _probabilities[_actionOf[i]] += _placed[i];
        return _probabilities[Action] > 0;
    }

    /// <summary>
    /// Whether a decision stays where all have to be equally likely to be there: what was explored is always in full, and all else is so now and then. The
    /// request's id decides, so that it is the same each time.
    /// </summary>
    /// <param name="record">The record.</param>
    public bool IsKept(in ExperienceView record)
    {
        if (record.SampleRate <= set.LeastRate) return true;
        Span<byte> id = stackalloc byte[16];
        record.Id.TryWriteBytes(id);
        RandomStream random = new(BitConverter.ToUInt64(id) ^ ulong.RotateLeft(BitConverter.ToUInt64(id[8..]), 31));
        return random.NextDouble() < set.LeastRate / record.SampleRate;
    }

    private void Note(Candidates c, int i, int action)
    {
        Span<float> of = _context.AsSpan(FeatureEncoder.ContextFields + (action * ActionSet.FieldsOfAction), ActionSet.FieldsOfAction);
        of[0]++;
        if (of[0] > 1 && !(c.Completion[i] < _ends[action])) return;
        _ends[action] = c.Completion[i];
        ReadOnlySpan<float> best =
        [
            c.Waiting[i], c.ProcessorTime[i], c.NetworkOut[i] + c.NetworkBack[i], c.Slack[i], c.Accuracy[i], _choice.Recorded.FeaturesOf(i)[PriceField],
        ];
        for (int f = 0; f < best.Length; f++) of[f + 1] = float.IsFinite(best[f]) ? best[f] : 0;
    }
}
