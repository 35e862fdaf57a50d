using System.Globalization;

namespace StreamSched.Learning.Rollouts;

/// <summary>What a judge says: an estimate with an interval that holds however often one looks.</summary>
/// <param name="Judge">Its name.</param>
/// <param name="Count">How many units of analysis.</param>
/// <param name="Estimate">The mean; 0 without a unit.</param>
/// <param name="Lower">Lower bound; infinite while there are too few units.</param>
/// <param name="Upper">Upper bound; infinite while there are too few units.</param>
/// <param name="Alpha">Probability that the interval ever misses what it estimates; 0: a figure without an interval.</param>
public readonly record struct Evidence(string Judge, long Count, double Estimate, double Lower, double Upper, double Alpha)
{
    /// <summary>Such as "+0.42 [0.05, 0.79]".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Estimate:+0.00;-0.00;+0.00} [{Lower:0.00}, {Upper:0.00}]");
}
