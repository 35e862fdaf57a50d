namespace StreamSched.Learning.Online;

/// <summary>How quickly labels are believed, and forgotten.</summary>
public sealed record AccuracySettings
{
    /// <summary>How many labels what is registered counts as, against those of all sites together.</summary>
    public double RegisteredWeight { get; init; } = 30;

    /// <summary>How many labels those of the other sites count as, against a site's own.</summary>
    public double OthersWeight { get; init; } = 10;

    /// <summary>Of so many labels of a variant at a site, older ones count for less and less.</summary>
    public double Memory { get; init; } = 200;

    /// <summary>After so long without a label what was seen counts half: a variant that nobody uses any more is believed to be as registered, and tried
    /// again.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A quality floor may count on so many standard deviations less than the mean; so many more must not reach the registered accuracy before that
    /// is contradicted.</summary>
    public double FloorDeviations { get; init; } = 1.645;

    /// <summary>Variants at sites beyond so many are not told apart: their names come from the network.</summary>
    public int MostCells { get; init; } = 4096;

    /// <summary>What is wrong with the settings; empty: nothing.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (RegisteredWeight is not (> 0 and <= 1e6)) errors.Add("the weight of what is registered must be in 0..1e6 labels");
        if (OthersWeight is not (> 0 and <= 1e6)) errors.Add("the weight of other sites must be in 0..1e6 labels");
        if (Memory is not (>= 10 and <= 1e6)) errors.Add("the memory must be 10..1e6 labels");
        if (HalfLife < TimeSpan.FromSeconds(1)) errors.Add("the half-life must be a second at least");
        if (FloorDeviations is not (>= 0 and <= 10)) errors.Add("the deviations of floors must be in 0..10");
        if (MostCells < 1) errors.Add("at least one variant must be told apart");
        return errors;
    }
}
