using System.Text;
using StreamSched.Core.Serving;

namespace StreamSched.Workers;

/// <summary>How this worker's clock differs from the schedulers', so that what they say of instants can be kept here. One thread at a time.</summary>
internal sealed class SchedulerClocks
{
    // More schedulers than any installation has; beyond, all begin anew.
    private const int Most = 256;
    private readonly Dictionary<string, LeastDelay> _outward = new(StringComparer.Ordinal);

    /// <summary>µs by which this worker's clock is ahead of a scheduler's.</summary>
    /// <param name="scheduler">Who sent.</param>
    /// <param name="dispatched">When, by its clock, µs.</param>
    /// <param name="received">When it was received, by this clock, µs.</param>
    /// <param name="telemetryDelay">How long telemetry takes to it by both clocks, µs; null: it does not say.</param>
    public long Ahead(ReadOnlySpan<byte> scheduler, long dispatched, long received, long? telemetryDelay)
    {
        if (ClockDifference.Between(dispatched, received) is not { } outward) return 0;
        string id = Encoding.UTF8.GetString(scheduler);
        if (_outward.Count >= Most && !_outward.ContainsKey(id)) _outward.Clear();
        LeastDelay least = _outward.GetValueOrDefault(id);
        least.Add(outward, received);

        // There and back in less than no time: the scheduler was started again, with another clock.
        if (least.Micros + telemetryDelay < 0)
        {
            least = default;
            least.Add(outward, received);
        }

        _outward[id] = least;
        return ClockDifference.Of(least.Micros!.Value, telemetryDelay);
    }
}
