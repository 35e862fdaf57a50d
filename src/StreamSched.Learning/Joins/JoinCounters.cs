namespace StreamSched.Learning.Joins;

/// <summary>What a join has counted since it was made.</summary>
public sealed class JoinCounters
{
    /// <summary>Decisions with their result.</summary>
    public long Joined { get; internal set; }

    /// <summary>Decisions whose result did not come.</summary>
    public long Defaulted { get; internal set; }

    /// <summary>Corrections by feedback.</summary>
    public long Revised { get; internal set; }

    /// <summary>Joined ones from which nothing is to be learned.</summary>
    public long Skipped { get; internal set; }

    /// <summary>Results whose decision did not come.</summary>
    public long Orphans { get; internal set; }

    /// <summary>Results that nothing was decided for: invalid requests.</summary>
    public long Undecided { get; internal set; }

    /// <summary>Results that came after the first of their request, or after it was given up.</summary>
    public long Duplicates { get; internal set; }

    /// <summary>Decisions that were joined already.</summary>
    public long RepeatedDecisions { get; internal set; }

    /// <summary>Feedback on requests that the device did not make, or that are not known any more.</summary>
    public long Dangling { get; internal set; }

    /// <summary>Feedback that says nothing new, or comes once too often.</summary>
    public long RepeatedFeedback { get; internal set; }

    /// <summary>Requests that gave way because too many waited.</summary>
    public long Overflowed { get; internal set; }
}
