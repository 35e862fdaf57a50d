namespace StreamSched.Simulation.Experiments;

/// <summary>A mean and what it is uncertain by.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Half">Half of the width of its interval; infinite where one value says nothing about scatter.</param>
public readonly record struct Interval(double Mean, double Half)
{
    /// <summary>Whether the whole interval lies on one side of zero.</summary>
    public bool ExcludesZero => Math.Abs(Mean) > Half;
}
