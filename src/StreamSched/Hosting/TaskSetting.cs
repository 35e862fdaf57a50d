namespace StreamSched.Hosting;

/// <summary>A task in a settings file.</summary>
internal sealed record TaskSetting
{
    /// <summary>Deadline of requests that bring none.</summary>
    public double DeadlineMs { get; init; } = 1000;
}
