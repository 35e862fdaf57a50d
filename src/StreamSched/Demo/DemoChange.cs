using static System.FormattableString;

namespace StreamSched.Demo;

/// <summary>A line of the demo's timetable.</summary>
/// <param name="What">The load, the link to the cloud, or a worker.</param>
/// <param name="Factor">Times the mean load; times slower; times longer.</param>
/// <param name="FromSeconds">When it begins.</param>
/// <param name="UntilSeconds">When it is over.</param>
/// <param name="How">In words, with the factor.</param>
internal sealed record DemoChange(string What, double Factor, double FromSeconds, double UntilSeconds, string How)
{
    /// <summary>How slow something gets, in words.</summary>
    /// <param name="factor">Times slower.</param>
    public static string Slower(double factor) => Invariant($"{factor:0.#} × slower");
}
