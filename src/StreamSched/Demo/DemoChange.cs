namespace StreamSched.Demo;

/// <summary>A line of the demo's timetable.</summary>
/// <param name="What">The load, the link to the cloud, or a worker.</param>
/// <param name="Factor">Times the mean load; times slower.</param>
/// <param name="FromSeconds">When it begins.</param>
/// <param name="UntilSeconds">When it is over.</param>
internal sealed record DemoChange(string What, double Factor, double FromSeconds, double UntilSeconds);
