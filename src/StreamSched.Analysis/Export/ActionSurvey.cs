using StreamSched.Avro.Records;

namespace StreamSched.Analysis.Export;

/// <summary>Finds the actions of a log.</summary>
internal sealed class ActionSurvey
{
    /// <summary>The most actions that a log may have.</summary>
    public const int Most = 1000;

    private readonly ActionChoice _choice = new();
    private readonly SortedDictionary<(string Variant, bool IsFar), (long Count, double Accuracy)> _actions = [];
    private double _leastRate = 1;

    /// <summary>Takes a record into account.</summary>
    /// <param name="record">A decision with what came of it.</param>
    /// <returns>Whether it fits; false: there are too many actions.</returns>
    public bool Take(in ExperienceView record)
    {
        if (!_choice.Restore(record, out _)) return true;
        if (record.SampleRate > 0) _leastRate = Math.Min(_leastRate, record.SampleRate);
        for (int i = 0; i < _choice.Recorded.Candidates; i++)
        {
            if (!_choice.IsFeasible(i)) continue;
            (string, bool) kind = _choice.KindOf(i);
            (long count, double accuracy) = _actions.GetValueOrDefault(kind);
            _actions[kind] = (count + 1, accuracy + _choice.Recorded.Replay.Candidates.RegisteredAccuracy[i]);
        }

        return _actions.Count < Most;
    }

    /// <summary>What there is.</summary>
    public ActionSet Found() => new([.. _actions.Select(a => new ActionSet.Entry(a.Key.Variant, a.Key.IsFar, a.Value.Accuracy / a.Value.Count))], _leastRate);
}
