using System.Diagnostics;

namespace StreamSched.Kafka;

/// <summary>The one source of spans.</summary>
public static class Tracing
{
    /// <summary>Name of the source and of the meter.</summary>
    public const string Name = "StreamSched";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new(Name);
}
