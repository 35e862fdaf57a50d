namespace StreamSched.Schedulers;

/// <summary>Decisions by one policy.</summary>
/// <param name="policy">Its name.</param>
internal sealed class PolicyCount(string policy)
{
    /// <summary>Its name.</summary>
    public string Policy => policy;

    /// <summary>Requests that it placed, also those sent again.</summary>
    public long Placed { get; internal set; }

    /// <summary>Requests that it, or the mask before it, rejected.</summary>
    public long Rejected { get; internal set; }
}
