namespace StreamSched.Core.Requests;

/// <summary>Decides from which instant a request's deadline counts: the device's own <c>created</c>, or the receipt where that cannot be believed.</summary>
public sealed record RequestClock
{
    /// <summary>How far ahead of the receipt a device's clock may be.</summary>
    public TimeSpan FutureTolerance { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How old a request may be before its <c>created</c> is taken for a wrong clock. A backlog after an outage is younger than this.</summary>
    public TimeSpan PastTolerance { get; init; } = TimeSpan.FromHours(6);

    /// <summary>The instant from which the deadline counts.</summary>
    /// <param name="createdMicros">The device's <c>created</c>, µs since 1970.</param>
    /// <param name="receivedMicros">When the broker or the scheduler got it, µs since 1970.</param>
    /// <param name="implausible">Whether the device's clock was not believed.</param>
    public long Start(long createdMicros, long receivedMicros, out bool implausible)
    {
        // Compared as differences of doubles: a hostile created near long.MinValue must not overflow.
        double ahead = (double)createdMicros - receivedMicros;
        implausible = ahead > FutureTolerance.TotalMicroseconds || -ahead > PastTolerance.TotalMicroseconds;
        return implausible ? receivedMicros : createdMicros;
    }
}
