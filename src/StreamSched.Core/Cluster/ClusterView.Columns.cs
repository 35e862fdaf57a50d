using StreamSched.Core.Serving;

namespace StreamSched.Core.Cluster;

/// <content>What others may read of the columns, and of the other schedulers.</content>
public sealed partial class ClusterView
{
    /// <summary>Factor on σ by processor, at most 1: how much better than assumed its answers can be predicted, by the errors that were measured.</summary>
    public ReadOnlySpan<float> ErrorScale => _processors.ErrorScale.AsSpan(_processors.Count);

    /// <summary>Running mean of the requests' deadlines, in seconds: the D of the capacity price.</summary>
    public float MeanDeadline => _prices.MeanDeadline;

    /// <summary>Virtual queues V in seconds, by processor.</summary>
    public ReadOnlySpan<float> Queue => _processors.Queue.AsSpan(_processors.Count);

    /// <summary>Seconds until each processor is free for a request that arrives now; infinite for one that gets no work.</summary>
    public ReadOnlySpan<float> Backlog => _processors.Backlog.AsSpan(_processors.Count);

    /// <summary>Utilisation ρ of each processor, by the scaled view.</summary>
    public ReadOnlySpan<float> Utilisation => _processors.Utilisation.AsSpan(_processors.Count);

    /// <summary>Arrivals per second at each processor, by the scaled view.</summary>
    public ReadOnlySpan<float> ArrivalRate => _processors.Rate.AsSpan(_processors.Count);

    /// <summary>Capacity price of a second of each processor's time.</summary>
    public ReadOnlySpan<float> CapacityPrice => _processors.CapacityPrice.AsSpan(_processors.Count);

    /// <summary>Running mean of the predicted processor time of a request, in seconds, by processor.</summary>
    public ReadOnlySpan<float> MeanProcessorTime => _processors.MeanProcessorTime.AsSpan(_processors.Count);

    /// <summary>Running mean of the capacity that a request takes, in seconds, by processor: its part of a full batch.</summary>
    public ReadOnlySpan<float> MeanCapacity => _processors.MeanCapacity.AsSpan(_processors.Count);

    /// <summary>Delay price of a squared second of each processor's time.</summary>
    public ReadOnlySpan<float> DelayPrice => _processors.DelayPrice.AsSpan(_processors.Count);

    /// <summary>1 for processors that may get work, 0 for the others.</summary>
    public ReadOnlySpan<float> Available => _processors.Available.AsSpan(_processors.Count);

    /// <summary>Requests of ours that a placement has not answered.</summary>
    /// <param name="placement">Index of a placement.</param>
    public int InFlightOf(int placement) => _placements[placement].InFlight;

    /// <summary>
    /// Requests that a processor has not answered, by slot: our own, and of those of others as many as their work is by the mean request. A worker that
    /// was asked for its requests in flight would count all of them.
    /// </summary>
    /// <param name="processor">Index of a processor.</param>
    internal float InFlightPerSlot(int processor)
    {
        float others = Math.Max(0, _processors.Reported[processor] + _processors.Assumed[processor]) + _processors.Unaccounted[processor];
        return (_processors.UnderWay[processor] + (others / _processors.MeanProcessorTime[processor])) * _processors.InverseSlots[processor];
    }

    /// <summary>Slots of a processor, inverted: what one request adds to <see cref="InFlightPerSlot"/>.</summary>
    /// <param name="processor">Index of a processor.</param>
    internal float InverseSlotsOf(int processor) => _processors.InverseSlots[processor];

    /// <summary>Profiled batch times of a placement.</summary>
    /// <param name="placement">Index of a placement.</param>
    internal ServiceTable ServiceOf(int placement) => _placements[placement].Service;

    /// <summary>How many times slower than profiled a placement is found to be.</summary>
    /// <param name="placement">Index of a placement.</param>
    public float SlowdownOf(int placement) =>
        MathF.Exp(_placements[placement].Estimate.Mean + _processors.LogSlowdown[_placements[placement].Processor]);

    /// <summary>Squared coefficient of variation of each processor's service times.</summary>
    public ReadOnlySpan<float> Variation => _processors.Variation.AsSpan(_processors.Count);

