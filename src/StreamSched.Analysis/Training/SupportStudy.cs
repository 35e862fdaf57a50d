using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies.Learned;

namespace StreamSched.Analysis.Training;

/// <summary>
/// How much a log has of what a policy would choose, cell by cell: the effective sample size of its weights, (Σ w)² / Σ w², in the decisions whose best choice
/// lies in the cell. Of a policy that cannot be asked what it would have chosen, the logged choices count.
/// </summary>
/// <param name="policy">The policy; null: it cannot be asked.</param>
/// <param name="grid">The cells.</param>
internal sealed class SupportStudy(RecordedPolicy? policy, SupportGrid grid)
{
    /// <summary>Parts of each feature.</summary>
    public const int Parts = 3;

    /// <summary>Effective samples that a cell needs.</summary>
    public const double Least = 30;

    private readonly RecordedChoice _choice = new();
    private readonly double[] _sum = new double[grid.Cells], _squares = new double[grid.Cells], _decisions = new double[grid.Cells];
    private double[] _placed = new double[64];
    private double _outside;

    /// <summary>Takes the next record.</summary>
    /// <param name="record">An experience.</param>
    public void Take(in ExperienceView record)
    {
        if (!record.HasFull || record.JoinState == JoinState.Revised || !(record.Propensity > 0) || !(record.SampleRate > 0)) return;
        if (!FullDecisionView.TryDecode(record.Full, out FullDecisionView full, out _) || _choice.Restore(full) is not null) return;
        if (_choice.Replay.Feasible == 0) return;
        double rate = 1 / record.SampleRate, weight = rate;
        int best = full.Chosen;
        if (policy is not null)
        {
            // Without exploration: what is logged by chance of what it would do by chance says nothing of what it would choose, and many small weights would
            // count for many samples.
            double rejects = _choice.Probabilities(policy, ref _placed, explores: false);
            ReadOnlySpan<double> placed = _placed.AsSpan(0, _choice.Candidates);
            best = _choice.Replay.Best;
            weight *= (full.Chosen < 0 ? rejects : placed[full.Chosen]) / record.Propensity;
        }

        int cell = grid.CellOf(_choice.Replay.Candidates, _choice.Replay.View, best);
        if (cell == SupportGrid.Outside)
        {
            _outside += rate;
            return;
        }

        _decisions[cell] += rate;
        _sum[cell] += weight;
        _squares[cell] += weight * weight;
    }

    /// <summary>Effective samples of a cell.</summary>
    /// <param name="cell">The cell.</param>
    public double Effective(int cell) => _squares[cell] > 0 ? _sum[cell] * _sum[cell] / _squares[cell] : 0;

    /// <summary>The cells that have enough.</summary>
    public bool[] Supported() => [.. Enumerable.Range(0, grid.Cells).Select(c => Effective(c) >= Least)];

    /// <summary>The share of the decisions that lie in other cells than these.</summary>
    /// <param name="supported">[cells].</param>
    public double ShareOutside(bool[] supported)
    {
        double kept = _outside + _decisions.Where((_, c) => !supported[c]).Sum(), all = _outside + _decisions.Sum();
        return all > 0 ? kept / all : 0;
    }
}
