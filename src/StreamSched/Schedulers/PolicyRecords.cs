namespace StreamSched.Schedulers;

/// <summary>What the records of <c>policies</c> agree on.</summary>
internal static class PolicyRecords
{
    /// <summary>Key and name of the record whose policy all schedulers use.</summary>
    public const string Active = "active";

    /// <summary>Parameter: T of the price rule.</summary>
    public const string Temperature = "temperature";

    /// <summary>Parameter: θ of the price rule.</summary>
    public const string RejectScore = "rejectScore";
}
