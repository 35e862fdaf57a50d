namespace StreamSched.Core.Scheduling;

/// <summary>The names that policies are configured and recorded under.</summary>
public static class PolicyNames
{
    /// <summary>Smallest network and run time, whatever waits.</summary>
    public const string LeastImpedance = "least-impedance";

    /// <summary>Earliest predicted completion.</summary>
    public const string EarliestFinish = "earliest-finish";

    /// <summary>The farthest that still meets the deadline.</summary>
    public const string DeadlineFarthest = "deadline-farthest";

    /// <summary>Any feasible one.</summary>
    public const string Random = "random";

    /// <summary>The processor that is free the soonest.</summary>
    public const string LeastLoaded = "least-loaded";

    /// <summary>The better of two drawn at random.</summary>
    public const string PowerOfTwo = "power-of-two";

    /// <summary>The most accurate.</summary>
    public const string MostAccurate = "most-accurate";

    /// <summary>Highest expected value less the price of what it uses.</summary>
    public const string Price = "price";
}
