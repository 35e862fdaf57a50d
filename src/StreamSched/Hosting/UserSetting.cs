namespace StreamSched.Hosting;

/// <summary>A user in a settings file.</summary>
internal sealed record UserSetting
{
    /// <summary>Quality floor of requests that bring none, 0..1.</summary>
    public float MinAccuracy { get; init; }
}
