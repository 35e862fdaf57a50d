using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Scheduling;

public class TimingWheelTests
{
    [Fact]
    public void Every_slot_comes_out_once_and_not_before_its_instant()
    {
        TimingWheel wheel = new();
        RandomStream random = new(9);
        const long Start = 1_700_000_000_000_000;
        Dictionary<int, long> due = [];
        long now = Start;
        int next = 0, taken = 0;
        while (now < Start + 120_000_000)
        {
            for (int i = 0; i < 3; i++)
            {
                long at = now - 1_000_000 + random.NextInt32(60_000_000); // some in the past, some beyond a round of the wheel
                due[next] = at;
                wheel.Set(next++, at);
            }

            if (random.NextInt32(4) == 0)
            {
                int cleared = random.NextInt32(next);
                wheel.Clear(cleared);
                due.Remove(cleared);
            }

            if (random.NextInt32(4) == 0 && due.Count > 0)
            {
                int moved = due.Keys.First();
                due[moved] = now + 5_000_000;
                wheel.Set(moved, due[moved]);
            }

            now += random.NextInt32(300_000);
            while (wheel.TryTake(now, out int slot))
            {
                Assert.True(due[slot] <= now);
                due.Remove(slot);
                taken++;
            }

            Assert.DoesNotContain(due, d => d.Value <= now - 10_000);
        }

        Assert.True(taken > 1_000);
    }

    [Fact]
    public void A_pause_longer_than_the_wheel_loses_nothing()
    {
        TimingWheel wheel = new();
        wheel.Set(0, 1_000_000);
        Assert.False(wheel.TryTake(0, out _));
        Assert.True(wheel.TryTake(10_000_000_000, out int slot));
        Assert.Equal(0, slot);
        Assert.False(wheel.TryTake(10_000_000_001, out _));
    }
}
