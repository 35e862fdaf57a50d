using StreamSched.Core.Policies;

namespace StreamSched.Simulation.Selection;

/// <summary>
/// Whose answers a device gives, and how they are rated. Quality of experience is what a right answer counts and, for the rest, how quick the answer is: it
/// falls exponentially with the service time (the IQX hypothesis: Fiedler, Hossfeld, Tran-Gia 2010). Nobody measured the constants.
/// </summary>
/// <param name="Class">Index of the device's class.</param>
/// <param name="Patience">Service time, in seconds, at which the part for quickness is down to 1/e.</param>
/// <param name="Care">What a right answer counts, 0..1; quickness counts the rest.</param>
internal readonly record struct DeviceUser(int Class, double Patience, double Care)
{
    /// <summary>Patience of all users where they are alike, and the median where they differ: what still seems to be at once (Nielsen 1993).</summary>
    public const double UsualPatience = 0.1;

    /// <summary>Care of all users where they are alike, and the mean where they differ.</summary>
    public const double UsualCare = 0.5;

    private const double PatienceSigma = 0.8, LeastCare = 0.2, MostCare = 0.8, RatingSigma = 0.15;

    // A rating has five steps, as in ITU-T P.800.
    private const int Steps = 4;

    /// <summary>One who differs from others: patience is log-normal, care uniform.</summary>
    /// <param name="kind">Index of the device's class.</param>
    /// <param name="random">Draws.</param>
    public static DeviceUser Draw(int kind, ref RandomStream random) => new(
        kind, UsualPatience * Math.Exp(PatienceSigma * random.NextNormal()), LeastCare + ((MostCare - LeastCare) * random.NextDouble()));

    /// <summary>Quality of experience of an answer, 0..1.</summary>
    /// <param name="isRight">Whether the answer is right.</param>
    /// <param name="seconds">Service time.</param>
    public double Quality(bool isRight, double seconds) => (isRight ? Care : 0) + ((1 - Care) * Math.Exp(-seconds / Patience));

    /// <summary>The rating that is given for a quality, 0..1 in five steps.</summary>
    /// <param name="quality">Quality of experience.</param>
    /// <param name="normal">A draw from the standard normal distribution.</param>
    public static double Rating(double quality, double normal) => Math.Round(Steps * Math.Clamp(quality + (RatingSigma * normal), 0, 1)) / Steps;
}
