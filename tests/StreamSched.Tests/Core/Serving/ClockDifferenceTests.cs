using FsCheck;
using FsCheck.Fluent;
using StreamSched.Core.Serving;
using StreamSched.Workers;

namespace StreamSched.Tests.Core.Serving;

public class ClockDifferenceTests
{
    private const long Hour = 3_600_000_000;

    [Theory]
    [InlineData(0, 5_000, 5_000, 0)]
    [InlineData(3_000, 5_000, 5_000, 0)] // within what the ways take, clocks are believed
    [InlineData(300_000, 5_000, 5_000, 300_000)]
    [InlineData(-300_000, 5_000, 5_000, -300_000)]
    [InlineData(Hour, 300_000, 300_000, Hour)]
    [InlineData(-Hour, 20_000, 10_000, -Hour + 5_000)] // half of what the ways differ by remains
    public void B4_the_difference_of_two_clocks_follows_from_both_ways(long ahead, long there, long back, long expected) =>
        Assert.Equal(expected, ClockDifference.Of(there + ahead, back - ahead));

    [Fact]
    public void B4_without_the_way_back_only_a_clock_that_is_behind_is_known()
    {
        Assert.Equal(0, ClockDifference.Of(300_000, null));
        Assert.Equal(-295_000, ClockDifference.Of(-295_000, null));
    }

    [Fact]
    public void B4_it_is_never_wrong_by_more_than_the_ways_take() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(), Gen.Choose(0, 1_000_000).Two().ToArbitrary(),
        (ahead, ways) => Math.Abs(ClockDifference.Of((long)ways.Item1 + ahead, (long)ways.Item2 - ahead) - ahead) <= ways.Item1 + ways.Item2)
        .QuickCheckThrowOnFailure();

    [Fact]
    public void B4_garbage_is_no_difference_of_clocks()
    {
        Assert.Null(ClockDifference.Between(long.MinValue, 1_800_000_000_000_000));
        Assert.Null(ClockDifference.Between(1_800_000_000_000_000, long.MaxValue));
        Assert.Equal(Hour, ClockDifference.Between(1_800_000_000_000_000, 1_800_000_000_000_000 + Hour));
    }

    [Fact]
    public void The_least_delay_is_of_the_last_minute()
    {
        LeastDelay least = default;
        Assert.Null(least.Micros);
        least.Add(500, 0);
        least.Add(300, 1_000_000);
        least.Add(400, 31_000_000);
        Assert.Equal(300, least.Micros);
        least.Add(450, 62_000_000);
        Assert.Equal(400, least.Micros);
        least.Add(900, 500_000_000);
        Assert.Equal(900, least.Micros);
    }

    [Fact]
    public void B4_a_worker_that_is_ahead_knows_it_from_the_first_item_and_one_late_item_changes_nothing()
    {
        SchedulerClocks clocks = new();
        const long ahead = 300_000, now = 1_800_000_000_000_000;
        Assert.Equal(ahead, clocks.Ahead("s1"u8, now, now + 5_000 + ahead, 5_000 - ahead));
        Assert.Equal(ahead, clocks.Ahead("s1"u8, now + 1_000, now + 81_000 + ahead, 5_000 - ahead));
        Assert.Equal(0, clocks.Ahead("s2"u8, now, now + 5_000, 5_000));
    }

    [Fact]
    public void B4_a_scheduler_that_comes_again_with_another_clock_is_believed_at_once()
    {
        SchedulerClocks clocks = new();
        const long now = 1_800_000_000_000_000;
        Assert.Equal(0, clocks.Ahead("s1"u8, now, now + 5_000, 5_000));
        Assert.Equal(Hour, clocks.Ahead("s1"u8, now - Hour, now + 5_000, 5_000 - Hour));
        Assert.Equal(0, clocks.Ahead("s1"u8, now, now + 5_000, 5_000));
    }

    [Fact]
    public void B4_ids_and_instants_of_strangers_neither_fill_it_nor_break_it()
    {
        SchedulerClocks clocks = new();
        for (int i = 0; i < 10_000; i++) Assert.Equal(0, clocks.Ahead(BitConverter.GetBytes(i), 1_800_000_000_000_000, 1_800_000_000_005_000, null));
        Assert.Equal(0, clocks.Ahead("s1"u8, long.MinValue, 1_800_000_000_000_000, long.MaxValue));
        Assert.Equal(0, clocks.Ahead("s1"u8, 1_800_000_000_000_000, 1_800_000_000_005_000, long.MaxValue));
    }
}
