namespace StreamSched.Learning.Online;

/// <summary>How quickly labels are believed, and forgotten.</summary>
public sealed record AccuracySettings
{
    /// <summary>How many labels what is registered counts as, until newer ones contradict it.</summary>
    public double RegisteredWeight { get; init; } = 1000;

    /// <summary>Once they do, how many labels the mean over all sites counts as, against those of a variant at one.</summary>
    public double OthersWeight { get; init; } = 5;

    /// <summary>Probability that one check finds a change where there is none.</summary>
    public double Confidence { get; init; } = 1e-5;

    /// <summary>After so long without a label what was seen is forgotten: a variant that nobody uses any more is believed to be as registered, and tried
    /// again.</summary>
    public TimeSpan Forget { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Where labels have contradicted what is registered, a quality floor may count on so many standard deviations less than the mean.</summary>
    public double FloorDeviations { get; init; } = 1.645;

    /// <summary>Variants, sites of workers and sites of devices beyond so many are not told apart: their names come from the network.</summary>
    public int MostCells { get; init; } = 4096;

    /// <summary>What is wrong with the settings; empty: nothing.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (RegisteredWeight is not (> 0 and <= 1e6)) errors.Add("the weight of what is registered must be in 0..1e6 labels");
        if (OthersWeight is not (> 0 and <= 1e6)) errors.Add("the weight of other sites must be in 0..1e6 labels");
        if (Confidence is not (> 0 and < 1)) errors.Add("the confidence must be between 0 and 1");
        if (Forget < TimeSpan.FromSeconds(1)) errors.Add("what is forgotten must have been known for a second at least");
        if (FloorDeviations is not (>= 0 and <= 10)) errors.Add("the deviations of floors must be in 0..10");
        if (MostCells < 1) errors.Add("at least one variant must be told apart");
        return errors;
    }
}
