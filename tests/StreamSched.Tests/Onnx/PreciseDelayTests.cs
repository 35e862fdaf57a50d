using Microsoft.Extensions.Time.Testing;
using StreamSched.Onnx.Processors;

namespace StreamSched.Tests.Onnx;

public class PreciseDelayTests
{
    [Fact]
    public void Sleeps_in_whole_milliseconds_and_spins_the_rest()
    {
        var time = new FakeTimeProvider();
        var began = time.GetTimestamp();
        var slept = new List<int>();
        var delay = new PreciseDelay(new Spinning(time), milliseconds =>
        {
            slept.Add(milliseconds);
            time.Advance(TimeSpan.FromMilliseconds(milliseconds) + TimeSpan.FromMicroseconds(80));
        }, default);
        delay.Until(began + TimeSpan.FromMicroseconds(20_500).Ticks);
        Assert.Equal([20], slept);
        Assert.InRange(time.GetTimestamp() - began, TimeSpan.FromMicroseconds(20_500).Ticks, TimeSpan.FromMicroseconds(20_510).Ticks);
    }

    [Fact]
    public void An_instant_that_has_passed_is_not_waited_for()
    {
        var time = new FakeTimeProvider();
        time.Advance(TimeSpan.FromSeconds(1));
        new PreciseDelay(time, _ => Assert.Fail("slept"), default).Until(1);
    }

    [Fact]
    public void A_cancelled_wait_ends()
    {
        using var cancelled = new CancellationTokenSource();
        var time = new FakeTimeProvider();
        new PreciseDelay(time, _ => cancelled.Cancel(), cancelled.Token).Until(time.GetTimestamp() + TimeSpan.FromDays(1).Ticks);
        Assert.True(cancelled.IsCancellationRequested);
    }

    /// <summary>Moves on by 10 µs at every look.</summary>
    private sealed class Spinning(FakeTimeProvider time) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp()
        {
            var now = time.GetTimestamp();
            time.Advance(TimeSpan.FromMicroseconds(10));
            return now;
        }
    }
}
