using StreamSched.Core.Policies;

namespace StreamSched.Simulation.Judges;

/// <summary>What judges see of one request: who decided, what it was worth, and where a log was kept, what both policies would have done.</summary>
internal readonly record struct JudgedRequest
{
    /// <summary>When its device made it, µs.</summary>
    public long Created { get; init; }

    /// <summary>Whose decision it was.</summary>
    public Arm Arm { get; init; }

    /// <summary>Number of the window in which it was decided; -1: none.</summary>
    public int Window { get; init; }

    /// <summary>What it was worth.</summary>
    public double Value { get; init; }

    /// <summary>What its placement takes from others, by the price rule's prices.</summary>
    public float Price { get; init; }

    /// <summary>What it was predicted to be worth where it was placed.</summary>
    public double Predicted { get; init; }

    /// <summary>The champion, without exploration.</summary>
    public PolicyView Champion { get; init; }

    /// <summary>The challenger.</summary>
    public PolicyView Challenger { get; init; }
}
