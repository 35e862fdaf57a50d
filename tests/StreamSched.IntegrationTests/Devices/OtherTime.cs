namespace StreamSched.IntegrationTests.Devices;

/// <summary>A machine's clock that is off; what elapses is right.</summary>
internal sealed class OtherTime(TimeSpan ahead) : TimeProvider
{
    public TimeSpan Ahead { get; set; } = ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
