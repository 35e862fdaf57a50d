namespace StreamSched.Learning.Supervised;

/// <summary>A score of probabilities that is best in the mean for the true ones (Gneiting and Raftery 2007).</summary>
public enum ProperScore
{
    /// <summary>-log of the probability given to what happened.</summary>
    Logarithmic,

    /// <summary>Squared difference between probability and outcome (Brier 1950).</summary>
    Brier,
}
