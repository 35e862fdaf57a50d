namespace StreamSched.Core.Cluster;

/// <summary>
/// What a view keeps of every processor: what passes over all of them read is a column each, and the rest one row (<see cref="ProcessorRow"/>). A processor
/// that comes begins with what stands here.
/// </summary>
/// <param name="set">Lets the columns grow together.</param>
internal sealed class ProcessorColumns(ColumnSet set)
{
    public ColumnSet Set { get; } = set;

    /// <summary>One more than the largest index in use.</summary>
    public int Count { get; set; }

    /// <summary>What is looked at one processor at a time.</summary>
    public readonly Column<ProcessorRow> Rows = set.Add(new ProcessorRow());

    public readonly Column<float> Slots = set.Add<float>();
    public readonly Column<float> InverseSlots = set.Add<float>();

    /// <summary>1 for a processor that may get work, else 0.</summary>
    public readonly Column<float> Available = set.Add<float>();

    // Own work: seconds of processor time under way and how many requests that is, and seconds of capacity that were ever sent.
    public readonly Column<float> Own = set.Add<float>();
    public readonly Column<float> UnderWay = set.Add<float>();
    public readonly Column<double> OwnSent = set.Add<double>();

    // Others' work under way, in seconds: as they report it, as it is assumed of those that report nothing, and what telemetry says beyond both. Own work at
    // the last telemetry.
    public readonly Column<float> Reported = set.Add<float>();
    public readonly Column<float> Assumed = set.Add<float>();
    public readonly Column<float> Unaccounted = set.Add<float>();
    public readonly Column<float> OwnAtTelemetry = set.Add<float>();

    /// <summary>Seconds since the last sign of progress.</summary>
    public readonly Column<float> Elapsed = set.Add<float>();

    /// <summary>Seconds until it is free for a request that arrives now; infinite for one that gets no work.</summary>
    public readonly Column<float> Backlog = set.Add<float>();

    /// <summary>Seconds until the run under way ends, which nothing interrupts.</summary>
    public readonly Column<float> RunLeft = set.Add<float>();

    /// <summary>σ of the backlog by what is not known of others' work, in seconds.</summary>
    public readonly Column<float> BacklogDeviation = set.Add<float>();

    /// <summary>Virtual queue V, in seconds.</summary>
    public readonly Column<float> Queue = set.Add<float>();

    /// <summary>Arrivals per second, by the scaled view.</summary>
    public readonly Column<float> Rate = set.Add<float>();

    public readonly Column<float> Utilisation = set.Add<float>();

    // Running means by request: predicted processor time and capacity, in seconds; size of its batch; what a second of slack is worth.
    public readonly Column<float> MeanProcessorTime = set.Add<float>();
    public readonly Column<float> MeanCapacity = set.Add(1f);
    public readonly Column<float> MeanBatch = set.Add(1f);
    public readonly Column<float> Gradient = set.Add<float>();

    public readonly Column<float> CapacityPrice = set.Add<float>();
    public readonly Column<float> DelayPrice = set.Add<float>();

    // What answers have shown: how far off the network delay was (mean, σ both ways), how long results take, in seconds.
    public readonly Column<float> NetworkCorrection = set.Add<float>();
    public readonly Column<float> NetworkDeviation = set.Add<float>();
    public readonly Column<float> ResultDelay = set.Add<float>();

    /// <summary>Logarithm of how many times slower than profiled it is.</summary>
    public readonly Column<float> LogSlowdown = set.Add<float>();

    /// <summary>Squared coefficient of variation of its service times.</summary>
    public readonly Column<float> Variation = set.Add<float>();

    // On-time residuals, over a short and a long memory; the factor on σ that follows from the errors of predicted slack.
    public readonly Column<float> OnTimeResidual = set.Add<float>();
    public readonly Column<float> LastingOnTimeResidual = set.Add<float>();
    public readonly Column<float> ErrorScale = set.Add<float>();

    /// <summary>The part to which a network corrects the rule, 0..1; 0 where the rule alone was better.</summary>
    public readonly Column<float> Trust = set.Add(1f);

    // The same for the policy that is tried, or held back, beside it.
    public readonly Column<float> OtherTrust = set.Add(1f);
}
