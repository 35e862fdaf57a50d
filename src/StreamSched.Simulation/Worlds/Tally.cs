using StreamSched.Core.Policies;
using StreamSched.Core.Requests;

namespace StreamSched.Simulation.Worlds;

/// <summary>Counts what becomes of requests.</summary>
internal sealed class Tally
{
    private static readonly EcsrlReward Objective = new();
    private readonly long[] _reasons = new long[Enum.GetValues<RejectReason>().Length];
    private readonly long[] _status = new long[Enum.GetValues<OutcomeStatus>().Length];
    private readonly LatencyHistogram _latency = new();
    private double _weight;
    private double _accuracy;
    private double _accuracyValue;
    private double _successValue;
    private double _queue;
    private double _latencyRatio;
    private double _energy;
    private double _cost;
    private double _seconds;

    public long Requests { get; private set; }

    public long Succeeded => _status[(int)OutcomeStatus.Success];

    public void Add(in Outcome outcome, float weight)
    {
        Requests++;
        _weight += weight;
        _status[(int)outcome.Status]++;
        _energy += outcome.EnergyJoules;
        _cost += outcome.Cost;
        _seconds += Objective.Seconds(outcome.Status == OutcomeStatus.Success, outcome.LatencySeconds, outcome.Deadline);
        if (outcome.Status == OutcomeStatus.Rejected) _reasons[(int)outcome.Reason]++;
        if (outcome.Batch > 0)
        {
            _latency.Add(outcome.LatencySeconds);
            _queue += outcome.QueueSeconds;
            _latencyRatio += outcome.LatencySeconds / Math.Max(outcome.Deadline, 1e-6);
        }

        if (outcome.Status != OutcomeStatus.Success) return;
        _accuracy += outcome.Accuracy;
        _accuracyValue += weight * outcome.Accuracy;
        _successValue += weight;
    }

    public GroupResult Result(string name)
    {
        double n = Math.Max(1, Requests), weight = _weight > 0 ? _weight : 1;
        return new GroupResult
        {
            Name = name, Requests = Requests, Success = Succeeded / n, Reject = _status[(int)OutcomeStatus.Rejected] / n,
            Failure = (_status[(int)OutcomeStatus.Late] + _status[(int)OutcomeStatus.Expired]) / n, Late = _status[(int)OutcomeStatus.Late] / n,
            Expired = _status[(int)OutcomeStatus.Expired] / n,
            RejectReasons = Enum.GetValues<RejectReason>().Where(r => r != RejectReason.None && _reasons[(int)r] > 0)
                .ToDictionary(r => r.Text(), r => _reasons[(int)r] / n),
            Accuracy = Succeeded == 0 ? 0 : _accuracy / Succeeded, AccuracyValue = _accuracyValue / weight, SuccessValue = _successValue / weight,
            P50 = _latency.Quantile(0.5), P99 = _latency.Quantile(0.99), Queue = _latency.Count == 0 ? 0 : _queue / _latency.Count, Energy = _energy / n,
            Cost = _cost / n, LatencyRatio = _latencyRatio / n, ChargedSeconds = _seconds / n,
        };
    }
}