    /// <summary>Running mean, by processor, of (1 if in time, else 0) less the probability that the rule gave: what hidden load and wrong profiles leave
    /// behind.</summary>
    public ReadOnlySpan<float> OnTimeResidual => _processors.OnTimeResidual.AsSpan(_processors.Count);

    /// <summary>The same over ten times as many answers.</summary>
    public ReadOnlySpan<float> LastingOnTimeResidual => _processors.LastingOnTimeResidual.AsSpan(_processors.Count);

    /// <summary>By processor the part to which a network corrects the rule, 0..1; 0 where the rule alone was better (<see cref="RecordCorrection"/>).
    /// </summary>
    public ReadOnlySpan<float> Trust => (_servesOther ? _processors.OtherTrust : _processors.Trust).AsSpan(_processors.Count);

    /// <summary>Work of schedulers that report nothing over one's own, as the scaled view assumes it.</summary>
    public float UnknownRatio => _peers.SilentRatio;

    internal ReadOnlySpan<float> LogSlowdownColumn => _processors.LogSlowdown.All;

    internal ReadOnlySpan<float> TrustColumn => (_servesOther ? _processors.OtherTrust : _processors.Trust).All;

    internal ReadOnlySpan<float> ErrorScaleColumn => _processors.ErrorScale.All;

    internal ReadOnlySpan<float> VariationColumn => _processors.Variation.All;

    internal ReadOnlySpan<float> InverseSlotsColumn => _processors.InverseSlots.All;

    internal ReadOnlySpan<float> BacklogColumn => _processors.Backlog.All;

    internal ReadOnlySpan<float> CapacityPriceColumn => _processors.CapacityPrice.All;

    internal ReadOnlySpan<float> DelayPriceColumn => _processors.DelayPrice.All;

    internal ReadOnlySpan<float> NetworkCorrectionColumn => _processors.NetworkCorrection.All;

    internal ReadOnlySpan<float> NetworkDeviationColumn => _processors.NetworkDeviation.All;

    internal ReadOnlySpan<float> BacklogDeviationColumn => _processors.BacklogDeviation.All;

    /// <summary>Our assigned partitions of requests over all.</summary>
    public float PartitionShare => _peers.PartitionShare;

    /// <summary>Other schedulers whose reports are fresh.</summary>
    public int FreshPeers => _peers.FreshPeers;

    /// <summary>
    /// Seconds until each processor is free for a request that arrives now and is due at an instant; see <see cref="DueBands"/>.
    /// </summary>
    /// <param name="due">µs.</param>
    /// <returns>By processor; overwritten by the next call.</returns>
    internal ReadOnlySpan<float> BacklogBefore(long due) => _bands.BacklogBefore(due, Now, _processors.Count);

    /// <summary>Sets our partition share.</summary>
    /// <param name="partitionShare">Assigned partitions over all, in (0, 1]; 0 counts as 1, since nothing is sent then.</param>
    public void SetPartitionShare(float partitionShare)
    {
        _peers.SetPartitionShare(partitionShare);
        _changed = true;
    }

    /// <summary>
    /// Remembers what we have sent so far, so that another's report can be compared with our own work of the same instant. To be called whenever our own
    /// report is made.
    /// </summary>
    public void TakeSnapshot() => _peers.TakeSnapshot(Now);

    /// <summary>Our own report: what was sent to each processor, and what of it has ended.</summary>
    /// <param name="loads">Receives a row per processor.</param>
    public void Report(List<ProcessorLoad> loads) => _peers.Report(loads);

    /// <summary>Takes another scheduler's report.</summary>
    /// <param name="scheduler">Its id.</param>
    /// <param name="incarnation">The totals start at zero with it.</param>
    /// <param name="sequence">Number of the report; older ones are ignored.</param>
    /// <param name="at">When it was made, µs.</param>
    /// <param name="partitionShare">Its share of the requests.</param>
    /// <param name="loads">Its totals.</param>
    /// <param name="now">µs.</param>
    public void PeerReported(string scheduler, long incarnation, long sequence, long at, float partitionShare, ReadOnlySpan<ProcessorLoad> loads, long now)
    {
        Advance(now);
        _changed |= _peers.Reported(scheduler, incarnation, sequence, at, partitionShare, loads, MembershipVersion, now);
    }
}
