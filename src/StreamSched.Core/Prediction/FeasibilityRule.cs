namespace StreamSched.Core.Prediction;

/// <summary>What makes a placement feasible, beside a live worker, a fitting variant and its accuracy.</summary>
public enum FeasibilityRule
{
    /// <summary>The mean predicted completion, waiting included, is within what is left of the deadline.</summary>
    Completion,

    /// <summary>
    /// ASET's own (arXiv 2301.13618), for reproducing it: the processor's load is not above its capacity, and 2(δ + d + 2σ) + transmission + D_v is within
    /// the deadline, with δ the network delay from the device to the scheduler, d and σ mean and deviation of the network delay to the worker, and D_v the
    /// profiled time of one inference. What waits does not count.
    /// </summary>
    Aset,
}
